// OpenMetrics 2.0.0-rc0: https://prometheus.io/docs/specs/om/open_metrics_spec_2_0/
import { once } from "node:events";
import { createServer } from "node:http";
import { AggregationType, MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import fc from "fast-check";
import { expect, test } from "vitest";
import { addressOf } from "../../../kit/address-of.ts";
import { randomAttributes } from "../../../kit/random-metrics.ts";
import {
  counter,
  exponentialHistogram,
  gauge,
  histogram,
  resourceMetrics,
  scope,
} from "../../resource-metrics.ts";
import { exponential } from "../protobuf/read-protobuf.ts";
import { rendered, renderedBytes, walkedProvider } from "../rendered.ts";
import { type Composite, parseOpenMetrics2 } from "./parse-openmetrics2.ts";
import { parseText } from "./parse-text.ts";
import { runs } from "../../../kit/test-length.ts";

const format = "openmetrics-2.0.0";
const EXPONENTIAL = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
const views = [{ instrumentName: "*exponential*", aggregation: EXPONENTIAL }];

test("a histogram is one line, names are those of samples, and types, units and help are in this order", async () => {
  const metrics = resourceMetrics(
    [
      scope("shop", [
        counter({ name: "request.size", unit: "By", description: 'Of "all".' }, [{ method: "GET" }, 3]),
        gauge({ name: "temperature", unit: "Cel" }, [{}, 21.5]),
        histogram({ name: "wait", unit: "s" }, [0.5, 1, 1e6], [1, 0, 2, 1]),
      ]),
    ],
    { "service.name": "x" },
  );
  expect(await rendered(metrics, { format })).toBe(String.raw`# TYPE target_info info
# HELP target_info Target metadata
target_info{service_name="x"} 1
# TYPE request_size_bytes_total counter
# UNIT request_size_bytes_total bytes
# HELP request_size_bytes_total Of \"all\".
request_size_bytes_total{method="GET",otel_scope_name="shop"} 3
# TYPE temperature_celsius gauge
# UNIT temperature_celsius celsius
# HELP temperature_celsius temperature
temperature_celsius{otel_scope_name="shop"} 21.5
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
# HELP wait_seconds wait
wait_seconds{otel_scope_name="shop"} {count:4,sum:0,bucket:[0.5:1,1.0:1,1e+06:3,+Inf:4]}
# EOF
`);
  const utf8 = await rendered(metrics, { format, escaping: "allow-utf-8", strategy: "NoTranslation" });
  expect(utf8).toContain('{"request.size",method="GET",otel_scope_name="shop"} 3\n');
  expect([...parseOpenMetrics2(utf8).units]).toContainEqual(["request.size", "bytes"]);
});

test("samples have their start, and exemplars of all buckets", async () => {
  const { provider, collect } = walkedProvider({ views, exemplarFilter: "always_on" });
  const meter = provider.getMeter("m");
  const before = Date.now() / 1_000;
  meter.createCounter("orders").add(2, { shop: "north" });
  meter.createGauge("load").record(1);
  const wait = meter.createHistogram("wait", { advice: { explicitBucketBoundaries: [1, 10] } });
  for (const value of [0.5, 5, 50]) wait.record(value);
  meter.createHistogram("exponential").record(3);
  const { samples } = parseOpenMetrics2(
    await rendered(await collect(), { format, timestamps: true, targetInfo: false, scopeLabels: false }),
  );
  const after = Date.now() / 1_000;
  const of = (name: string) => samples.find((sample) => sample.name === name)!;
  for (const name of ["orders_total", "wait", "exponential"]) {
    expect(of(name).start).toBeGreaterThanOrEqual(Math.floor(before));
    expect(of(name).start).toBeLessThanOrEqual(after);
  }
  expect(of("load").start).toBeUndefined();
  expect(of("load").time).toBeGreaterThanOrEqual(Math.floor(before));
  expect(of("orders_total").exemplars.map(({ value }) => value)).toEqual([2]);
  expect(of("wait").exemplars.map(({ value }) => value)).toEqual([0.5, 5, 50]);
  expect(of("exponential").exemplars.map(({ value }) => value)).toEqual([3]);
});

test("any collection keeps to the grammar, and has the figures of text 0.0.4", async () => {
  const recording = fc.record({
    attributes: randomAttributes,
    value: fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
    kind: fc.constantFrom("counter", "gauge", "histogram"),
    name: fc.constantFrom("a", "a.b", "a_b", "a.count"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(recording), async (recordings) => {
      const { provider, collect } = walkedProvider({ exemplarFilter: "always_on" });
      const meter = provider.getMeter("m", "1");
      for (const { attributes, value, kind, name } of recordings) {
        const full = `${kind}.${name}`;
        if (kind === "counter") meter.createCounter(full).add(Math.abs(value), attributes);
        else if (kind === "gauge") meter.createGauge(full).record(value, attributes);
        else meter.createHistogram(full).record(Math.abs(value), attributes);
      }
      const collection = await collect();
      const { samples, types } = parseOpenMetrics2(await rendered(collection, { format }));
      const text = parseText(await rendered(collection));
      const expanded = samples.flatMap(({ name, labels, value }) =>
        typeof value === "number" ? [{ name, labels, value }] : expandedHistogram(name, labels, value),
      );
      expect(expanded.map(shown).toSorted()).toEqual(text.samples.map(shown).toSorted());
      expect([...types.keys()]).toEqual([...text.types.keys()]);
    }),
    { numRuns: runs(60) },
  );
});

test.each([
  [
    { scale: 10, positive: [-5, 1, 2, 3, 4, 5, 6], negative: [3, 7, 8] },
    "{count:36,sum:1.5,schema:8,zero_threshold:0,zero_count:0,negative_spans:[1:2],negative_buckets:[7,8],positive_spans:[-1:3],positive_buckets:[1,14,6]}",
  ],
  [
    { positive: [3, 10, 0, 0, 20, 0, 0, 0, 5] },
    "{count:35,sum:1.5,schema:0,zero_threshold:0,zero_count:0,positive_spans:[4:4,3:1],positive_buckets:[10,0,0,20,5]}",
  ],
  [{ positive: [0], zeroCount: 2 }, "{count:2,sum:1.5,schema:8,zero_threshold:0,zero_count:2}"],
  // Without a native form: a scale below -4.
  [{ scale: -5, positive: [0, 3] }, "{count:3,sum:1.5,bucket:[1.0:0,4.294967296e+09:3,+Inf:3]}"],
])("the exponential histogram %j is %s", async (given, value) => {
  const metrics = resourceMetrics([scope("", [exponentialHistogram({ name: "e" }, exponential(given))])]);
  const text = await rendered(metrics, { format, targetInfo: false, scopeLabels: false });
  expect(text).toContain(`\ne ${value}\n`);
  parseOpenMetrics2(text);
});

test("each measurement of a native histogram is in the bucket around it", async () => {
  const value = fc.oneof(
    fc.double({ noNaN: true, min: 1e-300, max: 1e6 }),
    fc.constantFrom(0, 1, 2, 0.25, 1024),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 40 }), async (values) => {
      const { provider, collect } = walkedProvider({ views });
      const instrument = provider.getMeter("m").createHistogram("exponential");
      for (const each of values) instrument.record(each);
      const { samples } = parseOpenMetrics2(await rendered(await collect(), { format, targetInfo: false }));
      const composite = samples[0]!.value;
      if (typeof composite === "number" || composite.native === undefined) throw new Error("not native");
      const { schema, positive, zeroCount } = composite.native;
      const factor = 2 ** (2 ** -schema);
      expect(composite.count).toBe(values.length);
      expect(zeroCount).toBe(values.filter((each) => each === 0).length);
      const within = (each: number, index: number): boolean =>
        each > factor ** (index - 1) * (1 - 1e-9) && each <= factor ** index * (1 + 1e-9);
      expect([...positive.values()].reduce((sum, count) => sum + count, 0)).toBe(values.length - zeroCount);
      for (const [index, count] of positive)
        expect(values.filter((each) => within(each, index)).length).toBeGreaterThanOrEqual(count);
    }),
    { numRuns: runs(100) },
  );
});

