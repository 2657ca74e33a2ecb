import { MaskRcnnError } from '../errors.js';
import { HANDED_OVER, HAS_CONTEXT } from './gpu-canvas.js';
import type { Runtime } from './runtime.js';

/** What a canvas is called where it is drawn on: a number in a worker, itself on this thread. */
export type CanvasKey = number | HTMLCanvasElement | OffscreenCanvas;

/** Where a canvas is drawn on. */
interface Owner {
  runtime: Runtime;
  key: CanvasKey;
  /** Settles when the GPU is ready to draw on it. */
  opened: Promise<unknown>;
}

// A canvas can be handed over once, and comes back from no worker.
const owners = new WeakMap<HTMLCanvasElement | OffscreenCanvas, Owner>();
let lastNumber = 0;

/** Has workers forget the canvases that their pages have forgotten, with the memory of what these show. */
const abandoned = new FinalizationRegistry<{ runtime: Runtime; engine: number; key: number }>(
  ({ runtime, engine, key }) => runtime.call({ engine, method: 'dropCanvas', canvas: key }).catch(() => {}),
);

/**
 * Has a runtime draw on a canvas: one in a worker is handed it, once and for all.
 *
 * @param engine whose device draws
 * @throws `invalid-input` for a canvas that is somebody else's; `webgpu-unavailable` where the browser cannot do it
 */
export async function adoptCanvas(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  runtime: Runtime,
  engine: number,
): Promise<CanvasKey> {
  const known = owners.get(canvas);
  if (known && known.runtime !== runtime && known.runtime.isElsewhere) throw ownedElsewhere(known.runtime);
  const owner = known?.runtime === runtime ? known : open(canvas, runtime, engine);
  await owner.opened;
  return owner.key;
}

function open(canvas: HTMLCanvasElement | OffscreenCanvas, runtime: Runtime, engine: number): Owner {
  const key = runtime.isElsewhere ? ++lastNumber : canvas;
  const surface = runtime.isElsewhere ? handedOver(canvas) : canvas;
  const transfer = runtime.isElsewhere ? [surface as OffscreenCanvas] : [];
  const opened = runtime.call({ engine, method: 'canvas', canvas: key, surface }, transfer);
  const owner = { runtime, key, opened };
  owners.set(canvas, owner);
  if (typeof key === 'number') abandoned.register(canvas, { runtime, engine, key });
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
