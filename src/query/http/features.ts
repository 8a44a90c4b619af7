// Features of PromQL and of the API, as Prometheus lists them for clients.
import { FUNCTION_NAMES, isExperimental } from "../function-signatures.ts";

/** The document of the path `features`. */
export function featuresDocument(experimental: boolean): object {
  const all = (names: readonly string[], isOn = true): Readonly<Record<string, boolean>> =>
    Object.fromEntries(names.map((name) => [name, isOn]));
  return {
    api: all(["features", "labels", "query", "query_range", "rules", "series"]),
    promql: {
      ...all(["anchored", "fill", "fill_left", "fill_right", "smoothed"], experimental),
      ...all(["at_modifier", "bool", "by", "duration_expr", "group_left", "group_right", "ignoring"]),
      ...all(["per_query_lookback_delta"]),
      ...all(["negative_offset", "offset", "on", "subqueries", "without"]),
    },
    promql_functions: Object.fromEntries(
      FUNCTION_NAMES.map((name) => [name, experimental || !isExperimental(name)]),
    ),
    promql_operators: {
      ...all(["!=", "!~", "%", "*", "+", "-", "/", "<", "<=", "==", "=~", ">", ">=", "^", "</", ">/", "="]),
      ...all(["and", "atan2", "or", "unless"]),
      ...all(["avg", "bottomk", "count", "count_values", "group", "max", "min", "quantile"]),
      ...all(["stddev", "stdvar", "sum", "topk"]),
      ...all(["limit_ratio", "limitk"], experimental),
    },
  };
}
