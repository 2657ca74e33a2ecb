import type { Detection, ResultLike } from './detection.js';
import type { Box, Size } from './geometry.js';

/** With fewer objects, looking at all of them is as fast. */
const MIN_INDEXED = 64;
/** Side of the smallest cell in pixels. */
const MIN_CELL = 16;

/**
 * Objects by the squares of a grid that their rectangles reach into, so that the few at a point are found among a
 * hundred thousand.
 */
class GridIndex {
  readonly #cell: number;
  readonly #columns: number;
  readonly #rows: number;
  /** Where each square's objects begin in `#objects`, and after the last square their number. */
  readonly #starts: Uint32Array;
  readonly #objects: Uint32Array;

  constructor(size: Size, rects: readonly Box[]) {
    const mean = rects.reduce((sum, { width, height }) => sum + (width + height) / 2, 0) / rects.length;
    // One object a square on average, and squares no smaller than the objects: then an object is in few of them.
    this.#cell = Math.max(MIN_CELL, mean, Math.sqrt((size.width * size.height) / rects.length));
    this.#columns = Math.max(1, Math.ceil(size.width / this.#cell));
    this.#rows = Math.max(1, Math.ceil(size.height / this.#cell));
    const starts = new Uint32Array(this.#columns * this.#rows + 1);
    for (const rect of rects) {
      this.#forEachCell(rect, (cell) => {
        starts[cell + 1] = (starts[cell + 1] as number) + 1;
      });
    }
    for (let cell = 1; cell < starts.length; cell++)
      starts[cell] = (starts[cell] as number) + (starts[cell - 1] as number);
    const next = starts.slice(0, -1);
    this.#objects = new Uint32Array(starts.at(-1) as number);
    rects.forEach((rect, index) => {
      this.#forEachCell(rect, (cell) => {
        const place = next[cell] as number;
        this.#objects[place] = index;
        next[cell] = place + 1;
      });
    });
    this.#starts = starts;
  }

  /** The objects, by index and in their order, whose rectangle may hold a point. */
  near(x: number, y: number): Uint32Array {
    const cell = this.#row(y) * this.#columns + this.#column(x);
    return this.#objects.subarray(this.#starts[cell], this.#starts[cell + 1]);
  }

  #forEachCell({ x, y, width, height }: Box, callback: (cell: number) => void): void {
    const [left, right] = [this.#column(x), this.#column(x + width)];
    for (let row = this.#row(y); row <= this.#row(y + height); row++) {
      for (let column = left; column <= right; column++) callback(row * this.#columns + column);
    }
  }

  // What lies outside of the image, as a box may, belongs to the squares at its edge.
  #column(x: number): number {
    return Math.max(0, Math.min(this.#columns - 1, Math.floor(x / this.#cell)));
  }

  #row(y: number): number {
    return Math.max(0, Math.min(this.#rows - 1, Math.floor(y / this.#cell)));
  }
}

// By the list of objects, as a result may be behind a framework's proxy, which knows no private fields.
const indices = new WeakMap<readonly Detection[], GridIndex>();

/** The smallest object at a point, by its mask or, without one, its box; of equal ones the first. */
export function objectAt(found: ResultLike, x: number, y: number): Detection | undefined {
  const { detections } = found;
  let [at, smallest]: [Detection | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  const look = (detection: Detection) => {
    const { box, mask } = detection;
    if (!(mask ? mask.has(x, y) : holds(box, x, y))) return;
    const area = mask?.area ?? box.width * box.height;
    if (area < smallest) [at, smallest] = [detection, area];
  };
  if (detections.length < MIN_INDEXED) detections.forEach(look);
  else for (const index of indexOf(found).near(x, y)) look(detections[index] as Detection);
  return at;
}

function indexOf(found: ResultLike): GridIndex {
  const { detections } = found;
  const before = indices.get(detections);
  if (before) return before;
  const index = new GridIndex(
    found,
    detections.map(({ box, mask }) => mask ?? box),
  );
  indices.set(detections, index);
  return index;
}

function holds({ x, y, width, height }: Box, pointX: number, pointY: number): boolean {
  return pointX >= x && pointY >= y && pointX < x + width && pointY < y + height;
}
