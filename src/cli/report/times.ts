// Times and lengths of time in reports, in UTC.
import { lengthText } from "../../diagnostics/length-text.ts";

/** A time without seconds: `2026-01-31 12:00`. */
export function shortTime(time: string | number): string {
  const iso = typeof time === "string" ? time : new Date(time * 1_000).toISOString();
  return iso.replace("T", " ").slice(0, 16);
}

/** The time between two in ISO 8601, as {@link lengthText}. */
export function lengthBetween(from: string, to: string): string {
  return lengthText(Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1_000)));
}
