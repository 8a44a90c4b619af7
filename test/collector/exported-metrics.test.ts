// The metrics of a snapshot by name, and as text for parsers.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MeterProvider as UpstreamMeterProvider } from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { type Options, running, start } from "tachymeter";
import {
  type MetricDescription,
  MetricsExporter,
  type MetricsSource,
  MultiExporter,
  setupMessagingHooks,
  type Snapshot,
  TelemetryCollector,
} from "tachymeter/facades";
import { JSONExporter } from "tachymeter/json";
import { PrometheusAdapter } from "tachymeter/prometheus";
import { afterEach, expect, test } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { newFolder } from "../kit/new-folder.ts";
import { isLong, seed } from "../kit/test-length.ts";
import { unreadable } from "../servers/check-metrics.ts";
import { needs, needsPythonClient } from "../servers/needs.ts";
import { readByPython } from "../servers/python-client.ts";
import { quietDiag } from "../readers/prometheus/serving/serving.ts";

afterEach(() => running()?.shutdown());

/** Notes for each metric of a source what the source knows about it. */
class Descriptions extends MetricsExporter {
  readonly found = new Map<string, MetricDescription | undefined>();

  override async exportMetrics(source: MetricsSource): Promise<void> {
    for (const key of Object.keys((await source.getSnapshot()).metrics)) {
      const name = key.split("{", 1)[0] ?? "";
      this.found.set(name, source.getMetric?.(name));
    }
  }
}

const sources: Readonly<Record<string, () => TelemetryCollector>> = {
  "the running collector": () => started({}),
  "the running collector on another SDK": () =>
    started({ createMeterProvider: (parts) => new UpstreamMeterProvider(parts) }),
  "a collector alone": () => {
    const collector = new TelemetryCollector();
    setupMessagingHooks(collector).processed("invoices", 0.1);
    collector.recordEvent("order_placed");
    collector.registerHistogram("cart_size", "Items in a cart").observe(3);
    return collector;
  },
};

function started(options: Options): TelemetryCollector {
  const { collector, messaging, kernels, meterProvider } = start({ readers: [], ...options });
  messaging.sent("invoices");
  messaging.processed("invoices", 0.1);
  kernels.recordReceive("resizer");
  collector.recordEvent("order_placed");
  collector.registerCounter("orders_total", "Orders placed").increment();
  const meter = meterProvider.getMeter("shop");
  meter.createHistogram("cart.value", { unit: "USD", description: "Value of a cart." }).record(7);
  meter.createUpDownCounter("open.carts").add(2);
  return collector;
}

test.for(Object.entries(sources))(
  "%s knows the type of each metric that it exports, and its text is readable",
  async ([, make], context) => {
    needs(context, "promtool");
    const collector = make();
    const file = join(newFolder("exported"), "metrics.prom");
    const descriptions = new Descriptions();
    const snapshot = await collector.getSnapshot();
    const source: MetricsSource = {
      getSnapshot: async () => snapshot,
      getMetric: (name) => collector.getMetric(name),
    };
    await new MultiExporter([descriptions, new PrometheusAdapter(file)]).exportMetrics(source);
    const unknown = [...descriptions.found].flatMap(([name, metric]) => (metric === undefined ? [name] : []));
    expect(unknown).toEqual([]);
    const text = readFileSync(file, "utf8");
    expect(unreadable(text)).toBe("");
    const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
    expect(Object.fromEntries(types)).toEqual(
      Object.fromEntries([...descriptions.found].map(([name, metric]) => [name, metric?.kind])),
    );
  },
);

test("a metric that is recorded elsewhere is described by name, and values are not recorded to it", async () => {
  const collector = started({ runtime: false, host: false });
  expect(collector.getMetric("cart_value_USD")).toBeUndefined();
  await collector.getSnapshot();
  const warnings = collectWarnings();
  const metric = collector.getMetric("cart_value_USD");
  expect(metric).toMatchObject({ kind: "histogram", unit: "USD", description: "Value of a cart." });
  for (let i = 0; i < 2; i++) if (metric?.kind === "histogram") metric.observe(1);
  const { metrics } = await collector.getSnapshot();
  expect(metrics["cart_value_USD"]).toMatchObject({ value: { count: 1, sum: 7 } });
  expect(warnings).toEqual([
    'histogram "cart_value_USD": recorded elsewhere and cannot be changed by name; use the facade or instrument that records it; this is logged once',
  ]);
  expect(collector.getMetric("open_carts")?.kind).toBe("gauge");
});

