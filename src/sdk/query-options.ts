import type { ExpressionOptions, ExpressionRangeOptions } from "../query/expression-options.ts";
import type { QueryResult } from "../query/result.ts";
import type { Source } from "../query/source.ts";

export type { ExpressionOptions, ExpressionRangeOptions } from "../query/expression-options.ts";

/** Live and stored metrics, with queries over both. */
export interface QueriedSource extends Source {
  query(expression: string, options?: ExpressionOptions): Promise<QueryResult>;
  queryRange(expression: string, options: ExpressionRangeOptions): Promise<QueryResult>;
}
