/** Expressions whose results Prometheus 3 has changed, with the reason. Results of version 2 may differ. */
export const CHANGED_SINCE_2: readonly { readonly reason: string; readonly pattern: RegExp }[] = [
  { reason: "extrapolation stops at zero more exactly", pattern: /\b(rate|increase)\(/ },
  { reason: "classic buckets are accepted", pattern: /\bhistogram_fraction\(/ },
  { reason: "infinite values have another deviation", pattern: /\b(stddev|stdvar)/ },
  { reason: "a fixed window has one trend; infinite values have one", pattern: /\b(predict_linear|deriv)\(/ },
  { reason: "a scalar operand is accepted", pattern: /\batan2\b/ },
  { reason: "NaN and infinity are accepted, NaN sorts last", pattern: /\b(topk|bottomk)\b/ },
  { reason: "NaN sorts last", pattern: /\b(sort|sort_desc|quantile|quantile_over_time)\(/ },
  {
    reason: "sums are compensated, which values of all sizes show",
    pattern: /\b(sum|avg)\b.*(\bodd\b|__name__|\{instance)/,
  },
  { reason: "names of groups are accepted", pattern: /\(\?P</ },
  { reason: "means are rounded otherwise, which a remainder shows", pattern: /%.*avg|avg.*%/ },
  {
    reason: "`count_values` by its own label groups by its values",
    pattern: /count_values\("(\w+)".*\b\1\b/,
  },
];
