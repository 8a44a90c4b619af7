import { expect, test } from "vitest";
import { correlate } from "../../../src/anomalies/correlation/correlate.ts";
import type { Correlated } from "../../../src/anomalies/correlation/correlated.ts";
import type { SampleSeries } from "../../../src/query/source.ts";
import { Random } from "../../kit/random.ts";
import { MemorySource } from "../../query/kit/memory-source.ts";
import { counter, LENGTH, noise, secondsOf, series, START, WINDOW } from "./series.ts";

async function changed(
  all: readonly SampleSeries[],
  question: { readonly metric?: string; readonly maxResults?: number } = {},
): Promise<Correlated[]> {
  return await correlate({ source: new MemorySource(all), metric: "alerting", ...WINDOW, ...question });
}

async function namesOf(all: readonly SampleSeries[], metric?: string): Promise<string[]> {
  return (await changed(all, metric === undefined ? {} : { metric })).map((each) => each.metric);
}

const random = new Random(20);

/** Noise around 100 that changes by `shift` at a sample. */
function shifted(
  name: string,
  shift: number,
  at: number = START + 8,
  labels?: Record<string, string>,
): SampleSeries {
  return series(name, (i) => 100 + 3 * noise(random) + (i >= at ? shift : 0), labels);
}

test("a series whose mean rose is listed with its direction, factor and lead", async () => {
  const found = await changed([
    shifted("alerting", 50, START + 20),
    shifted("cause", 100, START + 8, { job: "shop", pool: "db" }),
    shifted("other", 0),
  ]);
  expect(found).toHaveLength(1);
  const [cause] = found;
  expect(cause).toMatchObject({ metric: "cause", labels: { job: "shop", pool: "db" }, direction: "up" });
  expect(cause?.factor).toBeCloseTo(2, 1);
  expect(cause?.leadSeconds).toBeCloseTo(12 * 15, -1);
  expect(cause?.strength).toBeGreaterThan(0.5);
  expect(cause?.strength).toBeLessThan(1);
});

test("without a change of the metric, the lead counts from the start of the window", async () => {
  const [cause] = await changed([shifted("cause", 100, START + 8)]);
  expect(cause?.leadSeconds).toBeCloseTo(-9 * 15, -1);
});

test("falls, and changes of the variation, have their directions", async () => {
  const wild = (i: number): number => (i >= START + 4 ? 8 : 1) * noise(random);
  const calm = (i: number): number => (i >= START + 4 ? 1 : 8) * noise(random);
  const found = await changed([
    shifted("falls", -50),
    series("wild", (i) => 100 + wild(i)),
    series("calm", (i) => 100 + calm(i)),
  ]);
  const directions = Object.fromEntries(found.map(({ metric, direction }) => [metric, direction]));
  expect(directions).toEqual({ falls: "down", wild: "wider", calm: "narrower" });
  expect(found.find(({ metric }) => metric === "wild")?.factor).toBeGreaterThan(4);
  expect(found.find(({ metric }) => metric === "calm")?.factor).toBeLessThan(0.3);
});

test("larger changes come first, and at most maxResults", async () => {
  const all = [shifted("small", 20), shifted("large", 200), shifted("middle", 60)];
  expect(await namesOf(all)).toEqual(["large", "middle", "small"]);
  expect((await changed(all, { maxResults: 2 })).map(({ metric }) => metric)).toEqual(["large", "middle"]);
});

test("series of the telemetry itself are listed only for metrics of the telemetry", async () => {
  const all = [shifted("otel_sdk_exporter_metric_data_point_inflight", 60), shifted("cause", 60)];
  expect(await namesOf(all)).toEqual(["cause"]);
  const ofTelemetry = await namesOf(all, "telemetry_dropped_total");
  expect(ofTelemetry.toSorted((left, right) => left.localeCompare(right, "en"))).toEqual([
    "cause",
    "otel_sdk_exporter_metric_data_point_inflight",
  ]);
});

test("the metric itself, its parts, what is recorded from it, and series of alerts are left out", async () => {
  const own = [
    "http_request_duration_seconds_sum",
    "http_request_duration_seconds_count",
    "http_request_duration_seconds_bucket",
    "job:http_request_duration_seconds:rate5m",
    "job:http_request_duration_seconds_count:rate5m",
    "ALERTS",
    "ALERTS_FOR_STATE",
    "alerts_active",
    "anomaly_score",
  ];
  const all = [...own.map((name) => shifted(name, 100)), shifted("http_requests", 100)];
  expect(await namesOf(all, "http_request_duration_seconds_bucket")).toEqual(["http_requests"]);
});

