import { createRequire } from "node:module";
import * as api from "@opentelemetry/api";
import type { Attributes, Context } from "@opentelemetry/api";
import { VERSION } from "../version.ts";
import type { TelemetryEvent } from "./event.ts";

const SCOPE = "tachymeter.events";
const API_LOGS = "@opentelemetry/api-logs";
// The name under which every copy of that package keeps the global provider.
const GLOBAL_LOGS = Symbol.for("io.opentelemetry.js.api.logs");

/** The part of a logger that both APIs share. */
interface Logger {
  emit(record: {
    readonly eventName: string;
    readonly timestamp: Date;
    readonly body: unknown;
    readonly attributes: Attributes;
    readonly context: Context;
  }): void;
  enabled?(options: { readonly context: Context; readonly eventName: string }): boolean;
}

interface Logs {
  getLogger(name: string, version: string): Logger;
}

/**
 * Emits events as OpenTelemetry log records, to the global logger provider. That is the provider of the API from 1.10
 * on, else of the package `@opentelemetry/api-logs`, if it is installed.
 *
 * ```
 * eventName   event_type
 * body        data
 * attributes  the labels, `event.id`, `event.source`, and `event.metadata.<key>` for primitive values
 * context     the active one, or one with the event's trace
 * ```
 */
export class LogRecords {
  /** `null`: the package can't be loaded. */
  #logs: Logs | null | undefined;

  /** Emits the event, if a logger provider is registered. Returns whether it is emitted. Never throws. */
  emit(event: TelemetryEvent): boolean {
    try {
      // A provider may be registered at any time.
      if (this.#logs === undefined) this.#logs = logsOf();
      const logger = this.#logs?.getLogger(SCOPE, VERSION);
      if (logger === undefined) return false;
      const context = contextOf(event);
      if (logger.enabled?.({ context, eventName: event.event_type }) === false) return false;
      logger.emit({
        eventName: event.event_type,
        timestamp: new Date(event.timestamp),
        body: event.data,
        attributes: attributesOf(event),
        context,
      });
      return true;
    } catch (error) {
      api.diag.debug("events: a log record could not be emitted", error);
      return false;
    }
  }
}

// The package is not loaded before a provider is registered with it.
function logsOf(): Logs | null | undefined {
  const own: unknown = Reflect.get(api, "logs");
  if (isLogs(own)) return own;
  if (!(GLOBAL_LOGS in globalThis)) return undefined;
  try {
    const other: unknown = createRequire(import.meta.url)(API_LOGS);
    const logs: unknown =
      typeof other === "object" && other !== null ? Reflect.get(other, "logs") : undefined;
    return isLogs(logs) ? logs : null;
  } catch {
    return null;
  }
}

function isLogs(value: unknown): value is Logs {
  return (
    typeof value === "object" &&
    value !== null &&
    "getLogger" in value &&
    typeof value.getLogger === "function"
  );
}

function attributesOf({ event_id, source, labels, metadata }: TelemetryEvent): Attributes {
  const attributes: Attributes = { ...labels };
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      attributes[`event.metadata.${key}`] = value;
    }
  }
  attributes["event.id"] = event_id;
  attributes["event.source"] = source;
  return attributes;
}

function contextOf({ trace_id: traceId, span_id: spanId }: TelemetryEvent): Context {
  const active = api.context.active();
  if (traceId === undefined || spanId === undefined) return active;
  if (api.trace.getSpanContext(active)?.spanId === spanId) return active;
  const span = { traceId, spanId, traceFlags: api.TraceFlags.SAMPLED };
  return api.isSpanContextValid(span) ? api.trace.setSpanContext(active, span) : active;
}
