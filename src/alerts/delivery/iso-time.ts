import { isoText } from "../../events/time.ts";

const MAX_SECONDS = 8.64e12;

/** A time in ISO 8601. Never throws: a time that `Date` does not have becomes the nearest one, `NaN` the epoch. */
export function isoTime(seconds: number): string {
  const bounded = Number.isNaN(seconds) ? 0 : Math.min(Math.max(seconds, -MAX_SECONDS), MAX_SECONDS);
  return isoText(Math.round(bounded * 1_000));
}
