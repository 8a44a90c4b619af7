/**
 * A native histogram with float counts, as Prometheus' engine computes with it. Bucket `i` of a standard schema has the
 * upper bound `2 ** (i * 2 ** -schema)` and excludes its lower one. With custom buckets, bucket `i` has the upper bound
 * `customBounds[i]`, and the last one `+Inf`.
 */
export interface NativeHistogram {
  /** -4 to 8; -53 for custom buckets. */
  readonly schema: number;
  /** Number of observations. */
  readonly count: number;
  /** Sum of the observations. */
  readonly sum: number;
  /** Largest absolute value in the zero bucket. */
  readonly zeroThreshold: number;
  /** Count of the zero bucket. */
  readonly zeroCount: number;
  /** Buckets of positive values. */
  readonly positive: Buckets;
  /** Empty with custom buckets. */
  readonly negative: Buckets;
  /** Upper bounds of custom buckets, strictly ascending, without +Inf. */
  readonly customBounds?: readonly number[] | undefined;
  /** Knowledge about a reset before this sample. A gauge is never reset. */
  readonly resetHint: "unknown" | "reset" | "not-reset" | "gauge";
}

/** Counts of adjacent buckets; not cumulative. */
export interface Buckets {
  /** Index of the first bucket. 0 without any. */
  readonly offset: number;
  /** Count of each bucket. */
  readonly counts: Float64Array;
}
