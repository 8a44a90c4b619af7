/** The metrics of an OTLP export request, in one form for both encodings. */
export interface OtlpRequest {
  readonly resourceMetrics: readonly OtlpResourceMetrics[];
}

/** The metrics of one resource. */
export interface OtlpResourceMetrics {
  readonly resource: { readonly attributes: OtlpAttributes };
  readonly schemaUrl: string;
  readonly scopeMetrics: readonly OtlpScopeMetrics[];
}

/** The metrics of one instrumentation scope. */
export interface OtlpScopeMetrics {
  readonly scope: { readonly name: string; readonly version: string; readonly attributes: OtlpAttributes };
  readonly metrics: readonly OtlpMetric[];
}

/** One metric with its points. */
export type OtlpMetric = {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
} & OtlpData;

/** A metric's kind and its points. */
export type OtlpData =
  | { readonly kind: "gauge"; readonly points: readonly OtlpNumberPoint[] }
  | {
      readonly kind: "sum";
      readonly temporality: OtlpTemporality;
      readonly isMonotonic: boolean;
      readonly points: readonly OtlpNumberPoint[];
    }
  | {
      readonly kind: "histogram";
      readonly temporality: OtlpTemporality;
      readonly points: readonly OtlpHistogramPoint[];
    }
  | {
      readonly kind: "exponentialHistogram";
      readonly temporality: OtlpTemporality;
      readonly points: readonly OtlpExponentialHistogramPoint[];
    };

/** The two temporalities of the data model, and the unspecified one, which a sender must not send. */
export type OtlpTemporality = "delta" | "cumulative" | "unspecified";

/** The fields of every data point. Times are nanoseconds since the epoch. */
export interface OtlpPoint {
  readonly attributes: OtlpAttributes;
  readonly startTimeUnixNano: bigint;
  readonly timeUnixNano: bigint;
  /** Values of the exemplars; absent without any. */
  readonly exemplars?: readonly number[];
}

/** A point of a gauge or a sum. */
export interface OtlpNumberPoint extends OtlpPoint {
  readonly value: number;
}

/** A point of a histogram with explicit boundaries. */
export interface OtlpHistogramPoint extends OtlpPoint {
  readonly count: number;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly bucketCounts: readonly number[];
  readonly explicitBounds: readonly number[];
}

/** A point of an exponential histogram. */
export interface OtlpExponentialHistogramPoint extends OtlpPoint {
  readonly count: number;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: OtlpBuckets;
  readonly negative: OtlpBuckets;
}

/** The buckets of one sign. */
export interface OtlpBuckets {
  readonly offset: number;
  readonly bucketCounts: readonly number[];
}

/** Attributes by key. */
export type OtlpAttributes = Readonly<Record<string, OtlpValue>>;

/** An attribute's value; an empty one is undefined. */
export type OtlpValue =
  | string
  | boolean
  | number
  | Uint8Array
  | readonly OtlpValue[]
  | { readonly [key: string]: OtlpValue }
  | undefined;

/** The names of the data model's enumeration. */
export const temporalities: readonly OtlpTemporality[] = ["unspecified", "delta", "cumulative"];
