/**
 * Values of upstream's SDK, copied so that the engine does not load it. `test/engine/exports.test.ts` compares
 * them.
 */
import type { ExportResultCode as ResultCode } from "@opentelemetry/core";
import type {
  AggregationTemporality as Temporality,
  AggregationType as Aggregation,
  DataPointType as PointType,
  InstrumentType as Type,
} from "@opentelemetry/sdk-metrics";

/** Whether values count from the start, or from the last collection. */
export const AggregationTemporality: typeof Temporality = enumOf({ DELTA: 0, CUMULATIVE: 1 });
export type AggregationTemporality = Temporality;

export const AggregationType: typeof Aggregation = enumOf({
  DEFAULT: 0,
  DROP: 1,
  SUM: 2,
  LAST_VALUE: 3,
  EXPLICIT_BUCKET_HISTOGRAM: 4,
  EXPONENTIAL_HISTOGRAM: 5,
});
export type AggregationType = Aggregation;

export const DataPointType: typeof PointType = enumOf({
  HISTOGRAM: 0,
  EXPONENTIAL_HISTOGRAM: 1,
  GAUGE: 2,
  SUM: 3,
});
export type DataPointType = PointType;

export const InstrumentType: typeof Type = enumOf({
  COUNTER: "COUNTER",
  GAUGE: "GAUGE",
  HISTOGRAM: "HISTOGRAM",
  UP_DOWN_COUNTER: "UP_DOWN_COUNTER",
  OBSERVABLE_COUNTER: "OBSERVABLE_COUNTER",
  OBSERVABLE_GAUGE: "OBSERVABLE_GAUGE",
  OBSERVABLE_UP_DOWN_COUNTER: "OBSERVABLE_UP_DOWN_COUNTER",
});
export type InstrumentType = Type;

export const ExportResultCode: typeof ResultCode = enumOf({ SUCCESS: 0, FAILED: 1 });
export type ExportResultCode = ResultCode;

/** Timed-out operation: thrown, or reported in the errors of a collection. */
export class TimeoutError extends Error {
  /** Always `TimeoutError`. */
  override readonly name = "TimeoutError";

  /** Upstream's readers throw a `TimeoutError` class of their own. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.constructor.name === "TimeoutError";
  }
}

// The type checker cannot verify the members; a test does.
function enumOf<Enum extends object>(members: Record<keyof NoInfer<Enum>, string | number>): Enum {
  const isEnum = (given: object | Enum): given is Enum => Object.keys(given).length > 0;
  if (isEnum(members)) return members;
  throw new TypeError("an enum must have members");
}
