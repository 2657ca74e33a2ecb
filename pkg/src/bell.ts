/** Wakes the one who waits for something to change. */
export class Bell {
  #ring = () => {};

  /** Wakes whoever waits now. */
  readonly ring = (): void => this.#ring();

  /** Resolves at the next {@link Bell.ring}. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#ring = resolve;
    });
  }
}
