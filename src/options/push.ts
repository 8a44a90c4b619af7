// Options of all push readers.
import { type Check, type Checks, durationMillis, withMethods } from "./check.ts";
import type { Parser } from "./parser.ts";

/** Settings of all push readers. */
export interface PushSettings {
  /** Time between two collections. */
  readonly intervalMillis: number;
  readonly metricFilter: FilterMethods | undefined;
}

/** The methods of the engine's `MetricFilter`, which this room does not import. */
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

/** Settings from parsed options; `intervalMillis` is the default interval of all readers. */
export function pushSettings(
  parser: Parser,
  { interval, metricFilter }: PushOptions,
  place: string,
  intervalMillis: number,
): PushSettings {
  // The collector has the same warning for its option collectionInterval.
  if (interval !== undefined && interval > 3_600_000)
    parser.warnings.push(
      `${place}.interval is ${interval / 1_000}, more than an hour; use seconds, not milliseconds`,
    );
  return { intervalMillis: interval ?? intervalMillis, metricFilter };
}
