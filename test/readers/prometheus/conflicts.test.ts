import {
  AggregationTemporality,
  createDenyListAttributesProcessor,
  type MetricData,
} from "tachymeter/metrics";
import { renderPrometheus } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import { textOf } from "../../../src/readers/prometheus/exposition.ts";
import { Renderer } from "../../../src/readers/prometheus/rendering.ts";
import { snapshotEntries } from "../../../src/translation/snapshot.ts";
import { snapshotMetrics } from "../../kit/snapshot-metrics.ts";
import {
  counter,
  exponentialHistogram,
  gauge,
  histogram,
  resourceMetrics,
  scope,
} from "../resource-metrics.ts";
import { rendered, walkedProvider } from "./rendered.ts";
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
    scope("none", [counter({ name: "tasks" }, [{}, 1])]),
    scope("one", [counter({ name: "tasks", description: "First." }, [{}, 1])]),
    scope("two", [counter({ name: "tasks" }, [{}, 1])]),
    scope("three", [counter({ name: "tasks", description: "Second." }, [{}, 1])]),
  ]);
  const { help, samples } = parseText(renderPrometheus(metrics));
  renderPrometheus(metrics);
  expect([help.get("tasks_total"), samples.length]).toEqual(["First.", 4]);
  expect(warn.mock.calls).toEqual([
    [expect.stringMatching(/^metric "tasks" of scope "three": its description is ignored/)],
  ]);
});

test("an instrument that two views select is counted once, and series of one view only are kept", async () => {
  quietDiag();
  const { provider, collect } = walkedProvider({
    views: [
      { instrumentName: "*", description: "All." },
      { instrumentName: "*", attributesProcessors: [createDenyListAttributesProcessor(["user"])] },
    ],
  });
  const meter = provider.getMeter("shop");
  const orders = meter.createCounter("orders");
  orders.add(1, { route: "/a" });
  orders.add(2, { route: "/b", user: "u" });
  // Other measurements, since the names differ only outside of Prometheus.
  meter.createCounter("orders_total").add(4, { route: "/a" });
  meter.createHistogram("wait", { advice: { explicitBucketBoundaries: [1] } }).record(3, { route: "/a" });
  const shown = {
    'orders_total{route="/a"}': 5,
    'orders_total{route="/b",user="u"}': 2,
    'orders_total{route="/b"}': 2,
    'wait_count{route="/a"}': 1,
    'wait_sum{route="/a"}': 3,
  };
  const collection = await collect();
  const lines = (await rendered(collection, { scopeLabels: false })).split("\n");
  for (const [key, value] of Object.entries(shown)) expect(lines).toContain(`${key} ${value}`);
  const snapshot = Object.fromEntries(snapshotEntries(collection));
  expect(snapshot).toMatchObject({
    'orders_total{route="/a"}': { value: 5 },
    'orders_total{route="/b"}': { value: 2 },
    'wait{route="/a"}': { value: { count: 1, sum: 3 } },
  });
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

test("OpenMetrics omits the start time of a histogram as soon as a metric has its name", async () => {
  const { provider, collect } = walkedProvider();
  const meter = provider.getMeter("shop");
  const renderer = new Renderer({});
  const createdIn = async (): Promise<number> => {
    const body = await renderer.render(
      await collect(),
      { format: "openmetrics-1.0.0", escaping: "underscores" },
      {},
    );
    return textOf(body).match(/^wait_created/gm)?.length ?? 0;
  };
  meter.createHistogram("wait").record(1);
  expect(await createdIn()).toBe(1);
  meter.createGauge("wait.created").record(5);
  expect(await createdIn()).toBe(1);
});

const none = { offset: 0, bucketCounts: [] };

function ofDeltas(metric: MetricData): MetricData {
  return { ...metric, aggregationTemporality: AggregationTemporality.DELTA };
}
