// Results and annotations that Prometheus has changed from 3.5, which tests can run, to 3.14, which we follow, and what is rounded
// otherwise.

/** Expressions whose results or annotations differ, with the reason. */
export const CHANGED_SINCE_3_5: readonly { readonly reason: string; readonly pattern: RegExp }[] = [
  {
    reason: "custom buckets with different bounds are combined by the bounds that both have",
    pattern:
      /\b(sum|avg|sum_over_time|avg_over_time|rate|increase|delta|irate|idelta|resets)\b.*(wait|mixed|__name__|\{instance)|\bwait.*[-+]|[-+].*\bwait/,
  },
  {
    reason: "the zero point of a native histogram limits its extrapolation",
    pattern: /\b(rate|increase)\(.*(size|wait|mixed|__name__|\{instance)/,
  },
  {
    reason: "the parameter is checked without any samples, too",
    pattern: /\b(topk|bottomk|limitk)( (by|without) \([^)]*\))? ?\((?![\d.]+,)/,
  },
  {
    reason: "info series are those at the time of the argument, and series without a target are kept",
    pattern: /\binfo\(.*(?:offset|@|\bby\b|without|on \(|count|sum|\{\}|\{__name__)/,
  },
  {
    reason: "series and info series that begin or end within a subquery are matched at each step",
    pattern: /\binfo\(.*\)\[\w+:/,
  },
  {
    reason: "info series within the argument are kept, also if the second argument has no name",
    pattern: /\binfo\(.*(target_info|"t\.\+"|__name__!~|\{instance).*, \{(?!__name__)/,
  },
  {
    // V8's and Go's logarithms differ by one unit in the last place. A time of 1.8e9 divided by it has a remainder that differs by 3e-7.
    reason: "a logarithm is rounded otherwise, which a remainder shows",
    pattern: /%.*\b(?:ln|log2|log10)\(/,
  },
  {
    reason: "a sample of NaN makes the deviation NaN",
    pattern: /\bmad_over_time\((?!(?!odd\b)\w+(\{[^}]*\})?\[\w+\])/,
  },
  {
    reason: "series with the same labels may follow one another",
    // A label that they have is replaced.
    pattern:
      /\blabel_(replace|join)\(.*("(job|instance|code|__name__)", "(\$.*|z|-|,|)"|label_(replace|join)\()|-[({a-z]/,
  },
  {
    reason: "a comparison that does not hold counts as a match",
    pattern:
      /(?:[=!]=|[<>]=?) (?:on|ignoring)|(?:[=!]=|[<>]=?) .*(?:__name__|\{instance)|(?:__name__|\{instance).* (?:[=!]=|[<>]=?) /,
  },
];

/** Annotations that 3.5 does not have. */
export const NEW_ANNOTATION = /sort is ineffective for range queries/;

/** Expressions whose results over a range differ: as those of `info` of a subquery. */
export const CHANGED_OVER_RANGES = /\binfo\(/;

/** Whether the results or annotations of a query may differ from those of Prometheus 3.5. */
export function hasChanged(text: string): boolean {
  return CHANGED_SINCE_3_5.some(({ pattern }) => pattern.test(text));
}

/**
 * An annotation of Prometheus 3.5 in the words of 3.14, without the details of repaired buckets, and without the position of
 * observations of NaN.
 */
export function inNewWords(text: string): string {
  if (DIFFERENT_BOUNDS.test(text)) return text.replace(DIFFERENT_BOUNDS, RECONCILED);
  if (!OF_HISTOGRAMS.test(text)) return text;
  const words = text.replace(/ for metric name "[^"]*"|, from buckets .* to [^ ]*Z/, "");
  return words.includes("NaN observations") ? words.replace(/ \(\d+:\d+\)$/, "") : words;
}

const DIFFERENT_BOUNDS =
  /warning: vector contains histograms with incompatible custom buckets for metric name "[^"]*"/;
const RECONCILED = "info: mismatched custom buckets were reconciled during aggregation";
const OF_HISTOGRAMS =
  /input to histogram_(?:quantile|fraction)|bucket label "le"|mix of classic and native histograms/;

/** A syntax tree of the HTTP API without the fields that 3.5 does not have. */
export function withoutNewFields(document: unknown): unknown {
  const isNew = (name: string): boolean =>
    /^(?:range|step|offset)Expr$|^(?:anchored|smoothed|fillValues)$/.test(name);
  return JSON.parse(JSON.stringify(document, (name, value: unknown) => (isNew(name) ? undefined : value)));
}
