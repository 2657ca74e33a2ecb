import type { CanvasKey } from './canvas-owner.js';
import type { GpuCanvas } from './gpu-canvas.js';

/** The canvases that are drawn on: those of this thread for as long as somebody else has them, too. */
export class CanvasTable {
  readonly #handedOver = new Map<number, GpuCanvas>();
  readonly #own = new WeakMap<HTMLCanvasElement | OffscreenCanvas, GpuCanvas>();

  /** The canvas of that name. */
  get(key: CanvasKey): GpuCanvas | undefined {
    return typeof key === 'number' ? this.#handedOver.get(key) : this.#own.get(key);
  }

  /** Gives a canvas a name. */
  set(key: CanvasKey, canvas: GpuCanvas): void {
    if (typeof key === 'number') this.#handedOver.set(key, canvas);
    else this.#own.set(key, canvas);
  }

  /** Forgets a canvas that was handed over. */
  drop(key: number): void {
    this.#handedOver.get(key)?.close();
    this.#handedOver.delete(key);
  }
}
