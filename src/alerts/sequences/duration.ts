// Durations of sequences.
import type { Check } from "../../options/check.ts";
import { durationMillis as anyDurationMillis, DURATION_RULE } from "../rules/duration.ts";

// A year, and a day for leap years.
const MAX_MILLIS = 366 * 86_400_000;

/** Parses a duration to seconds: a text such as `1h30m`, or a number of seconds. */
export const DURATION: Check<number> = {
  must: `${DURATION_RULE}, or a number of seconds, of 1 ms to 366 days`,
  read(value) {
    const millis = durationMillis(value);
    return millis === undefined ? undefined : millis / 1_000;
  },
};

/** Converts a duration to milliseconds. Returns `undefined` if it is invalid. */
export function durationMillis(given: unknown): number | undefined {
  const millis = Math.round(anyDurationMillis(given) ?? 0);
  return millis >= 1 && millis <= MAX_MILLIS ? millis : undefined;
}
