// Options of queries to an object that is a source itself.
import type { Time } from "./evaluation/query.ts";

/** Options of an expression at one time. */
export interface ExpressionOptions {
  /** Time of evaluation: a `Date`, an ISO 8601 string or Unix seconds. @defaultValue now */
  readonly time?: Time | undefined;
  /**
   * Whether parts of PromQL are accepted that are behind feature flags in Prometheus. @defaultValue false
   * @experimental
   */
  readonly experimental?: boolean | undefined;
  /** Ends the query, which then rejects. */
  readonly signal?: AbortSignal | undefined;
  /** Whether `increase` and `rate` are exact: see `QueryOptions` of `tachymeter/query`. @defaultValue false */
  readonly exact?: boolean | undefined;
  /** Whether counters begin with 0, for charts of the product. Servers other than Tachymeter ignore it. @internal */
  readonly isFromZero?: boolean | undefined;
}

/** Options of an expression over a range. */
export interface ExpressionRangeOptions {
  /** Time of the first evaluation: a `Date`, an ISO 8601 string or Unix seconds. */
  readonly from: Time;
  /** No evaluation is later. @defaultValue now */
  readonly to?: Time | undefined;
  /** Seconds between two evaluations. */
  readonly step: number;
  /**
   * Whether parts of PromQL are accepted that are behind feature flags in Prometheus. @defaultValue false
   * @experimental
   */
  readonly experimental?: boolean | undefined;
  /** Ends the query, which then rejects. */
  readonly signal?: AbortSignal | undefined;
  /** Whether `increase` and `rate` are exact: see `QueryOptions` of `tachymeter/query`. @defaultValue false */
  readonly exact?: boolean | undefined;
  /** Whether counters begin with 0, for charts of the product. Servers other than Tachymeter ignore it. @internal */
  readonly isFromZero?: boolean | undefined;
}
