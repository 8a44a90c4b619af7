// Numbers of events in a sliding window.
import { durationMillis } from "./duration.ts";
import { ExpirySweep } from "./expiry-sweep.ts";
import type { Form, FormResults } from "./form.ts";
import { isMillis, type Occurrence } from "./occurrence.ts";
import { KeyEntry, RecentKeys } from "./recent-keys.ts";
import type { Count } from "./rule.ts";

/** Maximum number of events that one rule keeps in the windows of all its keys. */
export const MAX_KEPT = 100_000;

class Times extends KeyEntry {
  /** Times of the latest events, at most one less than the minimum. */
  times: number[];

  constructor(key: string, times: number[]) {
    super(key);
    this.times = times;
  }

  get lastMillis(): number {
    return this.times.at(-1) ?? -Infinity;
  }
}

/** Partial matches of a count: the times of each key's latest events. A match has its last event only. */
export class Counts implements Form {
  readonly nextDeadlineMillis: number = Infinity;
  readonly #results: FormResults;
  readonly #keys = new RecentKeys<Times>();
  readonly #sweep: ExpirySweep<Times>;
  readonly #withinMillis: number;
  readonly #minimum: number;
  #kept = 0;

  constructor(sequence: Count, results: FormResults) {
    this.#results = results;
    this.#withinMillis = durationMillis(sequence.within) ?? 0;
    this.#minimum = sequence.at_least;
    this.#sweep = new ExpirySweep(this.#keys, this.#withinMillis, ({ times }) => {
      this.#kept -= times.length;
    });
  }

  get size(): number {
    return this.#keys.size;
  }

  take(key: string, _patterns: number, _value: string, occurrence: Occurrence): void {
    const { millis } = occurrence;
    this.#sweep.run(millis);
    if (this.#minimum === 1) return this.#match(key, occurrence, millis);
    const entry = this.#keys.get(key);
    if (entry === undefined) return this.#add(new Times(key, [millis]));
    const { times } = entry;
    const first = times[0] ?? millis;
    if (times.length + 1 < this.#minimum) {
      if (times.length < SMALL) entry.times = [...times, millis];
      else times.push(millis);
      this.#kept++;
    } else if (millis - first <= this.#withinMillis) {
      this.#drop(entry);
      return this.#match(key, occurrence, first);
    } else {
      times.shift();
      times.push(millis);
    }
    this.#keys.touch(entry);
    this.#limit(millis);
  }

  reportBefore(): boolean {
    return false;
  }

  state(): unknown[] {
    return Array.from(this.#keys, ({ key, times }) => [key, times.slice()]);
  }

  restore(given: unknown): boolean {
    if (!Array.isArray(given)) return false;
    const [key, times]: unknown[] = given;
    if (typeof key !== "string" || this.#keys.get(key) !== undefined || !Array.isArray(times)) return false;
    if (times.length === 0 || times.length >= this.#minimum || !times.every(isMillis)) return false;
    this.#add(new Times(key, [...times]));
    return true;
  }

  #add(entry: Times): void {
    this.#keys.add(entry);
    this.#kept += entry.times.length;
    this.#limit(entry.lastMillis);
  }

  #limit(millis: number): void {
    while (this.#keys.size > this.#results.maxKeys || this.#kept > MAX_KEPT) {
      const { oldest } = this.#keys;
      if (oldest === undefined) return;
      if (oldest.lastMillis + this.#withinMillis >= millis) this.#results.evicted();
      this.#drop(oldest);
    }
  }

  #drop(entry: Times): void {
    this.#kept -= entry.times.length;
    this.#keys.delete(entry);
  }

  #match(key: string, occurrence: Occurrence, firstMillis: number): void {
    const lastMillis = occurrence.millis;
    this.#results.matched({ key, occurrences: [occurrence], firstMillis, lastMillis, count: this.#minimum });
  }
}

// `push` adds 16 unused places to a small array, a copy adds none.
const SMALL = 16;
