import { context, isSpanContextValid, trace } from "@opentelemetry/api";
import { eventErrors, type FieldError } from "./schema.ts";
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

/** A complete event, or its invalid fields. */
export type CompletedEvent =
  | { readonly event: TelemetryEvent; readonly errors?: undefined }
  | { readonly event?: undefined; readonly errors: readonly FieldError[] };

/**
 * A complete, frozen event from `given`, with its time in UTC, or all invalid fields. Invalid labels are left out and
 * passed to `onBadLabel`. Never throws.
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
