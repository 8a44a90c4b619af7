// Random requests to Prometheus' HTTP API: good ones, and all kinds of bad ones. They lack differences that are meant:
// times such as NaN or the year 300,000, numbers with `_`, functions with a feature flag, and newer operators. Time-outs are above 0.
import fc from "fast-check";
import { ACCEPTED, REFUSED } from "../syntax/expressions.ts";
import { SHOP_END } from "./shop-columns.ts";

/** A request; `search` is sent as it is. */
export interface RandomRequest {
  readonly path: string;
  readonly search: string;
  /** A form, of a POST. */
  readonly body: string | undefined;
}

const TIMES = [
  String(SHOP_END),
  String(SHOP_END - 600),
  `${SHOP_END}.5`,
  "1.7e9",
  "0",
  "-1",
  "+5",
  "1e3",
  ".5",
  "5.",
  "2023-11-14T22:13:20Z",
  "2023-11-14T22:13:20.123456789+01:00",
  "2023-11-14 22:13:20",
  "2023-13-14T00:00:00Z",
  "2023-02-30T00:00:00Z",
  "2023-11-14T24:00:00Z",
  "2023-11-14t22:13:20z",
  "2023-11-14T22:13Z",
  "99999-01-01T00:00:00Z",
  "",
  "x",
  "0x10",
  " 5",
  "١",
  "1,5",
  "-292273086-05-16T16:47:06Z",
  "292277025-08-18T07:12:54.999999999Z",
];
const DURATIONS = [
  "15",
  "60",
  "1m",
  "1h30m",
  "300.5",
  "1e2",
  "1y",
  "15s",
  "7d",
  "",
  "0",
  "0s",
  "-1",
  "-1m",
  "x",
  "1x",
  "1m1h",
  "1.5m",
  "1e99",
  "+5",
  "9223372036854775807",
  "1ms",
  " 5",
];
// Without those that end before the evaluation begins.
const TIMEOUTS = DURATIONS.filter((text) => !/^(?:0s?|1ms|-.*)$/.test(text));
const LIMITS = ["1", "2", "100", "0", "", "-1", "x", "1.5", "+1", "1e3", "99999999999999999999", "0x1", " 1"];
const SELECTORS = [
  "http_requests_total",
  '{code="200"}',
  '{__name__=~"queue.*"}',
  'queue_size{queue!="ended"}',
  '{"page_size_bytes"}',
  "nothing",
  '{code=~".+",route!~"/c.*"}',
  "",
  "{}",
  '{a=~".*"}',
  "x{",
  "sum(x)",
  "x[5m]",
  "x offset 5m",
  "1",
  '"x"',
  "x @ 5",
];
const EXPRESSIONS = [
  "http_requests_total",
  "rate(http_requests_total[5m])",
  "sum by (code) (http_requests_total)",
  "queue_size",
  "page_size_bytes",
  "histogram_quantile(0.9, page_size_bytes)",
  "1",
  '"text"',
  "vector(1)",
  "http_requests_total[5m]",
  "http_requests_total / on (code) queue_size",
  'label_replace(http_requests_total, "route", "", "", "")',
  "",
  " ",
  "#",
  "1 / 0",
  "time()",
  "absent(nothing)",
  "topk(0, queue_size)",
  "\0",
  "\u{1f4a9}",
  "x\nx",
  'count_values("a b", queue_size)',
  'label_join(queue_size, "a-b", "")',
  'label_replace(queue_size, "x", "", "y", "(")',
  "http_requests_total + http_requests_total{code='200'} + on () http_requests_total",
  "quantile_over_time(2, queue_size[5m])",
];
const LABELS = [
  "code",
  "__name__",
  "queue",
  "none",
  "le",
  "U__a_2e_b",
  "a%20b",
  "%C3%A4",
  "a.b",
  "0a",
  "%zz",
  "%FF",
  "_",
  "U__",
];

const oneOf = (texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const FLAGGED = /holt_winters|double_exp|limitk|limit_ratio|first_over|\binfo\(|mad_over_time|sort_by_label/;
// They trim native histograms, from 3.11 on.
const NEWER = /<\/|>\//;
const expression = fc
  .oneof(
    { weight: 3, arbitrary: oneOf(EXPRESSIONS) },
    { weight: 1, arbitrary: oneOf(ACCEPTED) },
    { weight: 1, arbitrary: oneOf(REFUSED) },
    { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
  )
  .filter((text) => !FLAGGED.test(text) && !NEWER.test(text));
const selector = fc.oneof(
  { weight: 5, arbitrary: oneOf(SELECTORS) },
  { weight: 1, arbitrary: fc.string({ maxLength: 10 }) },
);

type Parts = readonly (readonly [name: string, values: fc.Arbitrary<string>, share?: number])[];

const timing = (times: readonly string[]): Parts => [
  ["start", oneOf(times)],
  ["end", oneOf(times)],
];
const TIMING = timing(TIMES);
// A range without end has 292 years for Prometheus' limit of steps. We refuse it.
const FINITE = TIMES.filter((text) => !/29227\d{4}-/.test(text));
const PARTS: Readonly<Record<string, Parts>> = {
  query: [
    ["query", expression],
    ["time", oneOf(TIMES)],
    ["timeout", oneOf(TIMEOUTS), 0.3],
    ["limit", oneOf(LIMITS), 0.3],
    ["lookback_delta", oneOf(DURATIONS), 0.2],
  ],
  query_range: [
    ["query", expression],
    ...timing(FINITE),
    ["step", oneOf(DURATIONS)],
    ["timeout", oneOf(TIMEOUTS), 0.2],
    ["limit", oneOf(LIMITS), 0.2],
  ],
  series: [["match[]", selector, 0.9], ["match[]", selector, 0.3], ...TIMING, ["limit", oneOf(LIMITS), 0.3]],
  labels: [["match[]", selector, 0.5], ...TIMING, ["limit", oneOf(LIMITS), 0.3]],
  label: [["match[]", selector, 0.5], ...TIMING, ["limit", oneOf(LIMITS), 0.3]],
  metadata: [
    ["limit", oneOf(LIMITS), 0.5],
    ["limit_per_metric", oneOf(LIMITS), 0.5],
  ],
  format_query: [["query", expression]],
  parse_query: [["query", expression]],
};

const parameters = (parts: Parts): fc.Arbitrary<string> =>
  fc
    .tuple(
      ...parts.map(([name, values, share = 0.8]) =>
        fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), values).map(([chance, value]) => {
          return chance < share
            ? `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`
            : "";
        }),
      ),
    )
    .map((texts) => texts.filter((text) => text !== "").join("&"));

/** Random requests. */
export const randomRequest: fc.Arbitrary<RandomRequest> = fc
  .constantFrom(...Object.keys(PARTS))
  .chain((name) =>
    fc.record({
      path: name === "label" ? oneOf(LABELS).map((label) => `label/${label}/values`) : fc.constant(name),
      search: parameters(PARTS[name] ?? []),
      isForm: fc.boolean(),
    }),
  )
  .map(({ path, search, isForm }) => {
    // Prometheus has these paths for GET alone.
    const isPosted = isForm && !/^(?:label\/|metadata)/.test(path);
    return isPosted ? { path, search: "", body: search } : { path, search, body: undefined };
  });
