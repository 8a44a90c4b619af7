/**
 * Random pauses between retries, so that many clients do not retry at the same time. Their upper limit doubles with
 * each retry.
 */
export class Backoff {
  readonly #firstMillis: number;
  readonly #maxMillis: number;
  readonly #random: () => number;
  #retries = 0;

  /** @param random returns a number from 0 to 1. */
  constructor(firstMillis: number, maxMillis: number, random: () => number = Math.random) {
    this.#firstMillis = firstMillis;
    this.#maxMillis = maxMillis;
    this.#random = random;
  }

  /** Whether there was a pause since the start or the last `reset`. */
  get isRetrying(): boolean {
    return this.#retries > 0;
  }

  /** Returns the next pause. */
  nextMillis(): number {
    return this.#random() * Math.min(this.#firstMillis * 2 ** this.#retries++, this.#maxMillis);
  }

  /** Starts again with short pauses. */
  reset(): void {
    this.#retries = 0;
  }
}
