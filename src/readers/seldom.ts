// What would be said again and again is said once a minute.

const INTERVAL_MILLIS = 60_000;

/** Remembers when something was said last. */
export class Seldom {
  #last = -Infinity;

  /** Whether it may be said again; then it counts as said. */
  isDue(): boolean {
    const now = performance.now();
    if (now - this.#last < INTERVAL_MILLIS) return false;
    this.#last = now;
    return true;
  }
}
