// Events as the store keeps them: their parts as JSON.
import { jsonText } from "../../events/json-text.ts";
import type { TelemetryEvent } from "../../events/event.ts";
import type { StoredEvent } from "../store/stored.ts";

/**
 * The event as it is stored, with a replacement character for each NUL in its names, where SQLite ends a text. What JSON does not have is written as text; data that cannot be written at all, such as a
 * circle, as Node.js shows it. Never throws.
 */
export function storedFrom(event: TelemetryEvent): StoredEvent {
  return {
    id: keepable(event.event_id),
    type: keepable(event.event_type),
    source: keepable(event.source),
    timeUnixMillis: Date.parse(event.timestamp),
    data: jsonText(event.data),
    labels: jsonText(event.labels),
    metadata: jsonText(event.metadata),
    ...(event.trace_id !== undefined && { traceId: event.trace_id }),
    ...(event.span_id !== undefined && { spanId: event.span_id }),
  };
}

/** The event that was stored. */
export function eventFrom(stored: StoredEvent): TelemetryEvent {
  return {
    event_id: stored.id,
    event_type: stored.type,
    source: stored.source,
    timestamp: new Date(stored.timeUnixMillis).toISOString(),
    data: JSON.parse(stored.data),
    labels: JSON.parse(stored.labels),
    metadata: JSON.parse(stored.metadata),
    ...(stored.traceId !== undefined && { trace_id: stored.traceId }),
    ...(stored.spanId !== undefined && { span_id: stored.spanId }),
  };
}

function keepable(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "\u{FFFD}") : text;
}
