import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { AggregationType, createAllowListAttributesProcessor, type ViewOptions } from "tachymeter/metrics";
import { diag } from "@opentelemetry/api";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { collectedColumns, pairsOf } from "./collected-columns.ts";
import { runs } from "../../kit/test-length.ts";

afterEach(() => {
  diag.disable();
});

test("a counter has its value of each collection, under its Prometheus name and labels", async () => {
  const { meter, collect, series } = collectedColumns({ translation: { targetInfo: false } });
  const counter = meter.createCounter("http.requests", { unit: "By" });
  counter.add(2, { route: "/", "http.status": 200, empty: "" });
  await collect(15);
  counter.add(3, { route: "/", "http.status": 200, empty: "" });
  await collect(30);
  const found = await series();
  expect(found.map(({ labels }) => labels)).toEqual([
    {
      __name__: "http_requests_bytes_total",
      http_status: "200",
      otel_scope_name: "test",
      route: "/",
    },
  ]);
  expect(pairsOf(found[0])).toEqual([
    [15, 2],
    [30, 5],
  ]);
});

test("labels are sorted by code units, and one named __proto__ is a label", async () => {
  const translation = { scopeLabels: false, targetInfo: false, strategy: "NoTranslation" } as const;
  const { meter, collect, series } = collectedColumns({ translation });
  meter.createCounter("x").add(1, { b: "1", Z: "2", a: "3", ["__proto__"]: "4" });
  await collect(15);
  const [one] = await series();
  expect(Object.entries(one?.labels ?? {})).toEqual([
    ["Z", "2"],
    ["__name__", "x"],
    ["__proto__", "4"],
    ["a", "3"],
    ["b", "1"],
  ]);
});

test("an explicit histogram is its cumulative buckets, its sum and its count", async () => {
  const { meter, collect, series } = collectedColumns();
  const histogram = meter.createHistogram("size", { advice: { explicitBucketBoundaries: [1, 2.5, 1e6] } });
  for (const value of [0.5, 2, 3, 1e7]) histogram.record(value);
  await collect(15);
  const shown = (await series()).map(({ labels, values }) => [
    `${labels["__name__"]}${labels["le"] === undefined ? "" : ` ${labels["le"]}`}`,
    values[0],
  ]);
  expect(shown).toEqual([
    ["size_bucket 1.0", 1],
    ["size_bucket 2.5", 2],
    ["size_bucket 1e+06", 3],
    ["size_bucket +Inf", 4],
    ["size_count", 4],
    ["size_sum", 10_000_005.5],
  ]);
});

test("an exponential histogram is one native histogram in each collection", async () => {
  const view = {
    aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
    instrumentName: "size",
  } as const;
  const { meter, collect, series } = collectedColumns({ views: [view] });
  const histogram = meter.createHistogram("size");
  const samples: { count: number; sum: number }[] = [];
  for (let i = 1; i <= 40; i++) {
    for (let k = 0; k < 5; k++) histogram.record(i * (k + 1));
    histogram.record(0);
    await collect(15 * i);
    samples.push({ count: 6 * i, sum: (15 * i * (i + 1)) / 2 });
  }
  const [one, ...others] = await series();
  expect(others).toEqual([]);
  expect(one?.labels).toEqual({ __name__: "size" });
  const histograms = one?.histograms ?? [];
  expect(histograms.map((each) => ({ count: each?.count, sum: each?.sum }))).toEqual(samples);
  for (const each of histograms) {
    const buckets = each?.positive.counts.reduce((sum, count) => sum + count, 0) ?? 0;
    expect(buckets + (each?.zeroCount ?? 0)).toBe(each?.count);
  }
});

