// Partial matches of a rule by key, oldest first, within the time of the rule.
import type { Occurrence } from "./occurrence.ts";
import { KeyEntry, RecentKeys } from "./recent-keys.ts";

/** State of one key. */
export abstract class PartialMatch extends KeyEntry {
  /** Time from which the time of the rule counts: of the last event, or of that before an absence. */
  abstract readonly lastMillis: number;
  /** Number of kept events, apart from a bounded number of them. */
  get weight(): number {
    return 0;
  }
}

/** An event that concerns a rule: what its form needs. */
export interface KeyedEvent {
  readonly key: string;
  /** Bit `i` says whether the event matches pattern `i` of `patternsOf`. */
  readonly patterns: number;
  /** Value of the field of distinct values. */
  readonly value: string;
}

/** A match of a form. */
export interface FormMatch {
  readonly key: string;
  readonly occurrences: readonly Occurrence[];
  readonly firstMillis: number;
  readonly lastMillis: number;
  readonly count: number;
}

/** A form of a rule: the change of a partial match by each event. */
export interface Form<Partial extends PartialMatch> {
  readonly withinMillis: number;
  /** Takes an event; returns the match, the partial match that remains, or `undefined` if none remains. */
  take(
    partial: Partial | undefined,
    event: KeyedEvent,
    occurrence: Occurrence,
  ): Partial | FormMatch | undefined;
  /** The match of an absence at its deadline. Other forms have none. */
  absence?(partial: Partial, deadlineMillis: number): FormMatch;
  /** The parts of a partial match as JSON. */
  state(partial: Partial): readonly unknown[];
  /** Reads the parts; `undefined` if they are damaged. */
  restored(key: string, parts: readonly unknown[]): Partial | undefined;
}

/** Results of a window. */
export interface WindowResults {
  /** Maximum number of partial matches. */
  readonly maxKeys: number;
  matched(match: FormMatch): void;
  /** The event that was missing for `key` has occurred. */
  recovered(key: string): void;
  /** A partial match was dropped, since there were too many. */
  evicted(): void;
}

/** Maximum number of events that one rule keeps for the counts of all its keys. */
const MAX_KEPT = 100_000;
// Keys are looked at 16 times in their life.
const SWEEPS = 16;
/** Bit of the event that ends an absence. */
export const MISSING = 1;

/** The partial matches of a rule. Events come in the order of their times. */
export class KeyedWindow<Partial extends PartialMatch> {
  readonly #form: Form<Partial>;
  readonly #results: WindowResults;
  readonly #keys = new RecentKeys<Partial>();
  #kept = 0;
  #sweepMillis = -Infinity;

  constructor(form: Form<Partial>, results: WindowResults) {
    this.#form = form;
    this.#results = results;
  }

  /** Number of partial matches. */
  get size(): number {
    return this.#keys.size;
  }

  /** Time of the next absence, in milliseconds; `Infinity` without one. It is reported after this time. */
  get nextDeadlineMillis(): number {
    const { oldest } = this.#keys;
    return this.#form.absence === undefined || oldest === undefined ? Infinity : this.#endOf(oldest);
  }

  /** Adds a partial match as the newest one. */
  add(partial: Partial): void {
    this.#keys.add(partial);
    this.#kept += partial.weight;
    this.#limit(partial.lastMillis);
  }

  take(event: KeyedEvent, occurrence: Occurrence): void {
    const { millis } = occurrence;
    const { key } = event;
    if (this.#form.absence === undefined) this.#sweep(millis);
    let partial = this.#keys.get(key);
    if (this.#form.absence !== undefined) {
      if (partial !== undefined && this.#endOf(partial) < millis) {
        this.#end(partial);
        partial = undefined;
      }
      if ((event.patterns & MISSING) !== 0) this.#results.recovered(key);
    }
    const before = partial?.weight ?? 0;
    const taken = this.#form.take(partial, event, occurrence);
    if (taken !== undefined && taken === partial) {
      if (taken.lastMillis === millis) this.#keys.touch(partial);
      const added = partial.weight - before;
      this.#kept += added;
      if (added > 0) this.#limit(millis);
    } else if (taken instanceof KeyEntry) this.add(taken);
    else {
      if (partial !== undefined) this.#keys.delete(partial);
      this.#kept -= before;
      if (taken !== undefined) this.#results.matched(taken);
    }
  }

  /** Reports the oldest absence if its deadline is before `millis`; returns whether it was. */
  reportBefore(millis: number): boolean {
    const { oldest } = this.#keys;
    if (oldest === undefined || this.nextDeadlineMillis >= millis) return false;
    this.#end(oldest);
    return true;
  }

  /** The partial matches as JSON, oldest first. */
  state(): unknown[] {
    return Array.from(this.#keys, (partial) => [partial.key, ...this.#form.state(partial)]);
  }

  /** Adds a partial match from JSON, as the newest one, unless it is damaged. */
  restore(given: unknown): void {
    const [key, ...parts]: unknown[] = Array.isArray(given) ? given : [];
    if (typeof key !== "string" || this.#keys.get(key) !== undefined) return;
    const partial = this.#form.restored(key, parts);
    if (partial !== undefined) this.add(partial);
  }

  #endOf(partial: Partial): number {
    return partial.lastMillis + this.#form.withinMillis;
  }

  // Most calls only compare two numbers.
  #sweep(millis: number): void {
    if (millis < this.#sweepMillis) return;
    this.#sweepMillis = millis + this.#form.withinMillis / SWEEPS;
    for (let { oldest } = this.#keys; oldest !== undefined; { oldest } = this.#keys) {
      if (this.#endOf(oldest) >= millis) return;
      this.#end(oldest);
    }
  }

  #limit(millis: number): void {
    while (this.#keys.size > this.#results.maxKeys || this.#kept > MAX_KEPT) {
      const { oldest } = this.#keys;
      if (oldest === undefined) return;
      if (this.#endOf(oldest) < millis) this.#end(oldest);
      else {
        this.#drop(oldest);
        this.#results.evicted();
      }
    }
  }

  // At the end of its time, a partial match is an absence, or none at all.
  #end(partial: Partial): void {
    this.#drop(partial);
    const match = this.#form.absence?.(partial, this.#endOf(partial));
    if (match !== undefined) this.#results.matched(match);
  }

  #drop(partial: Partial): void {
    this.#kept -= partial.weight;
    this.#keys.delete(partial);
  }
}
