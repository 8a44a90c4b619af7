/** What a stream makes of its measurements: a view's or a reader's `AggregationOption`, checked and resolved. */
import { diag } from "@opentelemetry/api";
import type { AggregationOption } from "@opentelemetry/sdk-metrics";
import { AggregationType, InstrumentType } from "../sdk-values.ts";
import { orderedBoundaries, type Advice } from "../instruments/descriptor.ts";

/** A histogram's shape with fixed boundaries. */
export interface ExplicitHistogram {
  readonly kind: "explicitHistogram";
  /** Inclusive upper bounds, finite, in increasing order. */
  readonly boundaries: readonly number[];
  /** Whether points show min and max. */
  readonly recordMinMax: boolean;
}

/** A histogram's shape with boundaries that follow the values. */
export interface ExponentialHistogram {
  readonly kind: "exponentialHistogram";
  /** Buckets at most, of positive and of negative values each. */
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

/** The specification's boundaries for histograms that have none of their own. */
export const DEFAULT_BOUNDARIES: readonly number[] = [
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000,
];

const DEFAULT_MAX_SIZE = 160;
const MIN_MAX_SIZE = 2;
const DEFAULT_MAX_SCALE = 20;
const MIN_SCALE = -10;

/** What the user's `option` asks for, or what is wrong with it. `undefined`: what the instrument's kind asks for. */
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
      return { problem: "its type is none of AggregationType's" };
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

/** Whether two readers' streams can be kept in one store. */
export function sameAggregation(a: Aggregation, b: Aggregation): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

type Resolved = Aggregation | { readonly problem: string };

function explicitFrom(options: Partial<ExplicitHistogram>): Resolved {
  const { boundaries: given = DEFAULT_BOUNDARIES } = options;
  const recordMinMax = options.recordMinMax ?? true;
  // The very list of the defaults is known by itself.
  const boundaries = given === DEFAULT_BOUNDARIES ? given : orderedBoundaries(given);
  if (boundaries !== undefined) return { kind: "explicitHistogram", boundaries, recordMinMax };
  return {
    problem: `its boundaries are ${JSON.stringify(given)}; list numbers, or none for a single bucket`,
  };
}

function exponentialFrom({
  maxSize = DEFAULT_MAX_SIZE,
  maxScale = DEFAULT_MAX_SCALE,
  recordMinMax = true,
}: Partial<ExponentialHistogram>): Resolved {
  if (!Number.isInteger(maxSize))
    return { problem: `its maxSize is ${maxSize}; give a whole number, 2 or more` };
  if (maxSize < MIN_MAX_SIZE)
    diag.warn(`exponential histogram: its maxSize is ${maxSize}; ${MIN_MAX_SIZE} is used`);
  if (!Number.isInteger(maxScale) || maxScale < MIN_SCALE || maxScale > DEFAULT_MAX_SCALE)
    return {
      problem: `its maxScale is ${maxScale}; give a whole number from ${MIN_SCALE} to ${DEFAULT_MAX_SCALE}`,
    };
  return { kind: "exponentialHistogram", maxSize: Math.max(MIN_MAX_SIZE, maxSize), maxScale, recordMinMax };
}
