import { context, isSpanContextValid, trace } from "@opentelemetry/api";
import { show } from "../diagnostics/show.ts";
import { cleanLabels, type Labels, readField } from "./labels.ts";
import { isoText, unixMillisFrom } from "./time.ts";
import { uuidV7 } from "./uuid-v7.ts";

/** An event as it is kept and passed to hooks. `data` and the values of `metadata` are the caller's own objects. */
export interface TelemetryEvent {
  /** A UUID v7, which sorts by time, unless the caller gave another id. */
  readonly event_id: string;
  readonly event_type: string;
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly data: unknown;
  readonly labels: Labels;
  readonly metadata: Record<string, unknown>;
  /** The trace that was active when the event was recorded, if any. */
  readonly trace_id?: string;
  readonly span_id?: string;
}

/** Fields that `record` accepts; it adds missing ones. */
export type EventToRecord = {
  readonly [Key in keyof TelemetryEvent]?: TelemetryEvent[Key] | undefined;
} & { readonly event_type: string; readonly source: string };

export type CompletedEvent =
  | { readonly event: TelemetryEvent; readonly errors?: undefined }
  | { readonly event?: undefined; readonly errors: readonly FieldError[] };

/** A complete, frozen event from `given`, or all invalid fields. Invalid labels go to `onBadLabel`. Never throws. */
export function completeEvent(given: unknown, onBadLabel: (key: string) => void): CompletedEvent {
  const now = Date.now();
  const errors = eventErrors(given, now);
  if (errors.length > 0) return { errors };
  const id = readField(given, "event_id");
  const event = {
    event_id: isFilled(id) ? id : uuidV7(),
    event_type: textIn(given, "event_type"),
    source: textIn(given, "source"),
    timestamp: isoText(unixMillisFrom(readField(given, "timestamp")) ?? now),
    data: readField(given, "data") ?? null,
    labels: cleanLabels(readField(given, "labels"), onBadLabel),
    metadata: copyOf(readField(given, "metadata")),
    ...traceOf(readField(given, "trace_id"), readField(given, "span_id")),
  };
  return { event: Object.freeze(event) };
}

// Checked by the schema, but a getter may return another type the second time.
function textIn(given: unknown, field: string): string {
  return String(readField(given, field));
}

function isFilled(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function copyOf(metadata: unknown): Record<string, unknown> {
  try {
    return typeof metadata === "object" && !Array.isArray(metadata) ? { ...metadata } : {};
  } catch {
    return {};
  }
}

function traceOf(traceId: unknown, spanId: unknown): { trace_id?: string; span_id?: string } {
  if (isFilled(traceId))
    return isFilled(spanId) ? { trace_id: traceId, span_id: spanId } : { trace_id: traceId };
  const span = trace.getSpanContext(context.active());
  return span !== undefined && isSpanContextValid(span)
    ? { trace_id: span.traceId, span_id: span.spanId }
    : {};
}

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
