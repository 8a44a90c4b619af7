import { expect, test } from "vitest";
import { watchedSelection } from "../../src/page/charts/expected-band.ts";
import { parse } from "../../src/query/syntax/parse.ts";

test.each([
  ["queue_size", { metrics: ["queue_size"], kind: "value", labels: { queue: "a" } }],
  [
    "topk(10, max by (queue) (queue_size))",
    { metrics: ["queue_size"], kind: "value", labels: { queue: "a" } },
  ],
  ["sum(rate(sent_total[1m]))", { metrics: ["sent_total"], kind: "rate", labels: { queue: "a" } }],
  [
    '(sum by (queue) (rate(sent_total{kernel_id="k"}[1m])))',
    { metrics: ["sent_total"], kind: "rate", labels: { kernel_id: "k", queue: "a" } },
  ],
  [
    "rate(took_seconds_count[1m])",
    { metrics: ["took_seconds_count", "took_seconds"], kind: "rate", labels: { queue: "a" } },
  ],
  [
    "histogram_quantile(0.99, sum by (le, queue) (rate(took_seconds_bucket[1m])))",
    { metrics: ["took_seconds"], kind: "p99", labels: { queue: "a" } },
  ],
  ["histogram_quantile(0.95, rate(took_seconds_bucket[1m]))", undefined],
  ["histogram_quantile(0.99, took_seconds_bucket)", undefined],
  ['queue_size{queue=~"a|b"}', undefined],
  ["queue_size offset 5m", undefined],
  ["count(queue_size)", undefined],
  ["rate(a[1m]) / rate(b[1m])", undefined],
  ["increase(sent_total[1m])", undefined],
])("the watched series of %s", (expression, expected) => {
  expect(watchedSelection(parse(expression), { queue: "a" })).toEqual(expected);
});
