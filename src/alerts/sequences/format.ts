import { formatDuration } from "../../query/syntax/number.ts";
import { quoteText } from "../../query/syntax/quoted-text.ts";
import { durationMillis } from "./duration.ts";
import type { EventCondition, EventPattern, EventSequence, FieldValue, SequenceStep } from "./rule.ts";

/**
 * Formats a sequence as text, on one line. Parsing the text returns an equal sequence.
 *
 * @example
 * formatSequence({ kind: "count", event: "login.failed", at_least: 5, within: 600, by: ["source"] });
 * // count login.failed >= 5 within 10m by source
 */
export function formatSequence(sequence: EventSequence): string {
  const { by = [] } = sequence;
  const key = by.length === 0 ? "" : ` by ${by.map(nameText).join(", ")}`;
  return `${formText(sequence)}${key}`;
}

function formText(sequence: EventSequence): string {
  const time = durationText(sequence.within);
  switch (sequence.kind) {
    case "sequence": {
      const gap = sequence.max_gap === undefined ? "" : ` max gap ${durationText(sequence.max_gap)}`;
      return `${sequence.steps.map(stepText).join(" followed by ")} within ${time}${gap}`;
    }
    case "absence":
      return sequence.after === undefined
        ? `absent ${eventText(sequence.event)} for ${time}`
        : `${eventText(sequence.after)} not followed by ${eventText(sequence.event)} within ${time}`;
    case "count":
      return `count ${eventText(sequence.event)} >= ${sequence.at_least} within ${time}`;
    case "distinct": {
      const { field, event, at_least: minimum } = sequence;
      return `distinct ${nameText(field)} of ${eventText(event)} >= ${minimum} within ${time}`;
    }
    default:
      return sequence satisfies never;
  }
}

function stepText({ event, without = [] }: SequenceStep): string {
  return without.length === 0
    ? eventText(event)
    : `${eventText(event)} without ${without.map(eventText).join(", ")}`;
}

function eventText(event: string | EventPattern): string {
  const { type, where = [] } = typeof event === "string" ? { type: event } : event;
  const conditions = where.length === 0 ? "" : `{${where.map(conditionText).join(", ")}}`;
  return `${type === undefined ? "*" : nameText(type)}${conditions}`;
}

function conditionText(condition: EventCondition): string {
  const field = nameText(condition.field);
  if (condition.is === "exists") return `${field} exists`;
  if (condition.is === "in") return `${field} in (${condition.value.map(valueText).join(", ")})`;
  return `${field} ${condition.is} ${valueText(condition.value)}`;
}

function valueText(value: FieldValue): string {
  return typeof value === "string" ? quoteText(value) : String(value);
}

// A sequence that begins with one of these words has another form.
const KEYWORDS = new Set(["absent", "count", "distinct"]);
const PLAIN = /^[\p{L}_][\p{L}\p{N}_.:/@$-]*$/u;

function nameText(name: string): string {
  return PLAIN.test(name) && !KEYWORDS.has(name) ? name : quoteText(name);
}

function durationText(duration: string | number): string {
  return formatDuration(durationMillis(duration) ?? 0);
}
