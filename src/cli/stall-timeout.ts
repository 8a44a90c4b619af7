/** Aborts if nothing succeeds for a while and something has failed. */
export class StallTimeout {
  readonly #millis: number;
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout;
  #hasFailed = false;
  #isOver = false;

  /** @param seconds how long it waits for a success. */
  constructor(seconds: number) {
    this.#millis = seconds * 1_000;
    this.#timer = this.#wait();
  }

  /** Aborted when the time is over. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  succeeded(): void {
    clearTimeout(this.#timer);
    this.#hasFailed = false;
    this.#isOver = false;
    this.#timer = this.#wait();
  }

  failed(): void {
    this.#hasFailed = true;
    if (this.#isOver) this.#end.abort();
  }

  #wait(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#isOver = true;
      // What has not failed yet may still be under way.
      if (this.#hasFailed) this.#end.abort();
    }, this.#millis).unref();
  }
}
