import { AggregationTemporality, type MetricData } from "tachymeter/metrics";
import { renderPrometheus } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import { snapshotMetrics } from "../../kit/snapshot-metrics.ts";
import {
  counter,
  exponentialHistogram,
  gauge,
  histogram,
  resourceMetrics,
  scope,
} from "../resource-metrics.ts";
import { parseText } from "./text/parse-text.ts";
import { quietDiag } from "./serving/serving.ts";

const named = {
  histogram: (name: string) => histogram({ name }, [1], [1, 0]),
  gauge: (name: string) => gauge({ name }, [{}, 7]),
};

test.each([
  ["a gauge named like a histogram's count", ["histogram", "wait"], ["gauge", "wait.count"]],
  ["a gauge named like a histogram's sum", ["histogram", "span"], ["gauge", "span_sum"]],
  ["a histogram whose buckets are named like a gauge", ["gauge", "size.bucket"], ["histogram", "size"]],
  ["a histogram named like another's count", ["histogram", "a"], ["histogram", "a.count"]],
] as const)("%s is left out, with one warning", (_, [firstKind, first], [laterKind, later]) => {
  const warn = quietDiag();
  const metrics = resourceMetrics([
    scope("s", [named[firstKind](first), named[laterKind](later), gauge({ name: "other" }, [{}, 1])]),
  ]);
  const { types } = parseText(renderPrometheus(metrics));
  expect([...types.keys()]).toEqual([first.replace(".", "_"), "other"]);
  renderPrometheus(metrics);
  expect(warn.mock.calls.map(([message]) => message)).toEqual([
    expect.stringMatching(/^metric "\S+" of scope "s": left out .* samples of the same name; rename/),
  ]);
});

test("in a JSON document a histogram is one value, and reserves no names of samples", () => {
  const metrics = resourceMetrics([scope("s", [named.histogram("wait"), named.gauge("wait.count")])]);
  expect(Object.keys(snapshotMetrics(metrics))).toEqual(["wait", "wait_count"]);
});

test("delta histograms of both kinds are left out, with a warning for each", () => {
  const warn = quietDiag();
  const exponential = { count: 1, sum: 1, scale: 0, zeroCount: 1, positive: none, negative: none };
  const metrics = resourceMetrics([
    scope("s", [
      ofDeltas(histogram({ name: "delta.h" }, [1], [1, 0])),
      ofDeltas(exponentialHistogram({ name: "delta.e" }, exponential)),
      counter({ name: "c" }, [{}, 1]),
    ]),
  ]);
  expect([...parseText(renderPrometheus(metrics)).types.keys()]).toEqual(["c_total"]);
  expect(warn).toHaveBeenCalledTimes(2);
  expect(warn.mock.lastCall?.[0]).toMatch(/"delta\.e" of scope "s": left out .* histogram of deltas/);
});

test("if two descriptions differ the first is used, and the other is logged once", () => {
  const warn = quietDiag();
  const metrics = resourceMetrics([
    scope("one", [counter({ name: "told", description: "First." }, [{}, 1])]),
    scope("two", [counter({ name: "told" }, [{}, 1])]),
    scope("three", [counter({ name: "told", description: "Second." }, [{}, 1])]),
  ]);
  const { help, samples } = parseText(renderPrometheus(metrics));
  renderPrometheus(metrics);
  expect([help.get("told_total"), samples.length]).toEqual(["First.", 3]);
  expect(warn.mock.calls).toEqual([
    [expect.stringMatching(/^metric "told" of scope "three": its description is ignored/)],
  ]);
});

test("OpenMetrics omits a start time that would have the name of another metric", () => {
  const metrics = resourceMetrics([
    scope("s", [
      counter({ name: "jobs" }, [{}, 1]),
      gauge({ name: "jobs.created" }, [{}, 2]),
      histogram({ name: "wait" }, [], [1]),
      gauge({ name: "wait.created" }, [{}, 3]),
      counter({ name: "others" }, [{}, 4]),
    ]),
  ]);
  for (const { dataPoints } of metrics.scopeMetrics[0]!.metrics) {
    for (const point of dataPoints) Object.assign(point, { startTime: [7, 0] });
  }
  const text = renderPrometheus(metrics, { format: "openmetrics" });
  expect(text.match(/^\w+_created.*/gm)).toEqual([
    'jobs_created{otel_scope_name="s"} 2',
    'wait_created{otel_scope_name="s"} 3',
    'others_created{otel_scope_name="s"} 7',
  ]);
});

const none = { offset: 0, bucketCounts: [] };

function ofDeltas(metric: MetricData): MetricData {
  return { ...metric, aggregationTemporality: AggregationTemporality.DELTA };
}
