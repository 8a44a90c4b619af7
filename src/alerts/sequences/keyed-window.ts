// Partial matches of a rule by key, oldest first, within the time of the rule.
import { KeyEntry, RecentKeys } from "./recent-keys.ts";

/** An event that a rule has seen, without its data. */
export class Occurrence {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly millis: number;

  constructor(id: string, type: string, source: string, millis: number) {
    this.id = id;
    this.type = type;
    this.source = source;
    this.millis = millis;
  }

  /** Id, type, source, milliseconds since the epoch. */
  toJSON(): readonly unknown[] {
    return [this.id, this.type, this.source, this.millis];
  }
}

/** Reads an occurrence from JSON; `undefined` if it is damaged. */
export function occurrenceFrom(given: unknown): Occurrence | undefined {
  if (given instanceof Occurrence) return given;
  const [id, type, source, millis]: unknown[] = Array.isArray(given) && given.length === 4 ? given : [];
  return typeof id === "string" && typeof type === "string" && typeof source === "string" && isMillis(millis)
    ? new Occurrence(id, type, source, millis)
    : undefined;
}

// Half of what `Date` can hold, so that it can also hold differences.
const MAX_MILLIS = 4e15;

/** Whether a value is a time in milliseconds. */
export function isMillis(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= MAX_MILLIS;
}

/** State of one key. */
export abstract class PartialMatch extends KeyEntry {
  /** Time from which the time of the rule counts: of the last event, or of that before an absence. */
  abstract readonly lastMillis: number;
  /** Whether its time began without an event, at the start of the process. */
  get isStart(): boolean {
    return false;
  }
  /** Number of kept events, apart from a bounded number of them. */
  get weight(): number {
    return 0;
  }
  /** Takes an event. Returns the match, or whether a partial match remains. */
  abstract take(event: KeyedEvent, occurrence: Occurrence): FormMatch | boolean;
  /** The parts of the state in JSON. */
  abstract state(): readonly unknown[];
  /** The match of an absence at its deadline. Other forms have none. */
  absence?(deadlineMillis: number): FormMatch;
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

/** A form of a rule: how partial matches begin. */
export interface Form {
  readonly withinMillis: number;
  /** Bit of the event that ends an absence; `undefined` for other forms. */
  readonly missing?: number;
  /** Takes the first event of a key. Returns the partial match, the match of one event alone, or `undefined`. */
  begin(event: KeyedEvent, occurrence: Occurrence): PartialMatch | FormMatch | undefined;
  /** Reads the parts of a state; `undefined` if they are damaged. */
  restored(key: string, parts: readonly unknown[]): PartialMatch | undefined;
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

/** The partial matches of a rule. Events come in the order of their times. */
export class KeyedWindow {
  readonly #form: Form;
  readonly #results: WindowResults;
  readonly #keys = new RecentKeys<PartialMatch>();
  #kept = 0;
  #sweepMillis = -Infinity;

  constructor(form: Form, results: WindowResults) {
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
    return this.#form.missing === undefined || oldest === undefined ? Infinity : this.#endOf(oldest);
  }

  /** Adds a partial match as the newest one. Its key must be new. */
  add(partial: PartialMatch): void {
    this.#keys.add(partial);
    this.#kept += partial.weight;
    this.#limit(partial.lastMillis);
  }

  take(event: KeyedEvent, occurrence: Occurrence): void {
    const { millis } = occurrence;
    const { missing } = this.#form;
    let partial = this.#keys.get(event.key);
    if (missing === undefined) {
      if (this.#sweep(millis)) partial = this.#keys.get(event.key);
    } else {
      if (partial !== undefined && this.#endOf(partial) < millis) {
        this.#end(partial);
        partial = undefined;
      }
      if ((event.patterns & missing) !== 0) this.#results.recovered(event.key);
    }
    if (partial !== undefined) return this.#advance(partial, event, occurrence);
    const begun = this.#form.begin(event, occurrence);
    if (begun instanceof PartialMatch) this.add(begun);
    else if (begun !== undefined) this.#results.matched(begun);
  }

  /** Reports the oldest absence if its deadline is before `millis`; returns whether it was. */
  reportBefore(millis: number): boolean {
    const { oldest } = this.#keys;
    if (oldest === undefined || this.nextDeadlineMillis >= millis) return false;
    this.#end(oldest);
    return true;
  }

  /** The partial matches as JSON, the newest of them, oldest first. */
  state(maxCount: number): readonly unknown[] {
    const states: unknown[] = [];
    for (let each = this.#keys.newest; each !== undefined && states.length < maxCount; each = each.older)
      states.push([each.key, ...each.state()]);
    return states.toReversed();
  }

  /**
   * Continues with partial matches from JSON; damaged ones are left out. With `keepsOwn`, they are added to the present
   * ones. If both have a key, the present one counts, unless it is a start.
   */
  restore(states: readonly unknown[], keepsOwn: boolean): void {
    const partials = new Map<string, PartialMatch>();
    for (const state of states) {
      const [key, ...parts]: unknown[] = Array.isArray(state) ? state : [];
      if (typeof key !== "string" || partials.has(key)) continue;
      const partial = this.#form.restored(key, parts);
      if (partial !== undefined) partials.set(key, partial);
    }
    for (const own of this.#keys.clear())
      if (keepsOwn && !(own.isStart && partials.has(own.key))) partials.set(own.key, own);
    this.#kept = 0;
    for (const each of [...partials.values()].toSorted((a, b) => a.lastMillis - b.lastMillis)) this.add(each);
  }

  #advance(partial: PartialMatch, event: KeyedEvent, occurrence: Occurrence): void {
    const before = partial.weight;
    const taken = partial.take(event, occurrence);
    if (taken === true) {
      if (partial.lastMillis === occurrence.millis) this.#keys.touch(partial);
      const added = partial.weight - before;
      this.#kept += added;
      if (added > 0) this.#limit(occurrence.millis);
      return;
    }
    this.#keys.delete(partial);
    this.#kept -= before;
    if (taken !== false) this.#results.matched(taken);
  }

  #endOf(partial: PartialMatch): number {
    return partial.lastMillis + this.#form.withinMillis;
  }

  // Most calls only compare two numbers. Returns whether partial matches may have ended.
  #sweep(millis: number): boolean {
    if (millis < this.#sweepMillis) return false;
    this.#sweepMillis = millis + this.#form.withinMillis / SWEEPS;
    for (let { oldest } = this.#keys; oldest !== undefined; { oldest } = this.#keys) {
      if (this.#endOf(oldest) >= millis) break;
      this.#end(oldest);
    }
    return true;
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
  #end(partial: PartialMatch): void {
    this.#drop(partial);
    const match = partial.absence?.(this.#endOf(partial));
    if (match !== undefined) this.#results.matched(match);
  }

  #drop(partial: PartialMatch): void {
    this.#kept -= partial.weight;
    this.#keys.delete(partial);
  }
}
