// What an event must be to be recorded.
import { show } from "../diagnostics/show.ts";
import { readField } from "./labels.ts";
import { unixMillisFrom } from "./time.ts";

/** One field that keeps an event from being recorded. */
export interface FieldError {
  readonly field: string;
  /** What the field must be, and what it is. */
  readonly message: string;
}

const MINUTE_MILLIS = 60_000;
// Clocks of several machines differ a little; an event from further ahead would be sorted wrongly for long.
const MAX_AHEAD_MILLIS = 5 * MINUTE_MILLIS;

type Check = (value: unknown, nowMillis: number) => string | undefined;

const SCHEMA: readonly { readonly field: string; readonly check: Check }[] = [
  { field: "event_type", check: filled },
  { field: "source", check: filled },
  { field: "event_id", check: optional(filled) },
  { field: "timestamp", check: optional(moment) },
];

/**
 * Every field that is wrong, in the order of the schema; none where the event can be recorded. Type and source must be
 * non-empty strings, and so an id, where it is given; a time must be one (ISO 8601, a `Date`, seconds since the epoch)
 * and no more than five minutes ahead of `nowMillis`. Never throws, whatever it is given.
 */
export function eventErrors(given: unknown, nowMillis: number): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const { field, check } of SCHEMA) {
    const message = check(readField(given, field), nowMillis);
    if (message !== undefined) errors.push({ field, message });
  }
  return errors;
}

function optional(check: Check): Check {
  return (value, now) => (value === undefined || value === null ? undefined : check(value, now));
}

function filled(value: unknown): string | undefined {
  return typeof value === "string" && value !== ""
    ? undefined
    : `must be a non-empty string; it is ${value === undefined ? "missing" : show(value)}`;
}

function moment(value: unknown, nowMillis: number): string | undefined {
  const millis = unixMillisFrom(value);
  if (millis === undefined) {
    return `must be a time by ISO 8601, a Date, or seconds since the epoch; it is ${show(value)}`;
  }
  const ahead = millis - nowMillis;
  return ahead > MAX_AHEAD_MILLIS
    ? `must be at most 5 minutes ahead; it is ${Math.ceil(ahead / MINUTE_MILLIS)} minutes ahead`
    : undefined;
}
