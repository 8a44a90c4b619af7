// Expressions whose results differed from Prometheus' once, over the random series of seed 1.

/** The behaviour, and an expression that shows it. */
export const MENDED: readonly (readonly [behaviour: string, expression: string])[] = [
  ["seconds beyond 64 bits are in the year 292277026596", "year(vector(Inf)) + hour(vector(NaN))"],
  ["`topk` of a number beyond 64 bits is an error", "topk(Inf, up)"],
  ["`topk` of NaN is an error", "bottomk(NaN, up)"],
  ["the factors of smoothing are checked for one sample", "holt_winters(up[15s], 0.9, 1)"],
  ["the factors of smoothing are checked for histograms", "holt_winters(size[5m], 0, 0.5)"],
  ["`quantile_over_time` warns of an invalid quantile", "quantile_over_time(-1, up[5m])"],
  ["`quantile_over_time` warns of NaN", "quantile_over_time(NaN, up[5m])"],
  ["`quantile_over_time` of nothing does not warn", "quantile_over_time(2, nothing[5m])"],
  ["`absent` has no label of several matchers", 'absent(nothing{job!="a", job="a", instance="1"})'],
  ["`absent` has a label that is compared again before", 'absent(nothing{job=~"a|b", job="a"})'],
  ["hyperbolic functions overflow with `exp`", "cosh(vector(709.9)) + sinh(vector(-710))"],
  [
    "type and unit are dropped with the name",
    'label_replace(label_replace(up, "__type__", "gauge", "", ""), "__unit__", "s", "", "") + 0',
  ],
  ["type and unit count in matching", 'up * label_replace(up, "__type__", "gauge", "", "")'],
  ["type and unit are kept by comparisons", 'label_replace(up, "__unit__", "s", "", "") > 0'],
  ["a label's name that is not UTF-8 is an error in `by`", 'sum by ("\\xff") (up)'],
  ["a label's name that is not UTF-8 is an error in `on`", 'up * on ("\\xff") up'],
  [
    "a label's name that is not UTF-8 is an error in `label_replace`",
    'label_replace(up, "\\xff", "a", "", "")',
  ],
  ["a label's name that is not UTF-8 is an error in `label_join`", 'label_join(up, "x", ",", "\\xff")'],
  ["a label's name that is not UTF-8 is an error in `count_values`", 'count_values("\\xff", up)'],
];
