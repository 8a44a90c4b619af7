// Histograms with one Prometheus name wrote their buckets into the columns of other series.
import { AggregationType, MeterProvider } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { LiveColumns } from "../../src/query/live/live-columns.ts";
import { SnapshotReader } from "../../src/readers/reader.ts";
import { collectedColumns } from "../query/live/collected-columns.ts";

type Live = ReturnType<typeof collectedColumns>;

/** The latest values by name and bound; each series once. */
async function latest(series: Live["series"]): Promise<Record<string, number>> {
  const found = (await series()).map(({ labels, values }): [string, number] => [
    [labels["__name__"], labels["le"]].join(" ").trim(),
    values.at(-1)!,
  ]);
  expect(new Set(found.map(([name]) => name)).size).toBe(found.length);
  return Object.fromEntries(found);
}

function histogramOf({ meter }: Live, name: string, bounds: number[]) {
  return meter.createHistogram(name, { advice: { explicitBucketBoundaries: bounds } });
}

const SUMS = {
  "a_b_bucket 1.0": 2,
  "a_b_bucket 2.0": 3,
  "a_b_bucket 3.0": 4,
  "a_b_bucket +Inf": 5,
  a_b_count: 5,
  a_b_sum: 18,
  zzz_total: 9,
};

test("histograms of one name with different boundaries are added up as in Prometheus output", async () => {
  const live = collectedColumns();
  const few = histogramOf(live, "a.b", [1, 2]);
  const more = histogramOf(live, "a_b", [1, 3]);
  for (const value of [1, 2, 9]) few.record(value);
  for (const value of [1, 5]) more.record(value);
  live.meter.createCounter("zzz").add(9);
  for (const seconds of [15, 30]) {
    await live.collect(seconds);
    expect(await latest(live.series)).toEqual({ ...SUMS, "a_b_bucket 3.0": 3 });
  }
});

test("a histogram that comes later is added to the values of the same collection", async () => {
  const live = collectedColumns();
  const few = histogramOf(live, "a.b", [1, 2]);
  live.meter.createCounter("zzz").add(9);
  for (const value of [1, 2, 9]) few.record(value);
  await live.collect(15);
  const more = histogramOf(live, "a_b", [1, 3]);
  for (const value of [1, 3]) more.record(value);
  few.record(2, { other: "series" });
  for (const seconds of [30, 45]) {
    await live.collect(seconds);
    const of = async (name?: string) =>
      (await live.series(name)).filter(({ labels }) => labels["other"] === undefined);
    expect(await latest(of)).toEqual({ ...SUMS, a_b_sum: 16 });
  }
});

test("explicit and exponential histograms of one name are added up as in Prometheus output, in either order", async () => {
  const views = [
    { instrumentName: "a.b", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } } as const,
  ];
  for (const names of [
    ["a_b", "a.b"],
    ["a.b", "a_b"],
  ]) {
    const live = collectedColumns({ views });
    for (const name of names) histogramOf(live, name, [1, 2]).record(2);
    live.meter.createCounter("zzz").add(9);
    for (const seconds of [15, 30]) {
      await live.collect(seconds);
      const values = await latest(live.series);
      expect(values).toMatchObject({ a_b_count: 2, a_b_sum: 4, "a_b_bucket +Inf": 2, zzz_total: 9 });
      expect(values).toMatchObject({ "a_b_bucket 1.0": 0, "a_b_bucket 2.0": 2 });
      expect(values).not.toHaveProperty("a_b");
    }
  }
});

test("boundaries that change between collections keep to the columns of the histogram", async () => {
  const reader = new SnapshotReader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter("test");
  const columns = new LiveColumns({
    maxBytes: 2 ** 20,
    translation: { scopeLabels: false, targetInfo: false },
  });
  meter.createHistogram("x", { advice: { explicitBucketBoundaries: [1, 2, 3] } }).record(1);
  meter.createCounter("zzz").add(9);
  const boundaries = [[1], [1, 3], [1, 2, 3]];
  for (const [i, bounds] of boundaries.entries())
    await reader.collected((collection) => {
      const metrics = collection.metrics.map((metric) =>
        metric.kind === "histogram" ? { ...metric, boundaries: bounds } : metric,
      );
      for (const _ of columns.append({ ...collection, metrics, timeUnixMillis: (i + 1) * 15_000 }));
    });
  const found: string[] = [];
  for await (const { labels, values } of columns.select({ matchers: [], from: 0, to: 60_000 }))
    found.push([labels["__name__"], labels["le"], values.at(-1)].join(" "));
  expect(found.toSorted()).toEqual([
    "x_bucket +Inf 1",
    "x_bucket 1.0 1",
    "x_bucket 2.0 1",
    "x_bucket 3.0 1",
    "x_count  1",
    "x_sum  1",
    "zzz_total  9",
  ]);
});
