// Partial matches of one rule: the interface of the four forms.
import type { Occurrence } from "./occurrence.ts";

/** Partial matches of a rule, by key. Events come in the order of their times. */
export interface Form {
  /** Number of partial matches. */
  readonly size: number;
  /** Time of the next absence, in milliseconds; `Infinity` without one. It is reported after this time. */
  readonly nextDeadlineMillis: number;
  /**
   * Takes an event.
   *
   * @param patterns bit `i` says whether the event matches pattern `i` of `patternsOf`.
   * @param value value of the field of distinct values.
   */
  take(key: string, patterns: number, value: string, occurrence: Occurrence): void;
  /** Reports the oldest absence if its deadline is before `millis`; returns whether it was. */
  reportBefore(millis: number): boolean;
  /** The partial matches as JSON, oldest first. */
  state(): unknown[];
  /** Adds a partial match from JSON, as the newest one; returns `false` if it is damaged. */
  restore(given: unknown): boolean;
}

/** Results of a form. */
export interface FormResults {
  /** Maximum number of partial matches. */
  readonly maxKeys: number;
  matched(match: FormMatch): void;
  /** The event that was missing for `key` has occurred. */
  recovered(key: string, millis: number): void;
  /** A partial match was dropped, since there were too many. */
  evicted(): void;
}

/** A match of a form. */
export interface FormMatch {
  readonly key: string;
  readonly occurrences: readonly Occurrence[];
  readonly firstMillis: number;
  readonly lastMillis: number;
  readonly count: number;
}