test("a histogram is listed once: by its mean, or by its rate", async () => {
  const parts = (
    name: string,
    rateAt: (i: number) => number,
    meanAt: (i: number) => number,
  ): SampleSeries[] => {
    const counts = Array.from({ length: LENGTH }, (_, i) => Math.round(rateAt(i) * (10 + noise(random))));
    return [
      counter(`${name}_count`, (i) => counts[i] ?? 0),
      counter(`${name}_sum`, (i) => (counts[i] ?? 0) * (meanAt(i) + 0.05 * noise(random))),
      counter(`${name}_bucket`, (i) => counts[i] ?? 0, { job: "shop", le: "1.0" }),
    ];
  };
  const late = (i: number): number => (i >= START + 8 ? 4 : 1);
  const found = await changed([
    ...parts("slower", () => 10, late),
    ...parts(
      "busier",
      (i) => 10 * late(i),
      () => 1,
    ),
    ...parts(
      "same",
      () => 10,
      () => 1,
    ),
  ]);
  expect(found.map(({ metric }) => metric).toSorted()).toEqual(["busier_count", "slower"]);
  for (const { factor } of found) expect(factor).toBeCloseTo(4, 0);
});

test("a distribution whose statistics are metrics of their own is listed once, by the strongest", async () => {
  const found = await namesOf([
    shifted("loop_delay_p50_seconds", 60),
    shifted("loop_delay_p99_seconds", 200),
    shifted("loop_delay_stddev_seconds", 100),
    shifted("loop_delay_p99_seconds", 40, START + 8, { job: "other" }),
  ]);
  expect(found).toEqual(["loop_delay_p99_seconds", "loop_delay_p99_seconds"]);
});

test("a series that was always 0 ranks before one that rose by some deviations", async () => {
  const found = await namesOf([
    shifted("slower", 25),
    counter("throttled_total", (i) => (i >= START + 8 ? 3 : 0)),
  ]);
  expect(found).toEqual(["throttled_total", "slower"]);
});

test("counters are compared by their rates, over resets too", async () => {
  let total = 0;
  const reset = series(
    "reset_total",
    (i) => (total = i === START + 10 ? 5 : total + 10 + random.integer(0, 4)),
  );
  const faster = counter("faster_total", (i) => (i >= START + 8 ? 40 : 10) + random.integer(0, 4));
  // Its name does not say that it is a counter.
  const unnamed = counter("unnamed", () => 10 + random.integer(0, 4));
  const found = await changed([reset, faster, unnamed]);
  expect(found).toMatchObject([{ metric: "faster_total", direction: "up" }]);
  expect(found[0]?.factor).toBeCloseTo(42 / 12, 0);
});

test("a counter that appears while its process was there counts from 0", async () => {
  const after = (start: number) => (i: number) =>
    i >= start ? 10 * (i - start) + random.integer(1, 5) : undefined;
  const isNew = { job: "shop", instance: "new" };
  const found = await changed([
    shifted("steady", 0),
    series("errors_total", after(START + 8)),
    // All series of a new process are new.
    series("requests_total", after(START + 8), isNew),
    series("memory", (i) => (i >= START + 8 ? 100 : undefined), isNew),
  ]);
  expect(found).toMatchObject([{ metric: "errors_total", direction: "up", factor: Infinity }]);
});

test("a series that vanishes in the first half of the window is left out", async () => {
  const until = (end: number) => (i: number) =>
    i < end ? 100 + noise(random) + (i >= START ? 90 : 0) : undefined;
  expect(await namesOf([series("early", until(START + 10)), series("late", until(START + 30))])).toEqual([
    "late",
  ]);
});

test("a constant that hardly changes is usual, one that changes a lot is not", async () => {
  const step = (from: number, to: number) => (i: number) => (i >= START + 8 ? to : from);
  const all = [
    series("workers", step(19, 20)),
    series("nodes", step(5, 4)),
    series("bytes", step(500, 450)),
    series("queue", step(0, 500)),
    series("connections", step(10, 0)),
    series("always_zero", () => 0),
    series("version", () => 3),
    series("start_time_seconds", step(1_700_000_000, 1_700_003_600)),
  ];
  expect((await namesOf(all)).toSorted()).toEqual(["connections", "nodes", "queue"]);
});

test("values that are not finite and gaps are left out, without an error", async () => {
  const odd = (value: number) => (i: number) =>
    i % 7 === 0 ? value : 100 + noise(random) + (i >= START + 8 ? 50 : 0);
  const found = await namesOf([
    series("not_a_number", odd(Number.NaN)),
    series("infinite", odd(Infinity)),
    series("gaps", (i) => (i % 5 < 2 ? undefined : 100 + noise(random) + (i >= START + 8 ? 50 : 0))),
    series("only_nan", () => Number.NaN),
    series("one_sample", (i) => (i === START ? 1 : undefined)),
    { labels: { __name__: "none" }, times: new Float64Array(), values: new Float64Array() },
  ]);
  expect(found.toSorted()).toEqual(["gaps", "infinite", "not_a_number"]);
});

test.each([1e300, 1e-300, Number.MAX_VALUE / 200])(
  "values of the size of %d are compared, too",
  async (size) => {
    const scaled = (name: string, shift: number): SampleSeries =>
      series(name, (i) => (100 + 3 * noise(random) + (i >= START + 8 ? shift : 0)) * (size / 100));
    expect(await namesOf([scaled("cause", 90), scaled("other", 0)])).toEqual(["cause"]);
  },
);

