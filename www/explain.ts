import { type ErrorCode, MaskRcnnError } from 'maskrcnn-web';

const WORDS: Record<ErrorCode, string> = {
  'webgpu-unavailable': 'This browser or machine offers no WebGPU. Run on “Automatic” or “CPU” instead.',
  'device-lost': 'The graphics card was reset while it was working. Try again.',
  'out-of-memory': 'There is not enough memory for this. Choose a smaller input size or a smaller image.',
  'weights-integrity': 'This model file is damaged, or is not a model.',
  'weights-incompatible': 'This model is not a Mask R-CNN or Faster R-CNN as torchvision or detectron2 writes it.',
  'invalid-input': 'This cannot be used.',
  environment: 'This page is not set up correctly, or this browser lacks something that it needs.',
  network: 'The model could not be downloaded. Check the connection and reload the page.',
  aborted: 'Stopped.',
  disposed: 'The model was closed. Reload the page.',
  internal: 'Something broke inside the engine. Try again; if it happens again, please report it.',
};

/** An error of the page itself, in words that are meant for the visitor. */
export class Complaint extends Error {}

/** An error in plain words, followed by the engine's own message. */
export function explain(error: unknown): string {
  if (error instanceof Complaint) return error.message;
  if (error instanceof MaskRcnnError) return `${WORDS[error.code]} (${error.message})`;
  return `Something went wrong. (${error instanceof Error ? error.message : error})`;
}