test("a bucket of a native histogram has the upper bound that its index says", async () => {
  const view = {
    aggregation: {
      type: AggregationType.EXPONENTIAL_HISTOGRAM,
      options: { recordMinMax: true, maxSize: 20 },
    },
    instrumentName: "size",
  } as const;
  const { meter, collect, series } = collectedColumns({ views: [view] });
  const histogram = meter.createHistogram("size");
  for (const value of [3, 300]) histogram.record(value);
  await collect(15);
  const native = (await series())[0]?.histograms?.[0];
  const upper = (index: number): number => 2 ** (index * 2 ** -(native?.schema ?? 0));
  const { offset = 0, counts = new Float64Array(0) } = native?.positive ?? {};
  expect(upper(offset - 1)).toBeLessThan(3);
  expect(upper(offset)).toBeGreaterThanOrEqual(3);
  expect(upper(offset + counts.length - 2)).toBeLessThan(300);
  expect(upper(offset + counts.length - 1)).toBeGreaterThanOrEqual(300);
});

test("a series that is no longer collected has a stale marker, and continues when it comes back", async () => {
  const { meter, collect, series } = collectedColumns();
  let isSeen = true;
  meter.createObservableGauge("depth").addCallback((result) => {
    if (isSeen) result.observe(7, { queue: "a" });
    result.observe(1, { queue: "b" });
  });
  const times = Array.from({ length: 40 }, (_, i) => 15 * (i + 1));
  for (const time of times) {
    isSeen = time <= 240 || time > 500;
    await collect(time);
  }
  const a = (await series("depth")).find(({ labels }) => labels["queue"] === "a");
  expect(pairsOf(a)).toEqual([
    ...times.filter((time) => time <= 240).map((time) => [time, 7]),
    [255, "stale"],
    ...times.filter((time) => time > 500).map((time) => [time, 7]),
  ]);
  // Within a range that begins after the last sample.
  expect(pairsOf((await series("depth", 241, 300)).find(({ labels }) => labels["queue"] === "a"))).toEqual(
    [],
  );
});

test("samples are the same after compression as before", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.array(fc.option(fc.oneof(fc.double(), fc.integer(), fc.constant(0.1)), { nil: undefined }), {
          minLength: 3,
          maxLength: 3,
        }),
        { minLength: 1, maxLength: 70 },
      ),
      async (rows) => {
        const { meter, collect, series } = collectedColumns();
        let current: readonly (number | undefined)[] = [];
        meter.createObservableGauge("g").addCallback((result) => {
          for (const [i, value] of current.entries())
            if (value !== undefined && Number.isFinite(value)) result.observe(value, { i });
        });
        for (const [i, row] of rows.entries()) {
          current = row;
          await collect(15 * (i + 1));
        }
        for (const i of [0, 1, 2]) {
          const expected = rows.flatMap((row, at): [number, number | "stale"][] => {
            const isPresent = (value: number | undefined): value is number =>
              value !== undefined && Number.isFinite(value);
            const value = row[i];
            if (isPresent(value)) return [[15 * (at + 1), value]];
            return isPresent(rows[at - 1]?.[i]) ? [[15 * (at + 1), "stale"]] : [];
          });
          const own = (await series("g")).find(({ labels }) => labels["i"] === String(i));
          expect(pairsOf(own)).toEqual(expected);
        }
      },
    ),
    { numRuns: runs(30) },
  );
});

test("series with all samples share one list of times", async () => {
  const { meter, collect, series } = collectedColumns();
  const counter = meter.createCounter("x");
  for (let i = 1; i <= 20; i++) {
    for (const id of [1, 2, 3]) counter.add(i, { id });
    await collect(15 * i);
  }
  const found = await series("x_total");
  expect(found).toHaveLength(3);
  expect(new Set(found.map(({ times }) => times)).size).toBe(1);
});

