/** How many calls that may overlap run at once: the GPU works on one while the next is submitted. */
const MAX_OVERLAPPING = 2;

/**
 * Lets calls run in the order in which they came: one at a time, or two where both may overlap. A call that may not waits
 * for all before it, and all after it wait for it.
 */
export class Turns {
  /** Settles when the call that came last has begun, or, where it may not overlap, ended. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #running = new Set<Promise<unknown>>();

  /** @param mayOverlap asked when all calls before have begun, as what it depends on may come of one of them */
  run<Result>(mayOverlap: () => boolean, work: () => Promise<Result>): Promise<Result> {
    const begun = this.#last.then(async () => {
      const overlaps = mayOverlap();
      while (this.#running.size >= (overlaps ? MAX_OVERLAPPING : 1)) await Promise.race(this.#running);
      const result = work();
      const end: Promise<unknown> = result.then(
        () => this.#running.delete(end),
        () => this.#running.delete(end),
      );
      this.#running.add(end);
      // In an object, for a promise that is returned would be waited for.
      return { result, end: overlaps ? undefined : end };
    });
    this.#last = begun.then(({ end }) => end);
    return begun.then(({ result }) => result);
  }
}