test("any snapshot of any source is text that parsers read, in both formats, and JSON", async (context) => {
  needs(context, "promtool");
  needsPythonClient(context);
  quietDiag();
  const folder = newFolder("any-snapshot");
  const plain = join(folder, "text.prom");
  const openMetrics = join(folder, "openmetrics.prom");
  const json = join(folder, "metrics.json");
  const exporter = new MultiExporter([
    new PrometheusAdapter(plain),
    new PrometheusAdapter(openMetrics, { format: "openmetrics" }),
    new JSONExporter(json),
  ]);
  const inOpenMetrics: string[] = [];
  for (const source of fc.sample(anySource, { seed, numRuns: isLong ? 200 : 5 })) {
    await exporter.exportMetrics(source);
    expect(unreadable(readFileSync(plain, "utf8"))).toBe("");
    inOpenMetrics.push(readFileSync(openMetrics, "utf8"));
    const { metrics } = await source.getSnapshot();
    expect(Object.keys(JSON.parse(readFileSync(json, "utf8")).metrics)).toEqual(Object.keys(metrics));
  }
  expect(readByPython(inOpenMetrics).map(({ error }) => error)).toEqual(inOpenMetrics.map(() => ""));
});

const text = fc.string({ unit: "binary", maxLength: 8 });
const bases = ["a", "a.b", "a_b", "9", "", "ü", "__proto__", "x y", "le", "a:b"];
const names = fc.oneof(
  fc.tuple(fc.constantFrom(...bases), fc.constantFrom("", "_total", "_bucket", "_count", "_sum")),
  fc.tuple(text, fc.constant("")),
);
const labels = fc.dictionary(
  fc.oneof(fc.constantFrom("le", "quantile", "__name__", "", "1", "a.b", "a_b"), text),
  fc.oneof(text, fc.double(), fc.boolean()),
  { maxKeys: 3 },
);
const number = fc.oneof(fc.double(), fc.maxSafeInteger(), fc.constantFrom("NaN", "+Inf", "-Inf"));
const histogram = fc
  .record({
    bounds: fc.array(
      fc.oneof(fc.double({ noNaN: true }).map(String), fc.constantFrom("-0", "0", "1", "1.0")),
    ),
    counts: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
    sum: fc.double(),
    extremes: fc.option(fc.double()),
  })
  .map(({ bounds, counts, sum, extremes }) => {
    const sorted = counts.toSorted((left, right) => left - right);
    const rising = bounds.toSorted((left, right) => Number(left) - Number(right));
    const count = sorted.at(-1)!;
    const buckets = Object.fromEntries(rising.map((bound, i) => [bound, sorted[i]!]));
    return { count, sum, min: extremes, max: extremes, buckets: { ...buckets, "+Inf": count } };
  });
const description: fc.Arbitrary<MetricDescription | undefined> = fc.option(
  fc.record({
    kind: fc.constantFrom("counter", "gauge", "histogram"),
    description: text,
    unit: fc.oneof(fc.constantFrom("", "s", "By", "1"), text),
  }),
  { nil: undefined },
);

const anySource: fc.Arbitrary<MetricsSource> = fc
  .array(fc.tuple(names, labels, fc.oneof(number, histogram), description), {
    minLength: 100,
    maxLength: 200,
  })
  .map((drawn) => {
    const metrics: Record<string, Snapshot["metrics"][string]> = {};
    const described = new Map<string, MetricDescription | undefined>();
    for (const [[base, ending], given, value, known] of drawn) {
      const name = base + ending;
      const key = `${name}{${JSON.stringify(given)}}`;
      Object.defineProperty(metrics, key, {
        value: { value, labels: given, timestamp: 1 },
        enumerable: true,
        configurable: true,
      });
      if (!described.has(name)) described.set(name, known);
    }
    const snapshot = { timestamp: 1, metrics, events_count: 0, running: false };
    return { getSnapshot: async () => snapshot, getMetric: (name) => described.get(name) };
  });
