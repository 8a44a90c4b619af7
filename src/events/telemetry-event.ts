// The record of something that happened.
import { context, isSpanContextValid, trace } from "@opentelemetry/api";
import { cleanLabels, type Labels, readField } from "./labels.ts";
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

/**
 * A complete event from what was given, frozen, or `undefined` where its type or its source is no non-empty string.
 * Labels that are none are left out and reported to `onBadLabel`. Never throws, whatever it is given.
 */
export function completeEvent(given: unknown, onBadLabel: (key: string) => void): TelemetryEvent | undefined {
  const type = readField(given, "event_type");
  const source = readField(given, "source");
  if (!isFilled(type) || !isFilled(source)) return undefined;
  const id = readField(given, "event_id");
  return Object.freeze({
    event_id: isFilled(id) ? id : uuidV7(),
    event_type: type,
    source,
    timestamp: utcTimestamp(readField(given, "timestamp")),
    data: readField(given, "data") ?? null,
    labels: cleanLabels(readField(given, "labels"), onBadLabel),
    metadata: copyOf(readField(given, "metadata")),
    ...traceOf(readField(given, "trace_id"), readField(given, "span_id")),
  });
}

function isFilled(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

// A time without a zone is UTC. A date alone is UTC to JavaScript too, but a date with a time would be local.
function utcTimestamp(given: unknown): string {
  if (typeof given === "string") {
    const zoned = /T.*(?:Z|[+-]\d\d:?\d\d)$/i.test(given) || !given.includes("T") ? given : `${given}Z`;
    const millis = Date.parse(zoned);
    if (!Number.isNaN(millis)) return new Date(millis).toISOString();
  }
  return new Date().toISOString();
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
