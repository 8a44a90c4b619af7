// Options of all push readers.
import { type Check, type Checks, durationMillis, isObject, whole, withMethods } from "./check.ts";
import { longInterval } from "./long-interval.ts";
import type { Parser } from "./parser.ts";

/** Settings of all push readers. */
export interface PushSettings {
  /** Time between two collections. */
  readonly intervalMillis: number;
  /** Time-out of one export; `undefined` for that of all readers. */
  readonly exportTimeoutMillis: number | undefined;
  readonly cardinalityLimits: CardinalityLimits | undefined;
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

/** Maximum number of series of an instrument by its kind; `default` for all other kinds. */
export type CardinalityLimits = Readonly<Partial<Record<LimitName, number>>>;

const LIMIT_NAMES = [
  "default",
  "counter",
  "gauge",
  "histogram",
  "observableCounter",
  "observableGauge",
  "observableUpDownCounter",
  "upDownCounter",
] as const;
type LimitName = (typeof LIMIT_NAMES)[number];

const LIMIT = whole(1, 10_000_000);

export const CARDINALITY_LIMITS: Check<CardinalityLimits> = {
  must: `be an object of whole numbers from 1 to 10000000 by ${LIMIT_NAMES.join(", ")}`,
  read: (value) => (isLimits(value) ? value : undefined),
};

function isLimits(value: unknown): value is CardinalityLimits {
  return (
    isObject(value) &&
    Object.entries(value).every(
      ([name, limit]) => LIMIT_NAMES.some((known) => known === name) && LIMIT.read(limit) !== undefined,
    )
  );
}

export interface PushOptions {
  readonly interval?: number;
  readonly exportTimeout?: number;
  readonly cardinalityLimits?: CardinalityLimits;
  readonly metricFilter?: FilterMethods;
}

export const PUSH: Checks<PushOptions> = {
  interval: durationMillis,
  exportTimeout: durationMillis,
  cardinalityLimits: CARDINALITY_LIMITS,
  metricFilter: METRIC_FILTER,
};

/** Settings from parsed options; `intervalMillis` is the default interval of all readers. */
export function pushSettings(
  parser: Parser,
  { interval, exportTimeout, cardinalityLimits, metricFilter }: PushOptions,
  place: string,
  intervalMillis: number,
): PushSettings {
  if (interval !== undefined) parser.warnings.push(...longInterval(`${place}.interval`, interval / 1_000));
  return {
    intervalMillis: interval ?? intervalMillis,
    exportTimeoutMillis: exportTimeout,
    cardinalityLimits,
    metricFilter,
  };
}
