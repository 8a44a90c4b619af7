import { hasChanged } from "./changed-since-3-5.ts";

/** A difference from Prometheus 3 that is meant. `docs/query.md` lists them. */
export interface MeantDifference {
  readonly what: string;
  /** Expressions that may show it. */
  readonly pattern: RegExp;
}

/** Differences that random expressions show. */
export const MEANT_DIFFERENCES: readonly MeantDifference[] = [
  {
    what: "`offset` beside `@` within `timestamp()` is applied",
    pattern: /timestamp\(.*@.*offset/,
  },
  {
    what: "custom buckets that cannot be combined are noticed within `histogram_count`, `histogram_sum` and `histogram_avg` too",
    pattern: /histogram_(count|sum|avg)\(.*(wait|mixed|__name__|\{instance)/,
  },
  {
    what: "the order of the results of `count_values`, and so the choice of `topk` among equal ones",
    pattern: /(topk|bottomk).*count_values/,
  },
  {
    what: "`@ start()` and `@ end()` apply within the parameter of an aggregation too",
    pattern: /\b(topk|bottomk|quantile)( (by|without) \([^)]*\) )? ?\([^,]*@ (start|end)/,
  },
  {
    what: "`@` within a subquery with `@` or `offset` is its time, also if the subquery begins at a multiple of its step",
    pattern: /@.*\[[^\]]*:[^\]]*\] *(@|offset)/,
  },
  {
    what: "deviations of large values that hardly differ: Prometheus adds series in random order in ranges",
    pattern: /(stddev|stdvar)\b.*\b(timestamp|time|ts_of_\w+|sum_over_time)\(/,
  },
  {
    what: "resets of native histograms are found between the times of a subquery too",
    pattern: /(rate|increase|resets)\(.*(size|wait|mixed|__name__|\{instance).*:/,
  },
  {
    what: "`histogram_fraction` within the lowest of classic buckets, as in Prometheus 3.8",
    pattern: /histogram_fraction\(.*(bucket|__name__|\{instance)/,
  },
  {
    what: "empty buckets, which storage adds, do not count in comparisons",
    pattern: /(size|wait|mixed).* [=!]= .*(size|wait|mixed)/,
  },
  {
    what: "empty buckets do not count if there are observations of NaN",
    pattern: /histogram_quantile\(.*(mixed|__name__|\{instance)/,
  },
  {
    what: "the last digit of `exp`, `sinh`, `cosh` and powers, and so remainders, deviations, sines and dates of large values",
    pattern:
      /(%|\bstddev|\bstdvar).*(\^|exp|sin|cos|tan)|(\^|exp|sin|cos|tan).*%|\b(sin|cos|tan|minute|hour|day_of_\w+|days_in_month|month|year)\(.*(\^|exp|sinh|cosh)/,
  },
];

/** Whether a query may show a difference that is meant. */
export function mayDiffer({ text }: { readonly text: string }): boolean {
  return hasChanged(text) || MEANT_DIFFERENCES.some(({ pattern }) => pattern.test(text));
}
