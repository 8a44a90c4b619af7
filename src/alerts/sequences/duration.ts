// Durations of sequences.
import { readNumber } from "../../query/syntax/number.ts";
import type { Check } from "../../options/check.ts";

// A year, and a day for leap years.
const MAX_MILLIS = 366 * 86_400_000;

/** Parses a duration to seconds: a text such as `1h30m`, or a number of seconds. */
export const DURATION: Check<number> = {
  must: "be a duration such as '30s', '5m' or '1h30m', or a number of seconds, of 1 ms to 366 days",
  read(value) {
    const millis = durationMillis(value);
    return millis === undefined ? undefined : millis / 1_000;
  },
};

/** Converts a duration to milliseconds. Returns `undefined` if it is invalid. */
export function durationMillis(given: unknown): number | undefined {
  const millis = Math.round(secondsOf(given) * 1_000);
  return millis >= 1 && millis <= MAX_MILLIS ? millis : undefined;
}

function secondsOf(given: unknown): number {
  if (typeof given === "number") return given;
  if (typeof given !== "string" || !/^\d/.test(given)) return Number.NaN;
  const { value, isDuration, end } = readNumber(given, 0);
  return isDuration && end === given.length && value !== undefined ? value : Number.NaN;
}
