// What goes wrong again and again is logged at most once a minute.
import { diag } from "@opentelemetry/api";

const INTERVAL_MILLIS = 60_000;
const MAX_REMEMBERED = 100;
const last = new Map<string, number>();

/** Logs `message` as a warning, unless the same was logged within the last minute. */
export function warnOnceAMinute(message: string): void {
  const now = performance.now();
  if (now - (last.get(message) ?? -Infinity) < INTERVAL_MILLIS) return;
  if (last.size >= MAX_REMEMBERED) last.clear();
  last.set(message, now);
  diag.warn(`${message}; this is logged at most once a minute`);
}