test("samples older than an hour leave, and the places of ended series are used again", async () => {
  const { meter, collect, columns, series } = collectedColumns();
  let round = 0;
  meter.createObservableGauge("g").addCallback((result) => {
    for (let i = 0; i < 10; i++) result.observe(i, { id: `${Math.floor(round / 100)}-${i}` });
  });
  for (round = 0; round < 1_000; round++) await collect(15 * (round + 1));
  const first = Math.min(...(await series("g")).flatMap(({ times }) => [...times]));
  expect(15 * 1_000 - first / 1_000).toBeGreaterThanOrEqual(3_600);
  expect(15 * 1_000 - first / 1_000).toBeLessThanOrEqual(3_600 + 16 * 15);
  expect(columns.seriesCount).toBeLessThanOrEqual(50);
});

test("beyond the maximum size the oldest samples leave, logged once", async () => {
  const warnings: string[] = [];
  diag.setLogger({
    warn: (text: string) => warnings.push(text),
    error() {},
    info() {},
    debug() {},
    verbose() {},
  });
  const { meter, collect, columns, series } = collectedColumns({ maxBytes: 500_000 });
  const counter = meter.createCounter("x");
  for (let i = 1; i <= 200; i++) {
    for (let id = 0; id < 500; id++) counter.add(Math.sin(i * id) ** 2, { id });
    await collect(15 * i);
  }
  expect(columns.sizeBytes).toBeLessThan(600_000);
  expect(await series("x_total")).toHaveLength(500);
  expect((await series("x_total"))[0]?.times.at(-1)).toBe(3_000_000);
  expect(warnings.filter((text) => text.includes("the oldest of the last hour are dropped"))).toHaveLength(1);
});

test("beyond half of the maximum size further series are left out, logged once", async () => {
  const warnings: string[] = [];
  diag.setLogger({
    warn: (text: string) => warnings.push(text),
    error() {},
    info() {},
    debug() {},
    verbose() {},
  });
  const { meter, collect, columns } = collectedColumns({ maxBytes: 70_000 });
  const counter = meter.createCounter("x");
  for (let id = 0; id < 500; id++) counter.add(1, { id });
  await collect(15);
  await collect(30);
  expect(columns.seriesCount).toBe(100);
  expect(warnings.filter((text) => text.includes("further series are left out"))).toHaveLength(1);
});

test("native histograms stay within the maximum size, and the latest collection stays", async () => {
  const warnings = collectWarnings();
  const maxBytes = 500_000;
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
  const { meter, collect, columns, series } = collectedColumns({
    views: [{ aggregation, instrumentName: "size" }],
    maxBytes,
  });
  const histogram = meter.createHistogram("size");
  for (let i = 1; i <= 100; i++) {
    for (let id = 0; id < 500; id++)
      for (let k = 0; k < 20; k++) histogram.record(1.01 ** ((id * i * 7 + k * 31) % 400), { id });
    await collect(15 * i);
    expect(columns.sizeBytes).toBeLessThan(maxBytes);
    expect((await series("size"))[0]?.times.at(-1)).toBe(15_000 * i);
  }
  // Half of the memory, with 350 bytes a series of four.
  expect(columns.seriesCount).toBe(Math.floor((0.5 * maxBytes) / 350 / 4));
  expect(warnings).toContainEqual(expect.stringContaining("further series are left out"));
});

test("series that are the same in Prometheus alone are added up", async () => {
  const { meter, collect, series } = collectedColumns();
  const counter = meter.createCounter("x");
  counter.add(1, { code: 200 });
  counter.add(2, { code: "200" });
  await collect(15);
  await collect(30);
  expect((await series("x_total")).map(pairsOf)).toEqual([
    [
      [15, 3],
      [30, 3],
    ],
  ]);
});

