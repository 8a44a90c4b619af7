/**
 * Pauses between retries: at random, so that many clients do not meet again, up to a limit that doubles with each retry.
 */
export class Backoff {
  readonly #firstMillis: number;
  readonly #maxMillis: number;
  readonly #random: () => number;
  #retries = 0;

  /** @param random a number from 0 to 1, in place of `Math.random`. */
  constructor(firstMillis: number, maxMillis: number, random: () => number = Math.random) {
    this.#firstMillis = firstMillis;
    this.#maxMillis = maxMillis;
    this.#random = random;
  }

  /** Whether there was a pause since the start or the last `reset`. */
  get isRetrying(): boolean {
    return this.#retries > 0;
  }

  /** The next pause. */
  nextMillis(): number {
    return this.#random() * Math.min(this.#firstMillis * 2 ** this.#retries++, this.#maxMillis);
  }

  /** Begins with short pauses again. */
  reset(): void {
    this.#retries = 0;
  }
}
