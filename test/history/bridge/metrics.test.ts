import fc from "fast-check";
import type { BridgeTelemetry, MetricAggregate, MetricsResponse } from "tachymeter/history";
import { expect, test } from "vitest";
import { bridge, bridgeOnDisk, reading } from "./bridges.ts";
import { runs } from "../../kit/test-length.ts";

type Aggregation = Parameters<BridgeTelemetry["getMetrics"]>[2];

const AGGREGATIONS = ["MEAN", "SUM", "MIN", "MAX", "COUNT"] as const;
// Recent enough to be within the retention of samples.
const T0 = Math.floor(Date.now() / 1_000) - 3_600;

function iso(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

function metricsOf(answer: MetricsResponse): Readonly<Record<string, MetricAggregate>> {
  if (answer.status === "error") throw new Error(answer.error.message);
  return answer.metrics;
}

test("a sample can be read once its promise resolves", async () => {
  const { telemetry, path } = bridgeOnDisk();
  const answer = await telemetry.recordMetric("queue.depth", 3.5, { queue: "a" }, T0);
  expect(answer).toEqual({ status: "success", event_id: expect.any(String), timestamp: iso(T0) });
  const history = await reading(path);
  expect(await history.query({ metric: "queue.depth" })).toMatchObject({
    type: "gauge",
    series: [{ attributes: {}, points: [[T0, 3.5]] }],
  });
});

test("each aggregation covers all samples in the range, both ends included", async () => {
  const telemetry = bridge();
  for (const [second, value] of [
    [0, 100],
    [1, 4],
    [2, 1],
    [3, 7],
    [4, 100],
  ] as const)
    await telemetry.recordMetric("m", value, undefined, T0 + second);
  const ask = async (aggregation: Aggregation): Promise<MetricAggregate | undefined> =>
    metricsOf(await telemetry.getMetrics(["m"], [T0 + 1, new Date((T0 + 3) * 1_000)], aggregation))["m"];
  const rest = { sample_count: 3, time_range: { start: iso(T0 + 1), end: iso(T0 + 3) } };
  expect(await ask("MEAN")).toEqual({ value: 4, aggregation: "MEAN", ...rest });
  expect(await ask("SUM")).toEqual({ value: 12, aggregation: "SUM", ...rest });
  expect(await ask("MIN")).toEqual({ value: 1, aggregation: "MIN", ...rest });
  expect(await ask("MAX")).toEqual({ value: 7, aggregation: "MAX", ...rest });
  expect(await ask("COUNT")).toEqual({ value: 3, aggregation: "COUNT", ...rest });
  expect(await ask(undefined)).toEqual({ value: 4, aggregation: "MEAN", ...rest });
});

test("aggregations of arbitrary samples are correct", async () => {
  const samples = fc.array(
    fc.record({
      second: fc.integer({ min: 0, max: 20 }),
      value: fc.double({ noDefaultInfinity: true, noNaN: true, min: -1e9, max: 1e9 }),
    }),
    { minLength: 1, maxLength: 30 },
  );
  const range = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }));
  await fc.assert(
    fc.asyncProperty(samples, range, async (given, ends) => {
      const telemetry = bridge();
      const [from, to] = [Math.min(...ends), Math.max(...ends)];
      await Promise.all(
        given.map(({ second, value }) => telemetry.recordMetric("m", value, undefined, T0 + second)),
      );
      const values = given.filter(({ second }) => second >= from && second <= to).map(({ value }) => value);
      const sum = values.reduce((total, value) => total + value, 0);
      const wanted = {
        MEAN: sum / values.length,
        SUM: sum,
        MIN: Math.min(...values),
        MAX: Math.max(...values),
        COUNT: values.length,
      };
      for (const aggregation of AGGREGATIONS) {
        const { m } = metricsOf(await telemetry.getMetrics(["m"], [T0 + from, T0 + to], aggregation));
        expect(m?.sample_count ?? 0).toBe(values.length);
        expect(m?.value ?? 0).toBeCloseTo(values.length === 0 ? 0 : wanted[aggregation], 4);
      }
      await telemetry.close();
    }),
    { numRuns: runs(20) },
  );
});

