// Metrics in a real server, through an outage of that server.
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from "tachymeter/metrics";
import { OtlpExporter } from "tachymeter/otlp";
import { expect, onTestFinished, test } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { type StoredSeries, VictoriaMetrics } from "../../servers/victoria-metrics.ts";
import { newFolder } from "../../kit/new-folder.ts";

// The server keeps all samples of a series: each collection must be present with its values.
test("VictoriaMetrics has every collection, also those of its own outage", async (context) => {
  const server = await VictoriaMetrics.start(context);
  collectWarnings();
  const { record, collect } = recorder(server.otlpUrl);
  const expected: Sample[] = [];
  const step = async (durations: readonly number[], timeoutMillis?: number): Promise<void> => {
    expected.push(sampleAfter(expected.at(-1), durations));
    record(durations);
    await collect(timeoutMillis);
  };

  // Smallest and largest first, so that the exponential histogram keeps its scale.
  await step([0, 0.48, 1_200]);
  await step([7]);
  await expect.poll(() => ordersOf(server)).toEqual(expected.map(({ orders }) => orders));
  await server.goAway();
  for (let i = 1; i <= 4; i++) {
    await expect(step([i * 1.03, i * 300, 0.48], 500)).rejects.toThrow("timed out");
  }
  await server.comeBack();
  await step([7]);
  await expect.poll(() => ordersOf(server)).toEqual(expected.map(({ orders }) => orders));

  const stored = await server.stored('{"service.name"="shop"}');
  const valuesOf = (name: string, label = "", value = "") =>
    stored.find((series) => series.name === name && (label === "" || series.labels[label] === value))?.values;
  expect(valuesOf("open")).toEqual(expected.map(({ orders }) => -orders));
  expect(valuesOf("level")).toEqual(expected.map(({ orders }) => orders / 8));
  for (const name of ["explicit", "exponential"]) {
    expect(valuesOf(`${name}_count`)).toEqual(expected.map(({ durations }) => durations.length));
    expect(valuesOf(`${name}_sum`)).toEqual(
      expected.map(({ durations }) => expect.closeTo(sum(durations), 9)),
    );
  }
  for (const bound of [1, 5, Infinity]) {
    const le = bound === Infinity ? "+Inf" : String(bound);
    const counts = expected.map(({ durations }) => durations.filter((each) => each <= bound).length);
    expect(valuesOf("explicit_bucket", "le", le)).toEqual(counts);
  }
  const ranges = stored.filter(({ name }) => name === "exponential_bucket");
  expect(ranges.length).toBe(new Set(expected.at(-1)?.durations).size);
  for (const { labels, values } of ranges) {
    const [low = 0, high = 0] = (labels["vmrange"] ?? "").split("...").map(Number);
    const counts = expected.map(
      ({ durations }) => durations.filter((each) => each >= low && each <= high).length,
    );
    // A bucket exists once it has a count.
    expect(values).toEqual(counts.filter((count) => count > 0));
  }
  expect(await server.query("max_over_time(orders[10m])", "shop")).toEqual({ a: expected.at(-1)?.orders });
});

/** Expected sample of one collection. */
interface Sample {
  readonly orders: number;
  readonly durations: readonly number[];
}

function sampleAfter(before: Sample | undefined, durations: readonly number[]): Sample {
  return {
    orders: (before?.orders ?? 0) + durations.length,
    durations: [...(before?.durations ?? []), ...durations],
  };
}

function recorder(url: string) {
  const directory = newFolder("outbox");
  const exporter = new OtlpExporter({ url, outbox: { directory } });
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const exponential = {
    instrumentName: "exponential",
    aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
  };
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ "service.name": "shop" }),
    readers: [reader],
    views: [exponential],
  });
  onTestFinished(() => provider.shutdown());
  const meter = provider.getMeter("test");
  const orders = meter.createCounter("orders");
  const open = meter.createUpDownCounter("open");
  const level = meter.createGauge("level");
  const histograms = [
    meter.createHistogram("explicit", { advice: { explicitBucketBoundaries: [1, 5] } }),
    meter.createHistogram("exponential"),
  ];
  let total = 0;
  return {
    record: (durations: readonly number[]): void => {
      total += durations.length;
      orders.add(durations.length, { shop: "a" });
      open.add(-durations.length);
      level.record(total / 8);
      for (const each of durations) for (const histogram of histograms) histogram.record(each);
    },
    collect: (timeoutMillis = 60_000) => provider.forceFlush({ timeoutMillis }),
  };
}

async function ordersOf(server: VictoriaMetrics): Promise<StoredSeries["values"]> {
  const [orders] = await server.stored('{__name__="orders"}');
  return orders?.values ?? [];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
