import type { Samples } from './sample-type.js';

/** The most bytes of decoded strips and tiles that are kept, so that neighbouring regions need not decode them again. */
const MAX_BYTES = 2 ** 26;

/** Decoded strips and tiles of a file; those that were used last stay. */
export class BlockCache {
  readonly #blocks = new Map<string, { samples: Promise<Samples>; bytes: number }>();
  #bytes = 0;

  /** The block of a key; decoded once, however many ask for it at the same time. */
  get(key: string, decode: () => Promise<Samples>): Promise<Samples> {
    const held = this.#blocks.get(key);
    if (held) {
      // Maps keep the order in which keys were set: the first is the one that was not used for longest.
      this.#blocks.delete(key);
      this.#blocks.set(key, held);
      return held.samples;
    }
    const block = { samples: decode(), bytes: 0 };
    this.#blocks.set(key, block);
    block.samples.then(
      ({ byteLength }) => {
        if (this.#blocks.get(key) !== block) return;
        block.bytes = byteLength;
        this.#bytes += byteLength;
        this.#shrink(key);
      },
      () => this.#blocks.delete(key),
    );
    return block.samples;
  }

  /** Forgets all. */
  clear(): void {
    this.#blocks.clear();
    this.#bytes = 0;
  }

  #shrink(latest: string): void {
    for (const [key, { bytes }] of this.#blocks) {
      if (this.#bytes <= MAX_BYTES) return;
      // One that is being decoded has no size yet, and may be what somebody waits for.
      if (key === latest || bytes === 0) continue;
      this.#blocks.delete(key);
      this.#bytes -= bytes;
    }
  }
}
