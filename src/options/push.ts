// Options that all push readers have.
import { type Check, type Checks, durationMillis, withMethods } from "./check.ts";
import type { Parser } from "./parser.ts";

/** Settings that all push readers have. */
export interface PushSettings {
  /** Between two collections. */
  readonly intervalMillis: number;
  readonly metricFilter: FilterMethods | undefined;
}

/** The engine's `MetricFilter`, as far as this room knows it. */
export interface FilterMethods {
  testMetric(scope: object, name: string, kind: string, unit: string): "accept" | "drop" | "accept_partial";
  testAttributes(
    scope: object,
    name: string,
    kind: string,
    unit: string,
    attributes: object,
  ): "accept" | "drop";
}

export const METRIC_FILTER: Check<FilterMethods> = withMethods(
  "be an object with the methods testMetric and testAttributes",
  "testMetric",
  "testAttributes",
);

export interface PushOptions {
  readonly interval?: number;
  readonly metricFilter?: FilterMethods;
}

export const PUSH: Checks<PushOptions> = { interval: durationMillis, metricFilter: METRIC_FILTER };

/** Settings of parsed options; `intervalMillis` is that of all readers. */
export function pushSettings(
  parser: Parser,
  { interval, metricFilter }: PushOptions,
  place: string,
  intervalMillis: number,
): PushSettings {
  // The collector warns of option collectionInterval in the same way.
  if (interval !== undefined && interval > 3_600_000)
    parser.warnings.push(`${place}.interval is ${interval / 1_000}: these are seconds, not milliseconds`);
  return { intervalMillis: interval ?? intervalMillis, metricFilter };
}
