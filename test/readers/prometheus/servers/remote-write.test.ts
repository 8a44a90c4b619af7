// Remote write to real receivers: what they answer to queries is what a scrape of the same collection shows.
import { AggregationType, MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter, RemoteWriteExporter, type RemoteWriteOptions } from "tachymeter/prometheus";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { diag } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { PushReader } from "../../../../src/readers/push-reader.ts";
import { canonicalBound } from "../../../../src/translation/bound-text.ts";
import { collectWarnings } from "../../../kit/collect-warnings.ts";
import { listening } from "../../../kit/listening.ts";
import { newFolder } from "../../../kit/new-folder.ts";
import { VictoriaMetrics } from "../../../servers/victoria-metrics.ts";
import { writtenPrometheus } from "../../../servers/written-prometheus.ts";
import { ask } from "../serving/asking.ts";
import { parseText } from "../text/parse-text.ts";
import { ODD_TEXT, sampled, SPAN } from "./application.ts";

interface Samples {
  readonly [series: string]: number;
}

let warnings: readonly string[];
beforeEach(() => void (warnings = collectWarnings()));
afterEach(() => diag.disable());

test.for([
  ["2", ["1.0", "2.0"]],
  ["3", ["2.0"]],
] as const)(
  "Prometheus %s has the samples of every kind of instrument",
  async ([version, versions], context) => {
    const prometheus = await writtenPrometheus(context, version, []);
    const { url, seen } = await watched(`${prometheus}/api/v1/write`);
    const { provider, push, scraped } = application({ url });
    const inSpan = sampled();
    recordAll(provider, inSpan);
    await push();
    expect([...seen].toSorted()).toEqual(versions);
    expect(await samplesIn(prometheus, '{job="shops/shop"}')).toEqual(await scraped());
    const native = 'sizes_bytes{instance="1"}';
    expect(await valueOf(prometheus, `histogram_count(${native})`)).toBe(6);
    expect(await valueOf(prometheus, `histogram_sum(${native})`)).toBe(5_300);
    expect(await valueOf(prometheus, `histogram_quantile(0.5, ${native})`)).toBeCloseTo(100, -1);
    const exemplars = await exemplarsIn(prometheus, '{job="shops/shop"}');
    expect(exemplars).toEqual([
      { ...SPAN, value: 0.5 },
      { ...SPAN, value: 1_027 },
    ]);
    expect(warnings).toEqual([]);
  },
);

test("Prometheus 3 has histograms with custom buckets", async (context) => {
  const prometheus = await writtenPrometheus(context, "3", []);
  const { provider, push } = application({ url: `${prometheus}/api/v1/write`, customBuckets: true });
  const advice = { explicitBucketBoundaries: [1, 2, 4] };
  const wait = provider.getMeter("shop").createHistogram("wait", { unit: "s", advice });
  for (const seconds of [0.5, 1.5, 1.5, 3]) wait.record(seconds);
  await push();
  await push();
  expect(await samplesIn(prometheus, '{__name__=~"wait.+_(bucket|count|sum)"}')).toEqual({});
  expect(await valueOf(prometheus, "histogram_count(wait_seconds)")).toBe(4);
  expect(await valueOf(prometheus, "histogram_sum(wait_seconds)")).toBe(6.5);
  expect(await valueOf(prometheus, "histogram_quantile(0.5, wait_seconds)")).toBe(1.5);
  expect(await valueOf(prometheus, "histogram_fraction(1, 2, wait_seconds)")).toBe(0.5);
  expect(warnings).toEqual([]);
});

test("a series that ends, and all of them after the shutdown, are stale in Prometheus", async (context) => {
  const prometheus = await writtenPrometheus(context, "3", []);
  const { provider, push } = application({ url: `${prometheus}/api/v1/write` });
  const meter = provider.getMeter("shop");
  let tables = ["window", "door"];
  meter.createObservableGauge("guests").addCallback((result) => {
    for (const table of tables) result.observe(2, { table });
  });
  meter.createCounter("orders").add(1);
  await push();
  expect(await valueOf(prometheus, "count(guests)")).toBe(2);
  tables = ["window"];
  await push();
  expect(await valueOf(prometheus, 'count(guests{table="window"})')).toBe(1);
  await expect.poll(() => samplesIn(prometheus, 'guests{table="door"}')).toEqual({});
  tables = ["window", "door"];
  await push();
  await expect.poll(() => valueOf(prometheus, "count(guests)")).toBe(2);
  await provider.shutdown();
  await expect.poll(() => samplesIn(prometheus, '{job="shops/shop"}')).toEqual({});
});

test("VictoriaMetrics has every collection once, also those of its own outage", async (context) => {
  const server = await VictoriaMetrics.start(context);
  const { provider, push, scraped } = application({
    url: server.remoteWriteUrl,
    outbox: { directory: newFolder("outbox"), catchUp: 1_000_000 },
  });
  const orders = provider.getMeter("shop").createCounter("orders");
  const stored = async (): Promise<readonly number[]> => {
    const [series] = await server.stored('orders_total{job="shops/shop"}');
    // Without the marker of the end.
    return series?.values.filter((value) => typeof value === "number") ?? [];
  };
  recordAll(provider, sampled());
  orders.add(1);
  await push();
  await expect.poll(stored).toEqual([1]);
  const names = new Set((await server.stored('{job="shops/shop"}')).map(({ name }) => name));
  const expected = Object.keys(await scraped()).map((series) => series.split("{", 1)[0]!);
  expect(expected.filter((name) => !names.has(name))).toEqual([]);
  await server.goAway();
  for (let i = 0; i < 3; i++) {
    orders.add(1);
    await push(200);
  }
  await server.comeBack();
  orders.add(1);
  await push();
  await expect.poll(stored).toEqual([1, 2, 3, 4, 5]);
});

