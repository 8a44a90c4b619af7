// The responses of our API beside those of a real Prometheus with the same samples.
import { beforeAll, expect, test } from "vitest";
import { withoutNewFields } from "../differential/changed-since-3-5.ts";
import { QueryApi } from "../../../src/query/http/api.ts";
import type { LiveColumns } from "../../../src/query/live/live-columns.ts";
import type { SampleSeries } from "../../../src/query/source.ts";
import { writtenPrometheus } from "../../servers/written-prometheus.ts";
import { SHOP_END, shopColumns } from "./shop-columns.ts";

let columns: LiveColumns;
let samples: readonly SampleSeries[];

beforeAll(async () => {
  columns = await shopColumns();
  const found: SampleSeries[] = [];
  for await (const series of columns.select({ matchers: [], from: -1e15, to: 1e15 })) found.push(series);
  samples = found;
});

const time = String(SHOP_END);
const range = { start: String(SHOP_END - 600), end: time };

const REQUESTS: readonly (readonly [path: string, parameters: Readonly<Record<string, string>>])[] = [
  ["query", { query: "http_requests_total", time }],
  ["query", { query: "http_requests_total[1m]", time }],
  ["query", { query: "sum by (code) (rate(http_requests_total[5m]))", time }],
  ["query", { query: "queue_size", time }],
  ["query", { query: "queue_size", time: String(SHOP_END - 900) }],
  ["query", { query: "queue_size offset 14m59s", time }],
  ["query", { query: "page_size_bytes", time }],
  ["query", { query: "page_size_bytes[45s]", time }],
  ["query", { query: "histogram_quantile(0.9, rate(page_size_bytes[5m]))", time }],
  [
    "query",
    { query: "histogram_quantile(0.9, sum by (le) (rate(request_duration_seconds_bucket[5m])))", time },
  ],
  ["query", { query: "request_duration_seconds_bucket", time }],
  ["query", { query: "1 / 0", time }],
  ["query", { query: "vector(NaN)", time: "2023-11-14T22:13:20.25Z" }],
  ["query", { query: "-1e-7 * vector(1e28)", time }],
  ["query", { query: "1e-7", time }],
  ["query", { query: '"text \\u00e4 <&>"', time }],
  ["query", { query: "nothing", time }],
  ["query", { query: "time()", time: "1.5" }],
  ["query", { query: "rate(queue_size[5m])", time }],
  ["query", { query: "http_requests_total", time, limit: "1" }],
  ["query", { query: "http_requests_total", time: "x" }],
  ["query", { query: "http_requests_total", time, timeout: "x" }],
  ["query", { query: "sum(", time }],
  ["query", { query: "", time }],
  ["query", { query: "rate(http_requests_total)", time }],
  ["query", { query: "http_requests_total / on (code) queue_size", time }],
  ["query", { query: 'label_replace(http_requests_total, "route", "", "", "")', time }],
  ["query_range", { query: "rate(http_requests_total[1m])", ...range, step: "15" }],
  ["query_range", { query: "queue_size", start: String(SHOP_END - 1_200), end: time, step: "100.5" }],
  ["query_range", { query: "page_size_bytes", ...range, step: "5m" }],
  ["query_range", { query: "1", ...range, step: "1m" }],
  ["query_range", { query: "nothing", ...range, step: "1m" }],
  ["query_range", { query: "http_requests_total", ...range, step: "1m", limit: "1" }],
  ["query_range", { query: "1", ...range, step: "0" }],
  ["query_range", { query: "1", ...range, step: "x" }],
  ["query_range", { query: "1", ...range }],
  ["query_range", { query: "1", start: time, end: "0", step: "1" }],
  ["query_range", { query: "1", end: time, step: "1" }],
  ["query_range", { query: "1", start: "0", end: time, step: "1" }],
  ["query_range", { query: "http_requests_total[1m]", ...range, step: "1m" }],
  ["series", { "match[]": "http_requests_total", ...range }],
  ["series", { "match[]": '{__name__=~"queue.*"}', ...range }],
  ["series", { "match[]": "nothing", ...range }],
  ["series", { "match[]": "http_requests_total", ...range, limit: "1" }],
  ["series", range],
  ["series", { "match[]": "x{", ...range }],
  ["labels", range],
  ["labels", { "match[]": "http_requests_total" }],
  ["label/code/values", range],
  ["label/__name__/values", {}],
  ["label/none/values", {}],
  ["label/queue/values", { "match[]": "queue_size", start: String(SHOP_END - 1_800), end: time }],
  ["format_query", { query: "sum(x)by(a)" }],
  ["format_query", { query: "sum(" }],
  [
    "parse_query",
    { query: 'topk by (a) (5, -foo{b="<>"} @ start()) + on (x) group_left (y) rate((z)[5m:])' },
  ],
  ["parse_query", { query: '{"http.requests", a!~"b"}[5m] offset -1m' }],
  ["parse_query", { query: "1e-7 > bool Inf" }],
  ["parse_query", { query: "sum(" }],
  ["parse_query", {}],
  ["metadata", { limit: "0" }],
  ["metadata", { limit: "x" }],
  ["metadata", { limit_per_metric: "1.5" }],
  ["metadata", { metric: "nothing", limit_per_metric: "-1", limit: "-1" }],
  ["rules", {}],
  ["alerts", {}],
];

test("each request has the status and the body of Prometheus 3", { timeout: 60_000 }, async (context) => {
  const url = await writtenPrometheus(context, "3", samples);
  const api = new QueryApi({ source: () => columns, version: "1.2.3" });
  for (const [path, parameters] of REQUESTS) {
    const search = new URLSearchParams(parameters);
    const { signal } = new AbortController();
    const { status, chunks } = await api.answer({ path, parameters: search, signal });
    const response = await fetch(`${url}/api/v1/${path}?${search.toString()}`);
    const theirs: unknown = JSON.parse(rounded(await response.text()));
    const ours: unknown = JSON.parse(rounded(Buffer.concat(chunks).toString()));
    const request = `${path}?${search.toString()}`;
    expect
      .soft([request, status, comparable(path === "parse_query" ? withoutNewFields(ours) : ours)])
      .toEqual([request, response.status, comparable(theirs)]);
  }
});

// The order of series is not defined. Messages about expressions are our own, and so are the positions of annotations.
function comparable(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return body;
  const copy: Record<string, unknown> = { ...body };
  const { error, data } = copy;
  if (typeof error === "string")
    copy["error"] = error.replace(/parse error.*|"query": .*|"match\[\]": .*/s, "…");
  if (typeof data === "object" && data !== null && "result" in data)
    copy["data"] = { ...data, result: sorted(data.result) };
  if (Array.isArray(data)) copy["data"] = sorted(data);
  return copy;
}

// Sums may differ in their last digits.
function rounded(text: string): string {
  return text.replaceAll(/"-?\d\.?\d*\.?\d{8,}(?:e[+-]\d+)?"/g, (value) =>
    Number(value.slice(1, -1)).toPrecision(12),
  );
}

function sorted(list: unknown): unknown {
  if (!Array.isArray(list) || typeof list[0] !== "object") return list;
  const key = (entry: unknown): string => JSON.stringify(entry);
  return list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
