// One event as one line of JSON.
import { foreignAsText, shownText } from "./json-text.ts";
import type { TelemetryEvent } from "./event.ts";

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
      typeof event.data === "function" ? { ...event, data: shownText(event.data) } : event,
      foreignAsText,
    );
  } catch {
    return JSON.stringify({
      ...event,
      data: shownText(event.data),
      metadata: { text: shownText(event.metadata) },
    });
  }
}
