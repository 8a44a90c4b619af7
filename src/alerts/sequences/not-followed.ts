// Events that another one does not follow in time.
import { durationMillis } from "./duration.ts";
import type { Form, FormResults } from "./form.ts";
import { type Occurrence, occurrenceFrom, occurrenceState } from "./occurrence.ts";
import { KeyEntry, RecentKeys } from "./recent-keys.ts";
import type { Absence } from "./rule.ts";

// Bits of `patternsOf`.
const EVENT = 1;
const AFTER = 2;

class Waiting extends KeyEntry {
  readonly occurrence: Occurrence;
  /** Number of events that started the time, the first one included. */
  count: number;

  constructor(key: string, occurrence: Occurrence, count: number) {
    super(key);
    this.occurrence = occurrence;
    this.count = count;
  }
}

/**
 * Partial matches of an absence after another event: the first such event of each key. The order of the keys is that of
 * the deadlines.
 */
export class NotFollowed implements Form {
  readonly #results: FormResults;
  readonly #keys = new RecentKeys<Waiting>();
  readonly #withinMillis: number;

  constructor(sequence: Absence, results: FormResults) {
    this.#results = results;
    this.#withinMillis = durationMillis(sequence.within) ?? 0;
  }

  get size(): number {
    return this.#keys.size;
  }

  get nextDeadlineMillis(): number {
    return this.#deadlineOf(this.#keys.oldest);
  }

  take(key: string, patterns: number, _value: string, occurrence: Occurrence): void {
    let entry = this.#keys.get(key);
    if (entry !== undefined && this.#deadlineOf(entry) < occurrence.millis) {
      this.#report(entry);
      entry = undefined;
    }
    if ((patterns & EVENT) !== 0) {
      if (entry !== undefined) this.#keys.delete(entry);
      entry = undefined;
      this.#results.recovered(key, occurrence.millis);
    }
    if ((patterns & AFTER) === 0) return;
    if (entry === undefined) this.#add(new Waiting(key, occurrence, 1), occurrence.millis);
    else entry.count++;
  }

  reportBefore(millis: number): boolean {
    const { oldest } = this.#keys;
    if (oldest === undefined || this.#deadlineOf(oldest) >= millis) return false;
    this.#report(oldest);
    return true;
  }

  state(): unknown[] {
    return Array.from(this.#keys, ({ key, occurrence, count }) => [key, occurrenceState(occurrence), count]);
  }

  restore(given: unknown): boolean {
    if (!Array.isArray(given)) return false;
    const [key, state, count]: unknown[] = given;
    const occurrence = occurrenceFrom(state);
    if (typeof key !== "string" || this.#keys.get(key) !== undefined) return false;
    if (occurrence === undefined || typeof count !== "number" || !(count >= 1)) return false;
    this.#add(new Waiting(key, occurrence, count), occurrence.millis);
    return true;
  }

  #deadlineOf(entry: Waiting | undefined): number {
    return entry === undefined ? Infinity : entry.occurrence.millis + this.#withinMillis;
  }

  #add(entry: Waiting, millis: number): void {
    this.#keys.add(entry);
    const { oldest } = this.#keys;
    if (this.#keys.size <= this.#results.maxKeys || oldest === undefined || this.reportBefore(millis)) return;
    this.#keys.delete(oldest);
    this.#results.evicted();
  }

  #report(entry: Waiting): void {
    this.#keys.delete(entry);
    const { key, occurrence, count } = entry;
    this.#results.matched({
      key,
      occurrences: [occurrence],
      firstMillis: occurrence.millis,
      lastMillis: this.#deadlineOf(entry),
      count,
    });
  }
}
