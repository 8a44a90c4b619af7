// Removal of partial matches that can no longer become a match.
import type { KeyEntry, RecentKeys } from "./recent-keys.ts";

interface ExpiringEntry extends KeyEntry {
  /** Time of the last event of the entry. */
  readonly lastMillis: number;
}

// Keys are looked at 16 times in their life.
const SWEEPS = 16;

/** Removes the entries of `keys` whose last event is older than the time of the rule. */
export class ExpirySweep<Entry extends ExpiringEntry> {
  readonly #keys: RecentKeys<Entry>;
  readonly #lifeMillis: number;
  readonly #onExpired: (entry: Entry) => void;
  #nextMillis = -Infinity;

  constructor(keys: RecentKeys<Entry>, lifeMillis: number, onExpired: (entry: Entry) => void = () => {}) {
    this.#keys = keys;
    this.#lifeMillis = lifeMillis;
    this.#onExpired = onExpired;
  }

  /** Removes what is expired at `millis`; most calls only compare two numbers. */
  run(millis: number): void {
    if (millis < this.#nextMillis) return;
    let { oldest } = this.#keys;
    while (oldest !== undefined && oldest.lastMillis + this.#lifeMillis < millis) {
      this.#keys.delete(oldest);
      this.#onExpired(oldest);
      oldest = this.#keys.oldest;
    }
    this.#nextMillis = millis + this.#lifeMillis / SWEEPS;
  }
}
