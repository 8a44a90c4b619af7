// Matches of rules, and what becomes of them: alerts and events.
import type { EventToRecord } from "../../events/event.ts";
import { isoText } from "../../events/time.ts";
import type { Alert } from "../alert.ts";
import type { CheckedSequenceRule } from "./check-rules.ts";
import type { KeyOf } from "./field.ts";
import type { FormMatch } from "./keyed-window.ts";

/** An event of a match. */
export interface EventReference {
  /** Id of the event. */
  readonly event_id: string;
  /** Type of the event. */
  readonly event_type: string;
  /** Part of the application that recorded it. */
  readonly source: string;
  /** Time of the event, in ISO 8601 and UTC. */
  readonly timestamp: string;
}

/** A match of a rule. */
export interface SequenceMatch {
  /** Name of the rule: its alert, or the type of its event. */
  readonly rule: string;
  /** Values of the key, by the names of their labels: the last parts of the fields. */
  readonly key: Readonly<Record<string, string>>;
  /**
   * Events, oldest first, without their data: each step of a sequence, the event before an absence, the last event of a
   * window. Empty for an absence before the first event.
   */
  readonly events: readonly EventReference[];
  /** Seconds since the epoch of the first event, also if it is not in `events`. For an absence, when its time began. */
  readonly firstTime: number;
  /** Seconds since the epoch of the last event; of an absence, its deadline. */
  readonly lastTime: number;
  /** Number of events or distinct values. For an absence, the events since its time began. */
  readonly count: number;
}

/** Source of the events that rules record. Events with this source are never offered to rules, so there are no loops. */
export const SEQUENCES_SOURCE = "tachymeter.sequences";

/** Converts the match of a form. `skewMillis` is how far the clock was set back. */
export function matchFrom(
  { rule, keys }: { readonly rule: CheckedSequenceRule; readonly keys: KeyOf },
  { key, occurrences, firstMillis, lastMillis, count }: FormMatch,
  skewMillis: number,
): SequenceMatch {
  return {
    rule: rule.name,
    key: keys.labels(key),
    events: occurrences.map(({ id, type, source, millis }) => ({
      event_id: id,
      event_type: type,
      source,
      timestamp: isoText(millis - skewMillis),
    })),
    firstTime: (firstMillis - skewMillis) / 1_000,
    lastTime: (lastMillis - skewMillis) / 1_000,
    count,
  };
}

/**
 * The firing alert of a match. Its labels are those of the key and of the rule, its value the number of events. Labels and
 * annotations still have their templates.
 */
export function alertFrom(
  { name, labels, annotations }: Pick<CheckedSequenceRule, "name" | "labels" | "annotations">,
  { key, count, lastTime }: Pick<SequenceMatch, "key" | "count" | "lastTime">,
): Alert {
  const ofAlert = { ...key, ...labels, alertname: name };
  const times = { activeAt: lastTime, firedAt: lastTime };
  return { name, state: "firing", labels: ofAlert, annotations, value: count, ...times };
}

/** The event of a match: its data is the match, its labels those of the key and of the rule. */
export function eventFrom(
  { name, labels }: Pick<CheckedSequenceRule, "name" | "labels">,
  match: SequenceMatch,
): EventToRecord {
  const ofEvent = { ...match.key, ...labels };
  return { event_type: name, source: SEQUENCES_SOURCE, data: match, labels: ofEvent };
}
