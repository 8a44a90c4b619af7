import { show } from "../diagnostics/show.ts";
import { readField } from "./labels.ts";
import { unixMillisFrom } from "./time.ts";

/** An invalid field of an event. */
export interface FieldError {
  readonly field: string;
  /** Rule and received value. */
  readonly message: string;
}

const MINUTE_MILLIS = 60_000;
// Clocks of machines differ a little; an event from further ahead would be sorted wrongly for long.
const MAX_AHEAD_MILLIS = 5 * MINUTE_MILLIS;

type Check = (value: unknown, nowMillis: number) => string | undefined;

const SCHEMA: readonly { readonly field: string; readonly check: Check }[] = [
  { field: "event_type", check: filled },
  { field: "source", check: filled },
  { field: "event_id", check: optional(filled) },
  { field: "timestamp", check: optional(moment) },
];

/**
 * All invalid fields of an event, in the order of the schema. Type, source and the optional id must be non-empty
 * strings; a time (ISO 8601, a `Date`, seconds since the epoch) at most five minutes ahead of `nowMillis`. Never
 * throws.
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
