// One event as one line of JSON.
import { inspect } from "node:util";
import type { TelemetryEvent } from "./telemetry-event.ts";

/**
 * The event as JSON and a line feed. What JSON does not have is written as text: big integers, symbols, NaN and
 * infinities; data or metadata that cannot be written at all, such as a circle, as Node.js shows them. Never throws.
 */
export function lineOf(event: TelemetryEvent): string {
  return `${jsonOf(event)}\n`;
}

function jsonOf(event: TelemetryEvent): string {
  try {
    // A function has no place in JSON, but a line has all its keys.
    return JSON.stringify(
      typeof event.data === "function" ? { ...event, data: textOf(event.data) } : event,
      asText,
    );
  } catch {
    return JSON.stringify({ ...event, data: textOf(event.data), metadata: { text: textOf(event.metadata) } });
  }
}

function asText(_key: string, value: unknown): unknown {
  const isForeign =
    typeof value === "bigint" ||
    typeof value === "symbol" ||
    (typeof value === "number" && !Number.isFinite(value));
  return isForeign ? String(value) : value;
}

function textOf(value: unknown): string {
  try {
    return inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 10_000 });
  } catch {
    return "unreadable";
  }
}