test("by default all metrics and all retained samples are returned", async () => {
  const telemetry = bridge();
  const recent = Math.floor(Date.now() / 1_000) - 1_000;
  await telemetry.recordMetric("a", 1, undefined, recent);
  await telemetry.recordMetric("b", 2);
  const before = Date.now();
  const metrics = metricsOf(await telemetry.getMetrics());
  expect(Object.keys(metrics).toSorted()).toEqual(["a", "b"]);
  expect(metrics["a"]?.time_range.start).toBe(iso(recent));
  expect(Date.parse(metrics["a"]?.time_range.end ?? "")).toBeGreaterThanOrEqual(before);
  expect(metricsOf(await telemetry.getMetrics(null, null, "SUM"))["b"]?.value).toBe(2);
  expect(metricsOf(await telemetry.getMetrics([]))).toEqual({});
});

test("by default samples slightly in the future are included", async () => {
  const telemetry = bridge();
  const ahead = Math.floor(Date.now() / 1_000) + 120;
  await telemetry.recordMetric("m", 1);
  await telemetry.recordMetric("m", 2, undefined, ahead);
  const { m } = metricsOf(await telemetry.getMetrics(["m"], undefined, "COUNT"));
  expect([m?.value, m?.time_range.end]).toEqual([2, iso(ahead)]);
});

test("unknown names, and metrics without samples in the range, are left out", async () => {
  const telemetry = bridge();
  await telemetry.recordMetric("known", 1, undefined, T0);
  expect(metricsOf(await telemetry.getMetrics(["known", "unknown"], [T0 + 1, T0 + 2]))).toEqual({});
  expect(metricsOf(await telemetry.getMetrics(["unknown", "__proto__"]))).toEqual({});
});

test("a metric can have any name", async () => {
  const telemetry = bridge();
  for (const name of ["__proto__", "constructor", "ü 🎉 \n", "a".repeat(500)]) {
    expect(await telemetry.recordMetric(name, 1)).toMatchObject({ status: "success" });
    const metrics = metricsOf(await telemetry.getMetrics([name], undefined, "COUNT"));
    expect(Object.entries(metrics).map(([key, { value }]) => [key, value])).toEqual([[name, 1]]);
  }
});

test("texts are stored, and only counted", async () => {
  const telemetry = bridge();
  await telemetry.recordMetric("state", "open", undefined, T0);
  await telemetry.recordMetric("state", "closed", undefined, T0 + 1);
  await telemetry.recordMetric("depth", 5, undefined, T0);
  const range = [T0, T0 + 10] as const;
  expect(metricsOf(await telemetry.getMetrics(["state"], range, "COUNT"))["state"]).toMatchObject({
    value: 2,
    sample_count: 2,
  });
  expect(await telemetry.getMetrics(["depth", "state"], range, "MEAN")).toEqual({
    status: "error",
    error: { code: "INVALID_AGGREGATION", message: "Unsupported aggregation method: MEAN (of texts: state)" },
  });
  expect(Object.keys(metricsOf(await telemetry.getMetrics(undefined, range, "MAX")))).toEqual(["depth"]);
  expect(Object.keys(metricsOf(await telemetry.getMetrics(undefined, range, "COUNT"))).toSorted()).toEqual([
    "depth",
    "state",
  ]);
});

test.each(["MEDIAN", "mean", "", 5, {}])("aggregation %j is invalid", async (aggregation) => {
  // @ts-expect-error: what the types forbid is answered, too
  const answer = await bridge().getMetrics(["m"], undefined, aggregation);
  const shown = typeof aggregation === "string" ? aggregation : JSON.stringify(aggregation);
  expect(answer).toEqual({
    status: "error",
    error: { code: "INVALID_AGGREGATION", message: `Unsupported aggregation method: ${shown}` },
  });
});

