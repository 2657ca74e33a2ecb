/**
 * Resolves when the event loop has had a turn: what waits in it has run, on a page and in a worker.
 *
 * By a message, as timers are held back after a few in a row, and on hidden pages.
 */
export function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
