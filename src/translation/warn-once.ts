// A cause is logged once, however often it is met.
import { diag } from "@opentelemetry/api";

const MAX_REMEMBERED = 1_000;
const logged = new Set<string>();

/** Logs `message` as a warning, unless one of its cause was logged before. */
export function warnOnce(message: string, cause: string = message): void {
  if (logged.has(cause) || logged.size >= MAX_REMEMBERED) return;
  logged.add(cause);
  diag.warn(`${message}; this is logged once`);
}