test("stale markers do not count as values", async () => {
  const values = shifted("ended", 0);
  const stale = new Uint8Array(LENGTH);
  for (let i = START + 30; i < LENGTH; i++) [stale[i], values.values[i]] = [1, 1e9];
  expect(await namesOf([{ ...values, stale }])).toEqual([]);
});

test("samples faster than the cells of the comparison, and slower ones, are compared", async () => {
  const times = Float64Array.from({ length: 3_600 }, (_, i) => secondsOf(0) * 1_000 + i * 1_000);
  const values = Float64Array.from(times, (_, i) => 100 + 3 * noise(random) + (i >= 3_000 ? 90 : 0));
  const fast = { labels: { __name__: "each_second", job: "shop" }, times, values };
  const slow = series("each_minute", (i) =>
    i % 4 === 0 ? 100 + 3 * noise(random) + (i >= START ? 90 : 0) : undefined,
  );
  expect((await namesOf([fast, slow, shifted("other", 0)])).toSorted()).toEqual([
    "each_minute",
    "each_second",
  ]);
});

test("without data, with too short a baseline or too few samples, nothing is listed", async () => {
  expect(await namesOf([])).toEqual([]);
  const late = series("late", (i) => (i >= START - 40 ? 100 + (i >= START + 8 ? 90 : 0) : undefined));
  expect(await namesOf([late])).toEqual([]);
  const source = new MemorySource([shifted("cause", 100)]);
  const short = { from: secondsOf(LENGTH - 3), to: secondsOf(LENGTH - 1) };
  expect(await correlate({ source, metric: "alerting", ...short })).toEqual([]);
  const long = { from: secondsOf(-10_000), to: secondsOf(LENGTH - 1) };
  expect(await correlate({ source, metric: "alerting", ...long })).toEqual([]);
});

test("random walks, bursts, seasons and noise that go on as before are hardly ever listed", async () => {
  const own = new Random(4);
  const all = Array.from({ length: 400 }, (_, number) => {
    let walk = 0;
    const kinds: readonly ((i: number) => number)[] = [
      () => (walk += noise(own)),
      () => 10 + noise(own) + (own.chance(0.03) ? 200 * own.share() : 0),
      (i) => 50 + 10 * Math.sin(i / (4 + (number % 40))) + noise(own),
      () => 100 + 10 * noise(own),
    ];
    return series(`series_${number}`, (i) => kinds[number % kinds.length]?.(i));
  });
  expect((await changed(all)).length).toBeLessThanOrEqual(1);
});

test("invalid questions throw with all problems", async () => {
  const source = new MemorySource([]);
  await expect(correlate({ source, metric: "", from: 2, to: 1, maxResults: 0 })).rejects.toThrow(
    /metric must be.*\n?.*maxResults must be/s,
  );
  await expect(correlate({ source, metric: "x", from: 2, to: 1 })).rejects.toThrow(
    "to must be after from, got 1",
  );
  await expect(correlate({ source, metric: "x", from: "yesterday", to: 1 })).rejects.toThrow(
    "from must be a Date",
  );
});

test("a process whose series all ended is listed once, as a fall to nothing", async () => {
  const end = START + 10;
  const of = (instance: string, name: string): SampleSeries =>
    series(name, (i) => (instance === "worker-2" && i >= end ? undefined : 100 + 3 * noise(random)), {
      job: "shop",
      instance,
    });
  const all = ["worker-1", "worker-2", "worker-3"].flatMap((instance) =>
    ["queue_size", "target_info", "used_bytes"].map((name) => of(instance, name)),
  );
  const found = await changed(all);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({
    metric: "target_info",
    labels: { job: "shop", instance: "worker-2" },
    direction: "down",
    factor: 0,
  });
  // If all samples are a little later, nothing has ended.
  const late = all.map((each) => ({ ...each, times: each.times.map((time) => time + 1) }));
  expect(await changed([...late.slice(0, 3), ...late.slice(6)])).toEqual([]);
});

test("a count that begins to rise is almost certain, also if it rose once at the start", async () => {
  const throttled = (atStart: number): SampleSeries =>
    counter("throttled_total", (i) => (i === 2 ? atStart : i >= START + 8 ? 10 : 0));
  for (const atStart of [0, 3]) {
    const [found] = await changed([throttled(atStart), shifted("other", 0)]);
    expect(found).toMatchObject({ metric: "throttled_total", direction: "up" });
    expect(found?.strength).toBeGreaterThan(0.8);
  }
});

test("the time since a start is not compared, nor what alerts and anomalies say", async () => {
  const late = (i: number): number => (i >= START + 4 ? 8 * noise(random) : 0);
  const names = ["process_uptime_seconds", "system_uptime", "alerts_active", "ALERTS", "anomaly_score"];
  const all = names.map((name) => series(name, (i) => 15 * i + late(i)));
  expect(await namesOf([...all, series("uptimes", (i) => 15 * i + late(i))])).toEqual(["uptimes"]);
});