function application(options: RemoteWriteOptions) {
  const pull = new PrometheusExporter({ preventServerStart: true });
  const exporter = new RemoteWriteExporter(options);
  const reader = new PushReader({
    exporter,
    intervalMillis: 3_600_000,
    timeoutMillis: 30_000,
    onCollection: () => {},
  });
  const provider = new MeterProvider({
    readers: [pull, reader],
    resource: resourceFromAttributes({
      "service.name": "shop",
      "service.namespace": "shops",
      "service.instance.id": "1",
    }),
    views: [{ instrumentName: "sizes", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  onTestFinished(() => provider.shutdown());
  return {
    provider,
    push: (timeoutMillis = 5_000) => reader.forceFlush({ timeoutMillis }).catch(() => {}),
    scraped: async (): Promise<Samples> => {
      const url = await listening((request, response) => {
        pull.getMetricsRequestHandler(request, response);
      }, "/metrics");
      const { samples } = parseText((await ask(url)).body.toString());
      return Object.fromEntries(
        samples
          .filter(({ name, value }) => !name.startsWith("sizes_bytes") && !Number.isNaN(value))
          .map(({ name, labels: { job, ...labels }, value }) => [
            keyOf(name, { ...labels, ...(job && { exported_job: job }), job: "shops/shop", instance: "1" }),
            value,
          ]),
      );
    },
  };
}

function recordAll(provider: MeterProvider, inSpan: ReturnType<typeof sampled>): void {
  const meter = provider.getMeter("shop", "1.4.0", { schemaUrl: "https://example.com/1" });
  const taken = meter.createCounter("orders.taken", {
    unit: "{order}",
    description: "Orders.\nAll of them.",
  });
  taken.add(1_027, { "shop.channel": "web", job: "own", Zone: "north", empty: "" }, inSpan);
  const duration = meter.createHistogram("job.duration", {
    unit: "s",
    advice: { explicitBucketBoundaries: [0.1, 1, 10] },
  });
  for (const seconds of [0.05, 0.25, 2.5, 25]) duration.record(seconds, { queue: "a", zone: "b" });
  duration.record(0.5, { queue: "a", zone: "b" }, inSpan);
  const sizes = meter.createHistogram("sizes", { unit: "By" });
  for (const size of [0, 0, 100, 100, 5_000, 100]) sizes.record(size);
  meter.createUpDownCounter("queue.length").add(-3.25);
  meter.createObservableUpDownCounter("staff").addCallback((result) => result.observe(7));
  meter.createObservableCounter("visits").addCallback((result) => result.observe(2 ** 53));
  meter.createGauge("limits").record(-Infinity);
  meter.createGauge("odd").record(Number.MAX_VALUE, { text: ODD_TEXT.replaceAll("\0", "") });
  // Two attributes of one label.
  meter.createGauge("joined").record(1, { "a.b": "1", a_b: "2" });
}

// Passes requests on, and notes the versions of those that the receiver has stored.
async function watched(target: string) {
  const seen = new Set<string>();
  const url = await listening((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    const passOn = async (): Promise<void> => {
      const { host: _, connection: _connection, ...headers } = request.headers;
      const sent = await fetch(target, {
        method: "POST",
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        body: Buffer.concat(chunks),
      });
      seen.add(headers["x-prometheus-remote-write-version"] === "2.0.0" ? "2.0" : "1.0");
      const written = [...sent.headers].filter(([name]) => name.startsWith("x-"));
      response.writeHead(sent.status, Object.fromEntries(written)).end(await sent.text());
    };
    request.on("end", () => void passOn());
  });
  return { url, seen };
}

async function samplesIn(url: string, expression: string): Promise<Samples> {
  const { data } = await asked(url, "query", { query: expression });
  return Object.fromEntries(
    data.result.flatMap(({ metric: { __name__: name = "", ...labels }, value }) =>
      value === undefined ? [] : [[keyOf(name, labels), Number(value[1].replace("Inf", "Infinity"))]],
    ),
  );
}

async function valueOf(url: string, expression: string): Promise<number | undefined> {
  const { data } = await asked(url, "query", { query: expression });
  const [first] = data.result;
  return first?.value === undefined ? undefined : Number(first.value[1]);
}

async function exemplarsIn(url: string, query: string) {
  const now = Date.now() / 1_000;
  const address = `${url}/api/v1/query_exemplars?${new URLSearchParams({ query, start: String(now - 300), end: String(now + 300) }).toString()}`;
  const { data }: { data: { exemplars: { labels: Record<string, string>; value: string }[] }[] } = JSON.parse(
    await (await fetch(address)).text(),
  );
  return data
    .flatMap(({ exemplars }) => exemplars)
    .map(({ labels, value }) => ({
      traceId: labels["trace_id"],
      spanId: labels["span_id"],
      value: Number(value),
    }))
    .toSorted((a, b) => a.value - b.value);
}

interface Answer {
  readonly data: { readonly result: { metric: Record<string, string>; value?: [number, string] }[] };
}

async function asked(url: string, path: string, parameters: Record<string, string>): Promise<Answer> {
  const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
  return JSON.parse(await response.text());
}

function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels)
    .filter(([, value]) => value !== "")
    .map(
      ([label, value]) =>
        `${label}=${label === "le" ? canonicalBound(Number(value.replace("Inf", "Infinity"))) : value}`,
    );
  return `${name}{${pairs.toSorted().join()}}`;
}
