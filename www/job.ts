import { MaskRcnnError } from 'maskrcnn-web';
import { element } from './element.js';
import { explain } from './explain.js';

const alert = element('error', HTMLElement);
const status = element('status', HTMLElement);
const progress = element('progress', HTMLProgressElement);
const button = element('stop', HTMLButtonElement);

/** Why a job was aborted that nothing else has replaced: the visitor wanted it to end, and keeps what is done. */
export const STOPPED = new DOMException('the visitor stopped it', 'AbortError');

let work = new AbortController();

/** Does one thing at a time: what is begun replaces what is under way, whose signal fires. Errors are told in words. */
export async function begin(job: (signal: AbortSignal) => Promise<void>): Promise<void> {
  work.abort();
  work = new AbortController();
  const { signal } = work;
  progress.hidden = button.hidden = false;
  progress.removeAttribute('value');
  alert.hidden = true;
  try {
    await job(signal);
  } catch (error) {
    if (signal.aborted || (error instanceof MaskRcnnError && error.code === 'aborted')) return;
    complain(error);
    status.textContent = 'That did not work.';
  } finally {
    if (!signal.aborted) progress.hidden = button.hidden = true;
  }
}

/** Stops what is under way; what is on the page stays. */
export function stop(): void {
  work.abort(STOPPED);
  progress.hidden = button.hidden = true;
}

/** Tells of an error at the head of the page, until the next thing is begun. */
export function complain(error: unknown): void {
  alert.textContent = explain(error);
  alert.hidden = false;
  // On a phone the page may be scrolled far below.
  alert.scrollIntoView({ block: 'nearest' });
}

/** Shows what is being done, and how much of it is complete, 0 to 1, where that is known. */
export function tell(words: string, share?: number): void {
  status.textContent = words;
  if (share === undefined) progress.removeAttribute('value');
  else progress.value = share;
}

button.addEventListener('click', () => {
  stop();
  tell('Stopped.');
});
