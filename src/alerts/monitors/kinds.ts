// Kinds of parameters of monitors.
import type { Check } from "../../options/check.ts";
import { formatDuration } from "../../query/syntax/number.ts";
import { durationMillis } from "../rules/duration.ts";

/** A kind of parameter: its check, and its unit for documents. */
export interface Kind<T> extends Check<T> {
  readonly unit: string;
}

/** A share from 0 to 1. */
export const share: Kind<number> = {
  unit: "share",
  must: "be a number from 0 to 1",
  read: (value) => (typeof value === "number" && value >= 0 && value <= 1 ? value : undefined),
};

export const seconds: Kind<number> = amount("s");
export const bytes: Kind<number> = amount("bytes");
export const count: Kind<number> = amount("count");
export const factor: Kind<number> = amount("factor");

/** The range of a selector: above 0. */
export const range: Kind<string> = duration("15s", (millis) => millis > 0);

/** A time to wait, which may be 0. */
export const wait: Kind<string> = duration("10m", () => true);

function amount(unit: string): Kind<number> {
  return {
    unit,
    must: "be a number of 0 or more",
    read: (value) => (typeof value === "number" && value >= 0 && Number.isFinite(value) ? value : undefined),
  };
}

function duration(example: string, holds: (millis: number) => boolean): Kind<string> {
  const above = holds(0) ? "" : " above 0";
  return {
    unit: "duration",
    must: `be a duration${above}, such as '${example}', or a number of seconds`,
    read: (value) => {
      const millis = durationMillis(value);
      return millis !== undefined && millis <= MAX_MILLIS && holds(millis)
        ? formatDuration(millis)
        : undefined;
    },
  };
}

const MAX_MILLIS = 3_650 * 86_400_000;

/** Returns `times` times a valid duration, rounded up to milliseconds. */
export function multiple(text: string, times: number): string {
  return formatDuration(Math.ceil((durationMillis(text) ?? 0) * times));
}
