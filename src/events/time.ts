import { types } from "node:util";

const ISO_8601 =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)(?:(Z)|([+-]\d\d)(?::?(\d\d))?)?)?$/i;

/**
 * Converts a `Date`, an ISO 8601 string (in UTC if it has no zone) or seconds to milliseconds since the epoch. Returns
 * `undefined` for other values.
 */
export function unixMillisFrom(time: unknown): number | undefined {
  const millis =
    typeof time === "string"
      ? millisFromText(time)
      : typeof time === "number"
        ? time * 1_000
        : types.isDate(time)
          ? // A method of the caller's object may throw.
            Date.prototype.getTime.call(time)
          : Number.NaN;
  // Range of `Date`.
  return Math.abs(millis) <= 8.64e15 ? millis : undefined;
}

function millisFromText(text: string): number {
  const match = ISO_8601.exec(text.trim());
  if (match === null) return Number.NaN;
  const [, date = "", time = "00:00", , hours, minutes = "00"] = match;
  // `Date.parse` reads 30 February as 2 March.
  if (!isDay(date)) return Number.NaN;
  const zone = hours === undefined ? "Z" : `${hours}:${minutes}`;
  return Date.parse(`${date}T${time.replace(",", ".")}${zone}`);
}

function isDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}

// Node.js 20 takes 0.9 MiB for time zones with the first text, so none is made at the start.
let lastMillis = Number.NaN;
let lastText = "";

/** Formats a time as ISO 8601, in UTC. Caches the string of the last millisecond, since events come in bursts. */
export function isoText(unixMillis: number): string {
  if (unixMillis !== lastMillis) {
    lastText = new Date(unixMillis).toISOString();
    lastMillis = unixMillis;
  }
  return lastText;
}
