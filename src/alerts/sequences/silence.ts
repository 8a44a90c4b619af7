// Absence of an event since its last occurrence.
import { durationMillis } from "./duration.ts";
import type { Form, FormResults } from "./form.ts";
import { isMillis, type Occurrence, occurrenceFrom, occurrenceState } from "./occurrence.ts";
import { KeyEntry, RecentKeys } from "./recent-keys.ts";
import type { Absence } from "./rule.ts";

class LastSeen extends KeyEntry {
  /** `undefined` before the first event of a rule without a key. */
  occurrence: Occurrence | undefined;
  millis: number;

  constructor(key: string, occurrence: Occurrence | undefined, millis: number) {
    super(key);
    this.occurrence = occurrence;
    this.millis = millis;
  }
}

/**
 * Partial matches of an absence: the last event of each key. A key is forgotten once its absence is reported, until it
 * occurs again. Without a key, the time also starts with the process.
 */
export class Silence implements Form {
  readonly #results: FormResults;
  readonly #keys = new RecentKeys<LastSeen>();
  readonly #withinMillis: number;

  /** @param startMillis start of the time of a rule without a key; `undefined` for rules with one. */
  constructor(sequence: Absence, results: FormResults, startMillis: number | undefined) {
    this.#results = results;
    this.#withinMillis = durationMillis(sequence.within) ?? 0;
    if (startMillis !== undefined) this.#keys.add(new LastSeen("", undefined, startMillis));
  }

  get size(): number {
    return this.#keys.size;
  }

  get nextDeadlineMillis(): number {
    return this.#deadlineOf(this.#keys.oldest);
  }

  take(key: string, _patterns: number, _value: string, occurrence: Occurrence): void {
    let entry = this.#keys.get(key);
    if (entry !== undefined && this.#deadlineOf(entry) < occurrence.millis) {
      this.#report(entry);
      entry = undefined;
    }
    this.#results.recovered(key, occurrence.millis);
    if (entry === undefined) return this.#add(new LastSeen(key, occurrence, occurrence.millis));
    entry.occurrence = occurrence;
    entry.millis = occurrence.millis;
    this.#keys.touch(entry);
  }

  reportBefore(millis: number): boolean {
    const { oldest } = this.#keys;
    if (oldest === undefined || this.#deadlineOf(oldest) >= millis) return false;
    this.#report(oldest);
    return true;
  }

  state(): unknown[] {
    return Array.from(this.#keys, ({ key, occurrence, millis }) => [
      key,
      occurrence === undefined ? millis : occurrenceState(occurrence),
    ]);
  }

  restore(given: unknown): boolean {
    if (!Array.isArray(given)) return false;
    const [key, state]: unknown[] = given;
    const occurrence = occurrenceFrom(state);
    const millis = occurrence?.millis ?? state;
    if (typeof key !== "string" || !isMillis(millis)) return false;
    const known = this.#keys.get(key);
    // The start of the process, if the rule has no key.
    if (known !== undefined && (known.occurrence !== undefined || key !== "")) return false;
    if (known !== undefined) this.#keys.delete(known);
    this.#add(new LastSeen(key, occurrence, millis));
    return true;
  }

  #deadlineOf(entry: LastSeen | undefined): number {
    return entry === undefined ? Infinity : entry.millis + this.#withinMillis;
  }

  #add(entry: LastSeen): void {
    this.#keys.add(entry);
    const { oldest } = this.#keys;
    if (this.#keys.size <= this.#results.maxKeys || oldest === undefined) return;
    if (this.reportBefore(entry.millis)) return;
    this.#keys.delete(oldest);
    this.#results.evicted();
  }

  #report(entry: LastSeen): void {
    this.#keys.delete(entry);
    const { key, occurrence, millis } = entry;
    this.#results.matched({
      key,
      occurrences: occurrence === undefined ? [] : [occurrence],
      firstMillis: millis,
      lastMillis: this.#deadlineOf(entry),
      count: occurrence === undefined ? 0 : 1,
    });
  }
}
