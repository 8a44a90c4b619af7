import type { Check } from "../../options/check.ts";
import type { Alert } from "../alert.ts";
import type { CheckedSequenceRule } from "./check-rules.ts";
import type { SequenceMatch } from "./match.ts";

/** Options of `Sequences`. */
export interface SequencesOptions {
  /** Called with each match. */
  readonly onMatch?: ((match: SequenceMatch, rule: CheckedSequenceRule) => void) | undefined;
  /** Called with alerts that were raised, prolonged or resolved. Annotations still have their templates. */
  readonly onAlerts?: ((alerts: readonly Alert[]) => void) | undefined;
  /** Fills in the templates of an alert's labels when it begins. By default they stay. */
  readonly labelsOf?: ((alert: Alert) => Alert["labels"]) | undefined;
  /**
   * Seconds for which events wait, so that late ones are put in order. Matches and absences are reported this much later.
   * Only events of other processes, and those with a time of their own, are late. From 0 to 3600.
   *
   * @defaultValue 0
   */
  readonly lateness?: number | undefined;
  /** Clock in milliseconds since the epoch. @defaultValue `Date.now` */
  readonly now?: (() => number) | undefined;
  /** @internal Maximum number of partial matches of a rule, for tests. */
  readonly maxKeys?: number | undefined;
}

/** Events and partial matches that were dropped, since the start. */
export interface SequenceCounts {
  /** Events that were older than a previous one of the same rule, for each such rule. */
  late: number;
  /** Events with an invalid time, or with data that cannot be read. */
  unreadable: number;
  /** Partial matches that newer ones replaced. */
  evicted: number;
}

/** Seconds of lateness, read as milliseconds. */
export const LATENESS: Check<number> = {
  must: "be a number of seconds from 0 to 3600",
  read: (value) => (typeof value === "number" && value >= 0 && value <= 3_600 ? value * 1_000 : undefined),
};