test.each([
  ["", 1, undefined, undefined, ["metric_name"]],
  ["a\0b", 1, undefined, undefined, ["metric_name"]],
  [7, 1, undefined, undefined, ["metric_name"]],
  ["m", Number.NaN, undefined, undefined, ["metric_value"]],
  ["m", Infinity, undefined, undefined, ["metric_value"]],
  ["m", undefined, undefined, undefined, ["metric_value"]],
  ["m", true, undefined, undefined, ["metric_value"]],
  ["m", 10n, undefined, undefined, ["metric_value"]],
  ["m", 1, "core", undefined, ["context"]],
  ["m", 1, [], undefined, ["context"]],
  ["m", 1, undefined, "soon", ["timestamp"]],
  ["m", 1, undefined, "9999-01-01", ["timestamp"]],
  ["", -Infinity, 5, Number.NaN, ["metric_name", "metric_value", "context", "timestamp"]],
])("metric %j of value %s, context %j and time %s is invalid", async (name, value, context, time, fields) => {
  // @ts-expect-error: what the types forbid is answered, too
  const answer = await bridge().recordMetric(name, value, context, time);
  if (answer.status === "success") throw new Error("it was recorded");
  expect(answer.error.code).toBe("INVALID_EVENT");
  expect(answer.error.details?.validation_errors?.map(({ field }) => field)).toEqual(fields);
  expect(answer.error.details?.received_event).toMatchObject({
    event_type: "METRIC",
    source: "metrics_collector",
    // JSON has no bigints.
    data: { metric_name: name, metric_value: typeof value === "bigint" ? String(value) : value },
  });
});

test.each([
  ["m", undefined, ["metric_names"]],
  [["m", 5], undefined, ["metric_names"]],
  [undefined, "yesterday", ["time_range"]],
  [undefined, [100], ["time_range"]],
  [undefined, [100, "soon"], ["time_range"]],
  [undefined, [101, 100], ["time_range"]],
  [5, 5, ["metric_names", "time_range"]],
])("names %j in range %j cannot be retrieved", async (names, range, fields) => {
  // @ts-expect-error: what the types forbid is answered, too
  const answer = await bridge().getMetrics(names, range);
  if (answer.status === "success") throw new Error("it was answered");
  expect(answer.error.code).toBe("RETRIEVAL_FAILURE");
  expect(answer.error.details?.validation_errors?.map(({ field }) => field)).toEqual(fields);
});

test("data older than the retention, and sums that no number can hold, are refused", async () => {
  const telemetry = bridge({
    retention_policy: { events: { duration_days: 2 }, metrics: { duration_days: 3 } },
  });
  const event = { event_type: "a", source: "b", data: null };
  const day = 86_400;
  const old = (timestamp: number) => ({
    error: {
      code: "INVALID_EVENT",
      details: {
        validation_errors: [{ field: "timestamp", message: expect.stringContaining(`${timestamp}`) }],
      },
    },
  });
  const now = Math.floor(Date.now() / 1_000);
  expect(await telemetry.recordEvent({ ...event, timestamp: now - 2 * day - 60 })).toMatchObject(
    old(now - 2 * day - 60),
  );
  expect(await telemetry.recordEvent({ ...event, timestamp: now - 2 * day + 60 })).toMatchObject({
    status: "success",
  });
  expect(await telemetry.recordMetric("m", 1, {}, now - 3 * day - 60)).toMatchObject({ status: "error" });
  expect(await telemetry.recordMetric("m", 1, {}, now - 3 * day + 60)).toMatchObject({ status: "success" });
  for (const time of [now - 10, now - 5]) await telemetry.recordMetric("huge", 1.7e308, {}, time);
  expect(await telemetry.getMetrics(["huge"], undefined, "SUM")).toMatchObject({
    status: "error",
    error: { code: "RETRIEVAL_FAILURE", message: expect.stringContaining("the SUM of huge is beyond") },
  });
  expect(metricsOf(await telemetry.getMetrics(["huge"], undefined, "MAX"))["huge"]?.value).toBe(1.7e308);
});
