import type { Time } from "../query/evaluation/query.ts";
import type { QueryResult } from "../query/result.ts";
import type { Source } from "../query/source.ts";

/** Options of `query()` of a Tachymeter. */
export interface LiveQueryOptions {
  /** Time of evaluation: a `Date`, an ISO 8601 string or Unix seconds. @defaultValue now */
  readonly time?: Time | undefined;
  /** Ends the query, which then rejects. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `queryRange()` of a Tachymeter. */
export interface LiveQueryRangeOptions {
  /** Time of the first evaluation: a `Date`, an ISO 8601 string or Unix seconds. */
  readonly from: Time;
  /** No evaluation is later. @defaultValue now */
  readonly to?: Time | undefined;
  /** Seconds between two evaluations. */
  readonly step: number;
  /** Ends the query, which then rejects. */
  readonly signal?: AbortSignal | undefined;
}

/** Live and stored metrics, with queries over both. */
export interface QueriedSource extends Source {
  query(expression: string, options?: LiveQueryOptions): Promise<QueryResult>;
  queryRange(expression: string, options: LiveQueryRangeOptions): Promise<QueryResult>;
}
