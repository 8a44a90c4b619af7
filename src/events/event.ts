import { context, isSpanContextValid, trace } from "@opentelemetry/api";
import { show } from "../diagnostics/show.ts";
import { cleanLabels, type Labels, readField } from "./labels.ts";
import { isoText, unixMillisFrom } from "./time.ts";
import { uuidV7 } from "./uuid-v7.ts";

/**
 * An event as it is kept and passed to hooks. `data` and the values of `metadata` are the original objects, not copies.
 */
export interface TelemetryEvent {
  /** Unique id. By default a UUID v7, which sorts by time. */
  readonly event_id: string;
  /** Type of the event, such as `user_login`. */
  readonly event_type: string;
  /** Part of the application that recorded the event. */
  readonly source: string;
  /** Time of the event, in ISO 8601 and UTC. */
  readonly timestamp: string;
  /** Content of the event, of any type; `null` if none was given. */
  readonly data: unknown;
  /** Labels, by which events can be filtered. */
  readonly labels: Labels;
  /** Additional data about the event. */
  readonly metadata: Record<string, unknown>;
  /** Id of the trace that was active when the event was recorded, if any. */
  readonly trace_id?: string;
  /** Id of the span that was active when the event was recorded, if any. */
  readonly span_id?: string;
}

/** Fields of an event to record; missing optional ones are added. */
export type EventToRecord = {
  readonly [Key in keyof TelemetryEvent]?: TelemetryEvent[Key] | undefined;
} & {
  /** Type of the event, such as `user_login`; not empty. */
  readonly event_type: string;
  /** Part of the application that records the event; not empty. */
  readonly source: string;
};

/** A complete event, or the errors of its fields. */
export type CompletedEvent =
  | { readonly event: TelemetryEvent; readonly errors?: undefined }
  | { readonly event?: undefined; readonly errors: readonly FieldError[] };

/**
 * Creates a complete, frozen event from `given`, or returns all invalid fields. `onBadLabel` is called with the key of
 * each invalid label. Never throws.
 */
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
  const value = readField(given, field);
  return typeof value === "string" ? value : "";
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

/** Error of one field of an event. */
export interface FieldError {
  /** Name of the field. */
  readonly field: string;
  /** Rule and received value. */
  readonly message: string;
}

const MINUTE_MILLIS = 60_000;
// The clocks of machines differ slightly. An event from further ahead would be sorted wrongly for long.
const MAX_AHEAD_MILLIS = 5 * MINUTE_MILLIS;

type Check = (value: unknown, nowMillis: number) => string | undefined;

const SCHEMA: readonly { readonly field: string; readonly check: Check }[] = [
  { field: "event_type", check: filled },
  { field: "source", check: filled },
  { field: "event_id", check: optional(filled) },
  { field: "timestamp", check: optional(moment) },
];

/**
 * Returns all invalid fields of an event, in the order of the schema. Type, source and the optional id must be
 * non-empty strings. The optional time must be ISO 8601, a `Date` or seconds since the epoch, at most five minutes
 * ahead of `nowMillis`. Never throws.
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
    : `must be a non-empty string, ${value === undefined ? "but is missing" : `got ${show(value)}`}`;
}

function moment(value: unknown, nowMillis: number): string | undefined {
  const millis = unixMillisFrom(value);
  if (millis === undefined) {
    return `must be a time in ISO 8601, a Date, or seconds since the epoch, got ${show(value)}`;
  }
  const ahead = millis - nowMillis;
  return ahead > MAX_AHEAD_MILLIS
    ? `must be at most 5 minutes ahead, got a time ${Math.ceil(ahead / MINUTE_MILLIS)} minutes ahead`
    : undefined;
}
