// Durations in rule files.
import { readNumber } from "../../query/syntax/number.ts";

/** Converts a duration such as `1h30m`, or a number of seconds, to milliseconds. Returns `undefined` if it is invalid. */
export function durationMillis(given: unknown): number | undefined {
  if (typeof given === "number") return given >= 0 && given <= MAX_SECONDS ? given * 1_000 : undefined;
  if (given === "0") return 0;
  if (typeof given !== "string" || !/^\d/.test(given)) return undefined;
  const { value, isDuration, end } = readNumber(given, 0);
  return isDuration && end === given.length && value !== undefined ? Math.round(value * 1_000) : undefined;
}

/** The rule for durations, as it follows "must". */
export const DURATION_RULE = 'be a duration such as "30s", "5m" or "1h30m"';

// By their first letters; the first that fits is meant.
const UNITS = [
  ["seconds", "s"],
  ["minutes", "m"],
  ["hours", "h"],
  ["days", "d"],
  ["weeks", "w"],
  ["years", "y"],
  ["milliseconds", "ms"],
  ["ms", "ms"],
] as const;

/** The next step for a text that is not a duration: `write "5m"` for `5 minutes`. */
export function durationRemedy(given: unknown): string {
  const [, count, unit = ""] = /^\s*(\d+)\s*(?:([a-z]+)\s*)?$/i.exec(String(given)) ?? [];
  const [, short] = UNITS.find(([name]) => name.startsWith(unit.toLowerCase())) ?? [];
  return count === undefined || short === undefined ? "add a unit" : `write "${count}${short}"`;
}

// As durations of 64 bits in nanoseconds.
const MAX_SECONDS = 2 ** 63 / 1e9;
