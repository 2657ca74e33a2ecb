import type { SendableImage } from '../image/pixels.js';
import type { Region } from '../image/region-image.js';

/** A part of an image to be worked on. */
export interface Job {
  /** The rectangle of the image. */
  region: Region;
  /** How often it failed. */
  failures: number;
}

/** A tile with its pixels. */
export interface ReadTile<Tile extends Job> {
  job: Tile;
  image: SendableImage;
}

/**
 * Gives tiles, whose pixels it has read, to whoever asks. One tile is read ahead, so that no engine waits for pixels and
 * few tiles are in memory.
 */
export class TileQueue<Tile extends Job = Job> {
  readonly #jobs: Tile[];
  readonly #read: (job: Tile) => Promise<SendableImage>;
  #ahead: Promise<ReadTile<Tile>> | undefined;
  /** Tiles that were given away, and may come back in parts. */
  #open = 0;
  #wake: (() => void)[] = [];
  #ended = false;
  #resolveEnd = () => {};
  readonly #end = new Promise<undefined>((resolve) => {
    this.#resolveEnd = () => resolve(undefined);
  });

  constructor(jobs: readonly Tile[], read: (job: Tile) => Promise<SendableImage>) {
    this.#jobs = [...jobs];
    this.#read = read;
  }

  /**
   * The next tile; `undefined` when all are finished, or at the end.
   *
   * @throws what reading its pixels throws
   */
  async take(): Promise<ReadTile<Tile> | undefined> {
    for (;;) {
      if (this.#ended) return undefined;
      const next = this.#ahead ?? this.#readNext();
      if (next) {
        this.#open++;
        this.#ahead = this.#readNext();
        const tile = await Promise.race([next, this.#end]);
        if (tile && !this.#ended) return tile;
        next.then(drop, () => {});
        return undefined;
      }
      if (this.#open === 0) return undefined;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** Says that a tile that was taken is finished, and what is to be done in its place: tiles of its parts, or itself again. */
  finish(replacements: readonly Tile[] = []): void {
    this.#open--;
    this.#jobs.unshift(...replacements);
    this.#notify();
  }

  /** Gives no more tiles, and frees the one that was read ahead. */
  end(): void {
    this.#ended = true;
    this.#resolveEnd();
    this.#ahead?.then(drop, () => {});
    this.#ahead = undefined;
    this.#notify();
  }

  #readNext(): Promise<ReadTile<Tile>> | undefined {
    const job = this.#jobs.shift();
    if (!job) return undefined;
    const tile = this.#read(job).then((image) => ({ job, image }));
    // Whoever takes it gets the error.
    tile.catch(() => {});
    return tile;
  }

  #notify() {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

function drop({ image }: Pick<ReadTile<Job>, 'image'>) {
  if ('close' in image) image.close();
}
