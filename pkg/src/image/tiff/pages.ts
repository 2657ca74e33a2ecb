import type { Directory } from './directory.js';
import { damaged, missing } from './errors.js';
import { type FileAccess, Page } from './page.js';
import type { Pyramid } from './pyramid.js';

/** What became of a page: what cannot be read is said when it is asked for. */
type Outcome = Page | { error: unknown };

/** A file's pages and the smaller levels of their pyramids. */
export class Pages {
  readonly #levels: readonly (readonly Outcome[])[];

  private constructor(levels: readonly (readonly Outcome[])[]) {
    this.#levels = levels;
  }

  /** Reads what the pages hold, and none of their samples. */
  static async open(pyramids: readonly Pyramid[], file: FileAccess): Promise<Pages> {
    const levels: Outcome[][] = [];
    for (const { base, reduced } of pyramids) {
      const outcomes: Outcome[] = [];
      for (const directory of [base, ...reduced]) outcomes.push(await outcomeOf(directory, file));
      levels.push(outcomes);
    }
    return new Pages(levels);
  }

  /**
   * The pages of a file whose only one describes many planes, which follow each other, as ImageJ writes large stacks.
   *
   * @param planes how many there should be
   * @param size length of the file in bytes
   * @throws `invalid-input` where the file ends before
   */
  async repeated(planes: number, size: number): Promise<Pages> {
    if (planes === 1 || this.count !== 1) return this;
    const page = this.page(0, 0);
    const run = await page.contiguousRun();
    if (run === undefined) return this;
    if (run.offset + planes * run.bytes > size) {
      throw damaged(`it should have ${planes} planes of ${run.bytes} bytes from ${run.offset}, and ends at ${size}`);
    }
    return new Pages(Array.from({ length: planes }, (_, index) => [page.shifted(index * run.bytes)]));
  }

  /** Number of pages. */
  get count(): number {
    return this.#levels.length;
  }

  /** Number of levels of a page's pyramid, with the full resolution. */
  levelCount(page: number): number {
    return this.#levels[page]?.length ?? 0;
  }

  /** @throws `invalid-input` for a page or level that is missing, and for a page that cannot be read */
  page(index: number, level: number): Page {
    const levels = this.#levels[index];
    if (!levels) throw missing(`there is no page ${index}: the TIFF file has ${rangeOf(this.count)}`);
    const outcome = levels[level];
    if (!outcome) throw missing(`there is no level ${level}: the TIFF file has ${rangeOf(levels.length)}`);
    if ('error' in outcome) throw outcome.error;
    return outcome;
  }
}

/** The indices that there are, in words. */
export function rangeOf(count: number): string {
  return count === 1 ? 'only 0' : `0 to ${count - 1}`;
}

async function outcomeOf(directory: Directory, file: FileAccess): Promise<Outcome> {
  try {
    return await Page.open(directory, file);
  } catch (error) {
    return { error };
  }
}
