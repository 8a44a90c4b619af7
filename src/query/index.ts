/**
 * PromQL over any source of samples: parsing, canonical texts, evaluation.
 *
 * @module tachymeter/query
 */
export {
  type QueryOptions,
  type QueryRangeOptions,
  type Time,
  query,
  queryRange,
} from "./evaluation/query.ts";
export { explain } from "./syntax/explain.ts";
export { format } from "./syntax/format.ts";
export { parse, type ParseOptions } from "./syntax/parse.ts";
export type {
  Aggregation,
  AggregationOperator,
  ArithmeticOperator,
  Binary,
  Call,
  ComparisonOperator,
  DurationExpression,
  DurationOperation,
  Expression,
  Fill,
  Matching,
  NumberLiteral,
  Parentheses,
  Place,
  Range,
  Selector,
  SetOperator,
  StringLiteral,
  Subquery,
  TimeShift,
  TrimOperator,
  Unary,
} from "./expression.ts";
export type { FunctionName, ValueType } from "./function-signatures.ts";
export type { Buckets, NativeHistogram } from "./native-histogram.ts";
export { QueryError, type QueryErrorKind } from "./query-error.ts";
export type { MatrixSeries, QueryResult, VectorSeries } from "./result.ts";
export type { Labels, Matcher, SampleSeries, Selection, Source } from "./source.ts";
