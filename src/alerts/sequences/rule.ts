// Rules over sequences of events: their types.
import type { RuleDuration } from "../rules/rule.ts";

/** A rule over sequences of events: each match raises an alert, or records an event. */
export type SequenceRule = SequenceAlertRule | SequenceEventRule;

/**
 * A rule whose matches raise alerts.
 *
 * @example
 * const rule: SequenceRule = {
 *   alert: "PaymentFailsTwice",
 *   when: "payment.failed followed by payment.failed within 5m by data.order",
 *   labels: { severity: "critical" },
 * };
 */
export interface SequenceAlertRule {
  /** Name of the alert. */
  readonly alert: string;
  /** Sequence of events, as text or as an object. */
  readonly when: string | EventSequence;
  /**
   * Time for which the alert fires after the last match. An absence ends earlier with the event that was missing.
   *
   * @defaultValue 5 minutes; for `absent`, until the event occurs again
   */
  readonly keep_firing_for?: RuleDuration;
  /** Labels of the alert, besides those of the key; values are templates. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Annotations of the alert; values are templates. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A rule whose matches record events. Such events are never offered to rules. */
export interface SequenceEventRule {
  /** Type of the recorded event. */
  readonly event: string;
  /** Sequence of events, as text or as an object. */
  readonly when: string | EventSequence;
  /** Labels of the event, besides those of the key. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Condition over several events. `parseSequence` reads it from text. */
export type EventSequence = FollowedBy | Absence | Count | Distinct;

interface Keyed {
  /**
   * Fields whose values are the key: events with different keys belong to different sequences. An event without one of
   * the fields is ignored. By default all events belong to one sequence.
   */
  readonly by?: readonly string[];
}

/** Events that follow one another. Other events may occur in between. */
export interface FollowedBy extends Keyed {
  /** Always `sequence`. */
  readonly kind: "sequence";
  /** The events in their order, from 2 to 10. */
  readonly steps: readonly SequenceStep[];
  /** Maximum time from the first event to the last one. */
  readonly within: RuleDuration;
  /** Maximum time between two neighbours. None by default. */
  readonly max_gap?: RuleDuration;
}

/** One event of a sequence. */
export interface SequenceStep {
  /** The event: its type, or its conditions. */
  readonly event: string | EventPattern;
  /** Events that must not occur between the previous step and this one; not for the first step. */
  readonly without?: readonly (string | EventPattern)[];
}

/** The absence of an event: after another one, or since its last occurrence. */
export interface Absence extends Keyed {
  /** Always `absence`. */
  readonly kind: "absence";
  /** The missing event. */
  readonly event: string | EventPattern;
  /** Event that starts the time. By default the missing event itself; without a key also the start of the process. */
  readonly after?: string | EventPattern;
  /** Time for which the event is missing. */
  readonly within: RuleDuration;
}

/** A number of events in a sliding window. */
export interface Count extends Keyed {
  /** Always `count`. */
  readonly kind: "count";
  /** The counted event. */
  readonly event: string | EventPattern;
  /** Minimum number of events, from 1 to 1000. */
  readonly at_least: number;
  /** Length of the window. */
  readonly within: RuleDuration;
}

/** A number of distinct values of a field in a sliding window. */
export interface Distinct extends Keyed {
  /** Always `distinct`. */
  readonly kind: "distinct";
  /** Field of the values. */
  readonly field: string;
  /** The event with the field. */
  readonly event: string | EventPattern;
  /** Minimum number of distinct values, from 2 to 1000. */
  readonly at_least: number;
  /** Length of the window. */
  readonly within: RuleDuration;
}

/** Conditions on one event; all must hold. A string is the type alone. */
export interface EventPattern {
  /** Type of the event. By default any type. */
  readonly type?: string;
  /** Conditions on its fields. */
  readonly where?: readonly EventCondition[];
}

/**
 * Condition on a field: `type`, `source`, `trace_id`, `labels.<name>`, `data.<path>` or `metadata.<path>`. Any other name
 * is looked up in the labels, then in the data, then in the metadata.
 */
export type EventCondition =
  | Compared<"=" | "!=", FieldValue>
  | Compared<"<" | "<=" | ">" | ">=", number>
  | Compared<"=~" | "!~", string>
  | Compared<"in", readonly FieldValue[]>
  | {
      /** Name of the field. */
      readonly field: string;
      /** Whether the field is there. */
      readonly is: "exists";
    };

/** Comparison of a field with a value. */
export interface Compared<Operator extends string, Value> {
  /** Name of the field. */
  readonly field: string;
  /** The operator. `=~` and `!~` have RE2's syntax, and match the whole text. */
  readonly is: Operator;
  /** The other value, or all values that are allowed. */
  readonly value: Value;
}

/** A value to compare with. Numbers and booleans are equal to their texts. */
export type FieldValue = string | number | boolean;
