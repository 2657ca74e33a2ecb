import { readFile } from 'node:fs/promises';

/**
 * Watches the memory of a browser's pages. Linux keeps the peak of each process itself.
 *
 * @returns a function that tells the peak of the process that took most, in megabytes; `undefined` on other systems
 */
export async function peakMemory(browser) {
  const session = await browser.newBrowserCDPSession();
  return async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer');
    const peaks = await Promise.all(renderers.map(({ id }) => peakOf(id)));
    const known = peaks.filter((peak) => peak !== undefined);
    return known.length > 0 ? Math.max(...known) : undefined;
  };
}

async function peakOf(id) {
  const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024);
}
