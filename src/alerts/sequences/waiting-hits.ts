// Events that wait until earlier ones can no longer arrive.
import type { Hit } from "./compiled-rule.ts";
import type { Occurrence } from "./occurrence.ts";

/** An event with the rules that it concerns. */
export interface WaitingHits {
  readonly occurrence: Occurrence;
  readonly hits: readonly Hit[];
}

/** Maximum number of waiting events. Beyond it, the oldest one is taken before its time. */
export const MAX_WAITING = 10_000;

/** Waiting events in the order of their times; those of equal times in the order of their arrival. */
export class Waiting {
  #sorted: WaitingHits[] = [];

  get size(): number {
    return this.#sorted.length;
  }

  /** Time of the oldest event; `Infinity` without one. */
  get nextMillis(): number {
    return this.#sorted[0]?.occurrence.millis ?? Infinity;
  }

  add(waiting: WaitingHits): void {
    const { millis } = waiting.occurrence;
    // Most events arrive in order.
    const before = this.#sorted.findLastIndex(({ occurrence }) => occurrence.millis <= millis);
    this.#sorted.splice(before + 1, 0, waiting);
  }

  take(): WaitingHits | undefined {
    return this.#sorted.shift();
  }

  [Symbol.iterator](): Iterator<WaitingHits> {
    return this.#sorted.values();
  }
}
