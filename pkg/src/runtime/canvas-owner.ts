import { MaskRcnnError } from '../errors.js';
import { HANDED_OVER, HAS_CONTEXT } from './gpu-canvas.js';
import type { Runtime } from './runtime.js';

/** Where a canvas is drawn on. */
interface Owner {
  runtime: Runtime;
  /** What the canvas is called there. */
  number: number;
  /** Settles when the GPU is ready to draw on it. */
  opened: Promise<unknown>;
}

// A canvas can be handed over once, and comes back from no worker.
const owners = new WeakMap<HTMLCanvasElement | OffscreenCanvas, Owner>();
let lastNumber = 0;

/**
 * Has a runtime draw on a canvas: one in a worker is handed it, once and for all.
 *
 * @param engine whose device draws
 * @returns what the canvas is called there
 * @throws `invalid-input` for a canvas that is somebody else's; `webgpu-unavailable` where the browser cannot do it
 */
export async function adoptCanvas(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  runtime: Runtime,
  engine: number,
): Promise<number> {
  const known = owners.get(canvas);
  if (known && known.runtime !== runtime && known.runtime.isElsewhere) throw ownedElsewhere(known.runtime);
  const owner = known?.runtime === runtime ? known : open(canvas, runtime, engine);
  await owner.opened;
  return owner.number;
}

function open(canvas: HTMLCanvasElement | OffscreenCanvas, runtime: Runtime, engine: number): Owner {
  const number = ++lastNumber;
  const surface = runtime.isElsewhere ? handedOver(canvas) : canvas;
  const transfer = runtime.isElsewhere ? [surface as OffscreenCanvas] : [];
  const opened = runtime.call({ engine, method: 'canvas', canvas: number, surface }, transfer);
  const owner = { runtime, number, opened };
  owners.set(canvas, owner);
  // It may be here still, and is tried again.
  opened.catch(() => owners.delete(canvas));
  return owner;
}

function handedOver(canvas: HTMLCanvasElement | OffscreenCanvas): OffscreenCanvas {
  if (!('transferControlToOffscreen' in canvas)) return canvas;
  try {
    return canvas.transferControlToOffscreen();
  } catch (cause) {
    // The browser says the same of both.
    throw new MaskRcnnError('invalid-input', `${HAS_CONTEXT}; or ${HANDED_OVER}`, { cause });
  }
}

function ownedElsewhere({ reason }: Runtime): MaskRcnnError {
  return new MaskRcnnError(
    'invalid-input',
    reason
      ? 'the canvas went to a worker that has ended, and cannot come back: put a new canvas in its place, `canvas.replaceWith(canvas.cloneNode())`'
      : 'the canvas is drawn on by a worker of another segmenter: give each a canvas of its own',
    { cause: reason },
  );
}
