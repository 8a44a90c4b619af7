// Warnings for intervals that are likely to be in milliseconds.
import { diag } from "@opentelemetry/api";

const SUSPICIOUS_SECONDS = 3_600;

/** The warning for an interval, as a list; empty if it is at most an hour. */
export function longInterval(name: string, seconds: number): readonly string[] {
  return seconds > SUSPICIOUS_SECONDS
    ? [`${name} is ${seconds}, more than an hour; use seconds, not milliseconds`]
    : [];
}

/** Logs the warning for an interval above an hour. */
export function warnOfLongInterval(name: string, seconds: number): void {
  for (const warning of longInterval(name, seconds)) diag.warn(warning);
}
