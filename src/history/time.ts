// Moments as callers of the history give them.
import { unixMillisFrom } from "../events/time.ts";

/** A moment: a `Date`, ISO 8601 (without a zone: UTC), or seconds since the epoch. */
export type Time = Date | string | number;

/**
 * The moment in milliseconds since the epoch, without fractions, since that is what is stored; `undefined` where it is
 * none.
 */
export function wholeMillisFrom(time: unknown): number | undefined {
  const millis = unixMillisFrom(time);
  return millis === undefined ? undefined : Math.round(millis);
}
