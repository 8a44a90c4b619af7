import type { FunctionName } from "../function-signatures.ts";

const DAY_SECONDS = 86_400;
// A cycle of the Gregorian calendar.
const DAYS_IN_400_YEARS = 146_097;
// Prometheus converts NaN, infinities and numbers beyond 64 bits to the year 292277026596.
const OVERFLOWN_SECONDS = 2 ** 63;

/** Calendar functions of Unix seconds, in UTC. */
export const CALENDAR_FUNCTIONS: ReadonlyMap<FunctionName, (seconds: number) => number> = new Map<
  FunctionName,
  (seconds: number) => number
>([
  ["day_of_month", (seconds) => dateOf(seconds).getUTCDate()],
  ["day_of_week", (seconds) => dateOf(seconds).getUTCDay()],
  ["day_of_year", (seconds) => dayOfYear(dateOf(seconds))],
  ["days_in_month", (seconds) => daysInMonth(dateOf(seconds))],
  ["hour", (seconds) => dateOf(seconds).getUTCHours()],
  ["minute", (seconds) => dateOf(seconds).getUTCMinutes()],
  ["month", (seconds) => dateOf(seconds).getUTCMonth() + 1],
  ["year", yearOf],
]);

// Dates beyond the range of `Date` are moved by whole cycles of the calendar.
function dateOf(seconds: number): Date {
  const cycle = DAYS_IN_400_YEARS * DAY_SECONDS;
  const whole = wholeSeconds(seconds);
  return new Date((Math.abs(whole) < 8.64e12 ? whole : ((whole % cycle) + cycle) % cycle) * 1_000);
}

function yearOf(seconds: number): number {
  const whole = wholeSeconds(seconds);
  if (Math.abs(whole) < 8.64e12) return dateOf(seconds).getUTCFullYear();
  const cycle = DAYS_IN_400_YEARS * DAY_SECONDS;
  return dateOf(seconds).getUTCFullYear() + Math.floor(whole / cycle) * 400;
}

function wholeSeconds(seconds: number): number {
  return Math.abs(seconds) < 2 ** 63 ? Math.trunc(seconds) : OVERFLOWN_SECONDS;
}

function dayOfYear(date: Date): number {
  const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  return (midnight - Date.UTC(date.getUTCFullYear(), 0, 1)) / (DAY_SECONDS * 1_000) + 1;
}

function daysInMonth(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}
