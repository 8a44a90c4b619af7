// Numbers of distinct values in a sliding window.
import { MAX_KEPT } from "./count.ts";
import { durationMillis } from "./duration.ts";
import { ExpirySweep } from "./expiry-sweep.ts";
import type { Form, FormResults } from "./form.ts";
import { isMillis, type Occurrence } from "./occurrence.ts";
import { KeyEntry, RecentKeys } from "./recent-keys.ts";
import type { Distinct } from "./rule.ts";

class Values extends KeyEntry {
  /** Time of the last event of each value, oldest first; at most one value less than the minimum. */
  readonly times = new Map<string, number>();
  lastMillis = 0;
}

/** Partial matches of distinct values: the latest values of each key. A match has its last event only. */
export class DistinctValues implements Form {
  readonly nextDeadlineMillis: number = Infinity;
  readonly #results: FormResults;
  readonly #keys = new RecentKeys<Values>();
  readonly #sweep: ExpirySweep<Values>;
  readonly #withinMillis: number;
  readonly #minimum: number;
  #kept = 0;

  constructor(sequence: Distinct, results: FormResults) {
    this.#results = results;
    this.#withinMillis = durationMillis(sequence.within) ?? 0;
    this.#minimum = sequence.at_least;
    this.#sweep = new ExpirySweep(this.#keys, this.#withinMillis, ({ times }) => {
      this.#kept -= times.size;
    });
  }

  get size(): number {
    return this.#keys.size;
  }

  take(key: string, _patterns: number, value: string, occurrence: Occurrence): void {
    const { millis } = occurrence;
    this.#sweep.run(millis);
    let entry = this.#keys.get(key);
    if (entry === undefined) {
      entry = new Values(key);
      this.#keys.add(entry);
    } else this.#keys.touch(entry);
    const { times } = entry;
    entry.lastMillis = millis;
    // Set anew, so that the values stay in the order of their times.
    if (times.delete(value)) this.#kept--;
    for (const [each, time] of times) {
      if (millis - time <= this.#withinMillis) break;
      times.delete(each);
      this.#kept--;
    }
    if (times.size + 1 < this.#minimum) {
      times.set(value, millis);
      this.#kept++;
      return this.#limit(millis);
    }
    const [firstMillis = millis] = times.values();
    this.#drop(entry);
    const lastMillis = millis;
    this.#results.matched({ key, occurrences: [occurrence], firstMillis, lastMillis, count: this.#minimum });
  }

  reportBefore(): boolean {
    return false;
  }

  state(): unknown[] {
    return Array.from(this.#keys, ({ key, times }) => [key, [...times]]);
  }

  restore(given: unknown): boolean {
    if (!Array.isArray(given)) return false;
    const [key, values]: unknown[] = given;
    if (typeof key !== "string" || this.#keys.get(key) !== undefined || !Array.isArray(values)) return false;
    const entry = new Values(key);
    for (const each of values) {
      if (!Array.isArray(each)) return false;
      const [value, time]: unknown[] = each;
      if (typeof value !== "string" || !isMillis(time)) return false;
      entry.times.set(value, time);
      entry.lastMillis = time;
    }
    if (entry.times.size === 0 || entry.times.size >= this.#minimum) return false;
    this.#keys.add(entry);
    this.#kept += entry.times.size;
    this.#limit(entry.lastMillis);
    return true;
  }

  #limit(millis: number): void {
    while (this.#keys.size > this.#results.maxKeys || this.#kept > MAX_KEPT) {
      const { oldest } = this.#keys;
      if (oldest === undefined) return;
      if (oldest.lastMillis + this.#withinMillis >= millis) this.#results.evicted();
      this.#drop(oldest);
    }
  }

  #drop(entry: Values): void {
    this.#kept -= entry.times.size;
    this.#keys.delete(entry);
  }
}