test("several views of one instrument write their common series once, in any order of the views", async () => {
  const sum = { instrumentName: "x" };
  const explicit = (boundaries: number[]): ViewOptions => ({
    instrumentName: "size",
    aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries } },
  });
  const exponential: ViewOptions = {
    instrumentName: "size",
    aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
  };
  const classic = { size_bucket: [0, 0, 0, 0, 1, 2], size_count: [1, 2], size_sum: [3, 6] };
  for (const [views, shown] of [
    [[explicit([1, 2]), explicit([5])], classic],
    [[explicit([1, 2]), exponential], classic],
    [[exponential, explicit([1, 2])], { size: ["native", "native"] }],
  ] as const) {
    const { meter, collect, series } = collectedColumns({ views: [sum, sum, ...views] });
    const counter = meter.createCounter("x");
    const histogram = meter.createHistogram("size");
    for (const second of [1, 2]) {
      for (const code of [200, "200"]) counter.add(1, { code });
      histogram.record(3);
      await collect(second);
    }
    const found: Record<string, unknown[]> = {};
    for (const { labels, values, histograms } of await series())
      (found[labels["__name__"] ?? ""] ??= []).push(
        ...(histograms ? [...histograms].map(() => "native") : values),
      );
    expect(found).toEqual({ x_total: [2, 4], ...shown });
  }
});

test("a series that only the second view of an instrument has is kept", async () => {
  const views = [
    { instrumentName: "x", attributesProcessors: [createAllowListAttributesProcessor(["a"])] },
    { instrumentName: "x" },
  ];
  const { meter, collect, series } = collectedColumns({ views });
  meter.createCounter("x").add(1, { a: 1, b: 1 });
  meter.createCounter("x").add(2, { a: 1 });
  await collect(15);
  expect((await series("x_total")).map(({ labels, values }) => [labels["b"], ...values])).toEqual([
    [undefined, 3],
    ["1", 1],
  ]);
});

test("half of a surrogate pair in a label is the replacement character, as in a scrape", async () => {
  const { meter, collect, series } = collectedColumns();
  const counter = meter.createCounter("x");
  counter.add(1, { key: "a\ud800" });
  counter.add(2, { key: "a\udc00" });
  await collect(15);
  const found = await series("x_total");
  expect(found.map(({ labels, values }) => [labels["key"], [...values]])).toEqual([["a\ufffd", [3]]]);
});

test("without scope labels the later of two equal series keeps the labels of its scope", async () => {
  const { provider, collect, series } = collectedColumns();
  provider.getMeter("one").createCounter("x").add(1);
  provider.getMeter("two").createCounter("x").add(2);
  await collect(15);
  await collect(30);
  expect((await series("x_total")).map(({ labels, values }) => [labels, [...values]])).toEqual([
    [{ __name__: "x_total" }, [1, 1]],
    [{ __name__: "x_total", otel_scope_name: "two" }, [2, 2]],
  ]);
});

test("times ascend if the clock is set back a little; if it is set back far, the latest counts go on", async () => {
  const warnings = collectWarnings();
  const { meter, collect, series } = collectedColumns();
  const counter = meter.createCounter("x");
  counter.add(1);
  await collect(1_000);
  await collect(999);
  expect(pairsOf((await series("x_total"))[0]).map(([time]) => time)).toEqual([1_000, 1_000.001]);
  expect(warnings).toEqual([]);
  counter.add(2);
  await collect(500);
  expect(pairsOf((await series("x_total"))[0])).toEqual([
    [499.998, 1],
    [499.999, 1],
    [500, 3],
  ]);
  await collect(100);
  expect(warnings).toEqual([expect.stringContaining("the clock was set back")]);
});

test("an exponential histogram without a sum has classic buckets, as Prometheus scrapes it", async () => {
  const view = {
    aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
    instrumentName: "level",
  } as const;
  const { meter, collect, series } = collectedColumns({ views: [view] });
  const counter = meter.createUpDownCounter("level");
  counter.add(4);
  await collect(15);
  counter.add(-4);
  await collect(30);
  const names = new Set((await series()).map(({ labels }) => labels["__name__"]));
  expect(names).toEqual(new Set(["level_bucket", "level_count"]));
  const whole = (await series("level_bucket")).find(({ labels }) => labels["le"] === "+Inf");
  expect(pairsOf(whole)).toEqual([
    [15, 1],
    [30, 2],
  ]);
});
