import { checkNumber } from '../arguments.js';

/** How many workers tiles are shared among on the CPU; `'auto'`: one for each core, as far as memory allows. */
export type WorkerCount = 'auto' | number;

/** The maximum number of workers. */
const MAX_WORKERS = 64;

/** Bytes that a worker takes for a tile, besides the weights. */
const TILE_BYTES = 500e6;

/** Weights are often stored in half of the precision that the CPU computes with, and are there twice while loaded. */
const WEIGHTS_FACTOR = 4;

/** What a browser that does not say how much memory the machine has is taken to run on, in GiB. */
const DEFAULT_MEMORY = 4;

/** @throws `invalid-input` unless it is a number of workers, `'auto'` or `undefined` */
export function checkWorkers(workers: unknown): void {
  if (workers !== 'auto') checkNumber(workers, "workers, unless 'auto',", { min: 1, max: MAX_WORKERS, isWhole: true });
}

/**
 * The number of workers that tiles are shared among.
 *
 * @param modelBytes the size of the model's file
 */
export function workersFor(workers: WorkerCount, modelBytes: number): number {
  if (workers !== 'auto') return workers;
  const { hardwareConcurrency = 1, deviceMemory = DEFAULT_MEMORY } = navigator as Navigator & { deviceMemory?: number };
  // Half of the memory is left to everything else.
  const affordable = (deviceMemory * 2 ** 30) / 2 / (TILE_BYTES + WEIGHTS_FACTOR * modelBytes);
  return Math.max(1, Math.min(hardwareConcurrency, Math.floor(affordable), MAX_WORKERS));
}
