// Parameters of monitors.
import type { Check } from "../../options/check.ts";
import { formatDuration } from "../../query/syntax/number.ts";
import { durationMillis } from "../rules/duration.ts";

/** A parameter: its check, its default, and its unit for documents. */
export interface Parameter<T> extends Check<T> {
  readonly unit: string;
  readonly defaultValue: T;
}

type Numeric = (defaultValue: number) => Parameter<number>;
type Textual = (defaultValue: string) => Parameter<string>;

/** A share from 0 to 1. */
export const share: Numeric = (defaultValue) => ({
  unit: "share",
  must: "be a number from 0 to 1",
  read: (value) => (typeof value === "number" && value >= 0 && value <= 1 ? value : undefined),
  defaultValue,
});

export const seconds: Numeric = amount("s");
export const bytes: Numeric = amount("bytes");
export const count: Numeric = amount("count");
export const factor: Numeric = amount("factor");

/** The range of a selector: above 0. */
export const range: Textual = duration("15s", (millis) => millis > 0);

/** A time to wait, which may be 0. */
export const wait: Textual = duration("10m", () => true);

function amount(unit: string): Numeric {
  return (defaultValue) => ({
    unit,
    must: "be a number of 0 or more",
    read: (value) => (typeof value === "number" && value >= 0 && Number.isFinite(value) ? value : undefined),
    defaultValue,
  });
}

function duration(example: string, holds: (millis: number) => boolean): Textual {
  const above = holds(0) ? "" : " above 0";
  return (defaultValue) => ({
    unit: "duration",
    must: `be a duration${above}, such as '${example}', or a number of seconds`,
    read: (value) => {
      const millis = durationMillis(value);
      return millis !== undefined && millis <= MAX_MILLIS && holds(millis)
        ? formatDuration(millis)
        : undefined;
    },
    defaultValue,
  });
}

const MAX_MILLIS = 3_650 * 86_400_000;

/** Returns `times` times a valid duration, rounded up to milliseconds. */
export function multiple(text: string, times: number): string {
  return formatDuration(Math.ceil((durationMillis(text) ?? 0) * times));
}
