/** Aggregations of streams: validates and resolves the `AggregationOption` of a view or a reader. */
import { diag } from "@opentelemetry/api";
import { show } from "../../diagnostics/show.ts";
import type { AggregationOption } from "@opentelemetry/sdk-metrics";
import { AggregationType, InstrumentType } from "../sdk-values.ts";
import { orderedBoundaries, type Advice } from "../instruments/descriptor.ts";

/** Histogram with fixed boundaries. */
export interface ExplicitHistogram {
  readonly kind: "explicitHistogram";
  /** Inclusive upper bounds, finite, in increasing order. */
  readonly boundaries: readonly number[];
  /** Whether points have min and max. */
  readonly recordMinMax: boolean;
}

/** Histogram with boundaries that adapt to the values. */
export interface ExponentialHistogram {
  readonly kind: "exponentialHistogram";
  /** Maximum number of buckets, of positive and of negative values each. */
  readonly maxSize: number;
  /** The finest scale. */
  readonly maxScale: number;
  readonly recordMinMax: boolean;
}

export type Aggregation =
  | { readonly kind: "drop" }
  | { readonly kind: "sum" }
  | { readonly kind: "lastValue" }
  | ExplicitHistogram
  | ExponentialHistogram;

/** The specification's default boundaries of histograms. */
export const DEFAULT_BOUNDARIES: readonly number[] = [
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000,
];

const DEFAULT_MAX_SIZE = 160;
const MIN_MAX_SIZE = 2;
const DEFAULT_MAX_SCALE = 20;
const MIN_SCALE = -10;

/** Resolves an aggregation option, or returns its problem. `undefined` means the default of the instrument's kind. */
export function aggregationFrom(option: AggregationOption): Resolved | undefined {
  switch (option.type) {
    case AggregationType.DEFAULT:
      return undefined;
    case AggregationType.DROP:
      return { kind: "drop" };
    case AggregationType.SUM:
      return { kind: "sum" };
    case AggregationType.LAST_VALUE:
      return { kind: "lastValue" };
    case AggregationType.EXPLICIT_BUCKET_HISTOGRAM:
      return explicitFrom(option.options ?? {});
    case AggregationType.EXPONENTIAL_HISTOGRAM:
      return exponentialFrom(option.options ?? {});
    default:
      option satisfies never;
      return { problem: "type must be a value of AggregationType" };
  }
}

export function defaultAggregation(type: InstrumentType, { boundaries }: Advice): Aggregation {
  switch (type) {
    case InstrumentType.COUNTER:
    case InstrumentType.UP_DOWN_COUNTER:
    case InstrumentType.OBSERVABLE_COUNTER:
    case InstrumentType.OBSERVABLE_UP_DOWN_COUNTER:
      return { kind: "sum" };
    case InstrumentType.GAUGE:
    case InstrumentType.OBSERVABLE_GAUGE:
      return { kind: "lastValue" };
    case InstrumentType.HISTOGRAM:
      return { kind: "explicitHistogram", boundaries: boundaries ?? DEFAULT_BOUNDARIES, recordMinMax: true };
    default:
      return type satisfies never;
  }
}

/** Whether two readers' streams can share one store. */
export function sameAggregation(a: Aggregation, b: Aggregation): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

type Resolved = Aggregation | { readonly problem: string };

function explicitFrom(options: Partial<ExplicitHistogram>): Resolved {
  const { boundaries: given = DEFAULT_BOUNDARIES } = options;
  const recordMinMax = options.recordMinMax ?? true;
  // The default array is known to be valid.
  const boundaries = given === DEFAULT_BOUNDARIES ? given : orderedBoundaries(given);
  if (boundaries !== undefined) return { kind: "explicitHistogram", boundaries, recordMinMax };
  return {
    problem: `boundaries must be a list of numbers, empty for a single bucket, got ${show(given)}`,
  };
}

function exponentialFrom({
  maxSize = DEFAULT_MAX_SIZE,
  maxScale = DEFAULT_MAX_SCALE,
  recordMinMax = true,
}: Partial<ExponentialHistogram>): Resolved {
  if (!Number.isInteger(maxSize))
    return { problem: `maxSize must be a whole number of at least 2, got ${show(maxSize)}` };
  if (maxSize < MIN_MAX_SIZE)
    diag.warn(
      `exponential histogram: maxSize must be at least ${MIN_MAX_SIZE}, got ${maxSize}; ${MIN_MAX_SIZE} is used`,
    );
  if (!Number.isInteger(maxScale) || maxScale < MIN_SCALE || maxScale > DEFAULT_MAX_SCALE)
    return {
      problem: `maxScale must be a whole number from ${MIN_SCALE} to ${DEFAULT_MAX_SCALE}, got ${show(maxScale)}`,
    };
  return { kind: "exponentialHistogram", maxSize: Math.max(MIN_MAX_SIZE, maxSize), maxScale, recordMinMax };
}
