import { element } from '../element.js';
import { Complaint } from '../explain.js';

const button = element('camera', HTMLButtonElement);
const preview = element('preview', HTMLVideoElement);

/** Why there is no camera, by the names that browsers give their errors. */
const WORDS: Record<string, string> = {
  NotAllowedError: 'The camera is not allowed for this page. Allow it beside the page’s address, and try again.',
  NotFoundError: 'There is no camera on this device. Open or drop an image instead.',
  NotReadableError: 'The camera does not answer. Another program may be using it.',
};

/** Makes the button say what it does: start the camera or, while it plays, stop it. */
export function listenForCamera(onStart: () => void, onStop: () => void): void {
  button.addEventListener('click', () => (preview.hidden ? onStart() : onStop()));
}

/**
 * Opens the camera, which plays in a corner of the stage until the signal fires.
 *
 * @throws {@link Complaint} that says why there is none
 */
export async function openCamera(signal: AbortSignal): Promise<HTMLVideoElement> {
  const stream = await ask();
  const close = () => {
    for (const track of stream.getTracks()) track.stop();
    preview.srcObject = null;
    preview.hidden = true;
    button.textContent = 'Use camera';
  };
  if (signal.aborted) close();
  signal.throwIfAborted();
  signal.addEventListener('abort', close);
  button.textContent = 'Stop camera';
  preview.srcObject = stream;
  preview.hidden = false;
  await preview.play();
  return preview;
}

async function ask(): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new Complaint('The camera can only be used on a page that comes over https.');
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  } catch (error) {
    const { name } = error as Error;
    throw new Complaint(WORDS[name] ?? `The camera cannot be opened: ${name}.`);
  }
}