test("a collection takes fewer bytes than in OpenMetrics 1", async () => {
  const { provider, collect } = walkedProvider();
  const meter = provider.getMeter("shop");
  for (let i = 0; i < 200; i++) {
    meter.createCounter("orders").add(i, { shop: i, country: "nz" });
    meter.createHistogram("wait", { unit: "s" }).record(i, { shop: i, country: "nz" });
  }
  const collection = await collect();
  const size = async (wanted: "openmetrics-1.0.0" | typeof format): Promise<number> =>
    (await renderedBytes(collection, { format: wanted })).length;
  expect(await size(format)).toBeLessThan(0.25 * (await size("openmetrics-1.0.0")));
});

test("it is served to scrapers that ask for version 2.0.0, and only to them", async () => {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  provider.getMeter("m").createCounter("orders").add(1);
  const server = createServer((request, response) => exporter.getMetricsRequestHandler(request, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const scrape = async (accept: string): Promise<readonly [string | null, string]> => {
    const response = await fetch(`http://127.0.0.1:${addressOf(server).port}/`, { headers: { accept } });
    return [response.headers.get("content-type"), await response.text()];
  };
  const [type, text] = await scrape(
    "application/openmetrics-text;version=2.0.0;escaping=allow-utf-8;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5",
  );
  expect(type).toBe("application/openmetrics-text; version=2.0.0; charset=utf-8; escaping=allow-utf-8");
  expect(parseOpenMetrics2(text).types.get("orders_total")).toBe("counter");
  const [older] = await scrape("application/openmetrics-text;version=1.0.0,text/plain;q=0.1");
  expect(older).toContain("version=1.0.0");
  const [unnamed] = await scrape("application/openmetrics-text");
  expect(unnamed).toContain("version=1.0.0");
  server.close();
  await provider.shutdown();
});

function expandedHistogram(
  name: string,
  labels: Readonly<Record<string, string>>,
  { buckets = new Map(), sum, count }: Composite,
): { name: string; labels: Readonly<Record<string, string>>; value: number }[] {
  const ofBuckets = [...buckets].map(([bound, value]) => ({
    name: `${name}_bucket`,
    labels: { ...labels, le: bound === Infinity ? "+Inf" : String(bound) },
    value,
  }));
  return [
    ...ofBuckets,
    { name: `${name}_sum`, labels, value: sum },
    { name: `${name}_count`, labels, value: count },
  ];
}

function shown({ name, labels, value }: { name: string; labels: object; value: number }): string {
  return `${name} ${JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))} ${value}`;
}
