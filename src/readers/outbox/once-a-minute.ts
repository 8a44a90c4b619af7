// The same thing is logged at most once a minute.
const INTERVAL_MILLIS = 60_000;
const MAX_CAUSES = 100;

/** Remembers what was logged when. */
export class OnceAMinute {
  readonly #last = new Map<string, number>();

  /** Calls `log` unless it was called for this cause within the last minute. */
  say(cause: string, log: () => void): void {
    const now = performance.now();
    if (now - (this.#last.get(cause) ?? -Infinity) < INTERVAL_MILLIS) return;
    if (this.#last.size >= MAX_CAUSES) this.#last.clear();
    this.#last.set(cause, now);
    log();
  }
}
