// The record of something that happened.
import { context, isSpanContextValid, trace } from "@opentelemetry/api";
import { eventErrors, type FieldError } from "./schema.ts";
import { cleanLabels, type Labels, readField } from "./labels.ts";
import { isoText, unixMillisFrom } from "./time.ts";
import { uuidV7 } from "./uuid-v7.ts";

/** Something that happened, as it is kept and handed to hooks. `data`, and what `metadata` holds, are the caller's own. */
export interface TelemetryEvent {
  /** A UUID v7, so that ids sort by time, unless the caller gave another. */
  readonly event_id: string;
  readonly event_type: string;
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly data: unknown;
  readonly labels: Labels;
  readonly metadata: Record<string, unknown>;
  /** The trace that was active when the event was recorded, if any; so `span_id`. */
  readonly trace_id?: string;
  readonly span_id?: string;
}

/** What `record` needs of an event; it adds what is missing. */
export type EventToRecord = {
  readonly [Key in keyof TelemetryEvent]?: TelemetryEvent[Key] | undefined;
} & { readonly event_type: string; readonly source: string };

/** An event that is complete, or what is wrong with it. */
export type CompletedEvent =
  | { readonly event: TelemetryEvent; readonly errors?: undefined }
  | { readonly event?: undefined; readonly errors: readonly FieldError[] };

/**
 * A complete event from what was given, frozen, or every field that is wrong. A time is given back as UTC. Labels that
 * are none are left out and reported to `onBadLabel`. Never throws, whatever it is given.
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

// The schema has seen that it is a text; a getter may answer otherwise the second time.
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
