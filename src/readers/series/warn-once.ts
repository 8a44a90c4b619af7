// A cause is logged once, however often it is met.
import { diag } from "@opentelemetry/api";

const MAX_REMEMBERED = 1_000;
const logged = new Set<string>();

/** Logs `message` as a warning, unless it was logged before. */
export function warnOnce(message: string): void {
  if (logged.has(message) || logged.size >= MAX_REMEMBERED) return;
  logged.add(message);
  diag.warn(`${message}; this is logged once`);
}
