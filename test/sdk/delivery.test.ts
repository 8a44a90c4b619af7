import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type OtlpAnswer, type OtlpMetric, metricsOf, otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { freePort, runNode, scrape } from "../kit/process.ts";
import { newFolder } from "../kit/new-folder.ts";

beforeAll(packedProject);

const flags = ["--import", "tachymeter/register"];

const tooLate = /attempts failed since .*no response within 0\.25 s/;
const waiting = /^telemetry_outbox_size_bytes(?:\{.*\})? [1-9]\d+$/m;
const rejected = /^telemetry_outbox_dropped_total\{.*reason="rejected".*\} [1-9]\d*$/m;
const delivered = /^otel_sdk_exporter_metric_data_point_exported_total\{(?!.*error_type).*\} [1-9]\d*$/m;

const refused = [/data points dropped, .*responded with 400/];

test.each<[string, protocol: string, OtlpAnswer | "down", figures: RegExp, logged: readonly RegExp[]]>([
  ["is down", "http/protobuf", "down", waiting, [/attempts failed since .*ECONNREFUSED/]],
  ["hangs", "http/protobuf", "hang", waiting, [tooLate]],
  ["responds with 500", "http/protobuf", 500, waiting, [/attempts failed since .*responded with 500/]],
  ["responds with garbage", "http/protobuf", "garbage", delivered, []],
  ["refuses for good", "http/protobuf", 400, rejected, refused],
  ["refuses for good", "http/json", 400, rejected, refused],
])(
  "a collector that %s over %s neither slows the application nor stops the Prometheus endpoint",
  async (_, protocol, answer, figures, logged) => {
    const receiver = await otlpReceiver();
    if (answer === "down") await receiver.close();
    else receiver.answer = answer;
    const port = await freePort();
    const cwd = await application({
      "app.mjs": `import { metrics } from "@opentelemetry/api";
      const counter = metrics.getMeter("shop").createCounter("ticks");
      let ticks = 0;
      setInterval(() => {
        ticks++;
        counter.add(1);
      }, 10);
      setInterval(() => {
        console.log("ticks:", ticks);
        ticks = 0;
      }, 3_000);`,
    });
    const child = runNode({
      cwd,
      args: [...flags, "app.mjs"],
      env: {
        OTEL_METRICS_EXPORTER: "otlp,prometheus",
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_METRIC_EXPORT_INTERVAL: "250",
        OTEL_EXPORTER_OTLP_TIMEOUT: "250",
        OTEL_EXPORTER_PROMETHEUS_PORT: `${port}`,
        // Late readings on a busy machine do not count.
        TACHYMETER_HOST: "false",
      },
    });
    // Waiting for the collector would block the event loop, forever if it hangs. Without blocking there are 300 turns;
    // on a busy machine there are still many, at least once.
    await child.waitForOutput(/ticks: (?:[5-9]\d|\d{3,})$/m);
    const text = (): Promise<string> => scrape(`http://127.0.0.1:${port}/metrics`);
    await expect.poll(text).toMatch(figures);
    expect(await text()).toMatch(/^ticks_total\{.*\} [1-9]\d+$/m);
    // Data that no collector has accepted does not count as delivered.
    expect(delivered.test(await text())).toBe(figures === delivered);
    // Like the metrics, from a separate attempt, which may not have finished yet on a busy machine.
    for (const line of logged) await child.waitForOutput(line);
    const errors = child.stderr.split("\n").filter((line) => line.includes("error:"));
    // On a busy machine any receiver may be too late once.
    const others = errors.filter((error) => ![...logged, tooLate].some((line) => line.test(error)));
    expect(others).toEqual([]);
  },
);

test("a collector that takes longer than an interval receives nothing twice", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = { afterMillis: 600 };
  const cwd = await application({
    "app.mjs": `import { metrics } from "@opentelemetry/api";
      metrics.getMeter("shop").createCounter("orders").add(5);
      setInterval(() => {}, 1_000);`,
  });
  runNode({
    cwd,
    args: [...flags, "app.mjs"],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta",
      OTEL_METRIC_EXPORT_INTERVAL: "200",
    },
  });
  await receiver.waitForRequest(() => receiver.requests.length === 4);
  const orders = receiver.requests
    .flatMap(({ body }) => metricsOf(body))
    .filter(({ name }) => name === "orders");
  expect(orders.map(({ points }) => points)).toEqual([[expect.objectContaining({ value: 5 })]]);
});

test("the JSON document, the scrape and the OTLP request of one moment agree series by series", async () => {
  const receiver = await otlpReceiver();
  const port = await freePort();
  const file = join(newFolder("delivery"), "metrics.json");
  const cwd = await application({
    "app.mjs": `import { metrics } from "@opentelemetry/api";
      import { running } from "tachymeter";
      const { coordination, messaging, health, kernels, collector } = running();
      const shop = metrics.getMeter("shop");
      const orders = shop.createCounter("orders", { unit: "{order}" });
      for (const channel of ["web", "app", "fax"]) orders.add(channel.length, { channel });
      shop.createUpDownCounter("queue", { unit: "By" }).add(-3);
      shop.createGauge("temperature", { unit: "Cel" }).record(21.5, { room: 'the "cellar"' });
      const duration = shop.createHistogram("duration", { unit: "ms" });
      for (const value of [1, 20, 300, 40_000]) duration.record(value, { route: "/" });
      messaging.destination("jobs", { system: "mqtt" }).sent(4);
      messaging.processed("jobs", 0.2, new RangeError("no"));
      coordination.join("a"); coordination.message("ping", { latency: 0.01 }); coordination.leaderChanged("a");
      health.set("database", "degraded");
      kernels.launch("k"); kernels.recordReceive("k"); kernels.recordProcessed("k");
      collector.registerCounter("requests_total", "Requests.", ["method"]).increment(2, { method: "GET" });
      await running().forceFlush();
      console.log("recorded");
      setInterval(() => {}, 1_000);`,
  });
  const child = runNode({
    cwd,
    args: [...flags, "app.mjs"],
    env: {
      OTEL_METRICS_EXPORTER: "json,otlp,prometheus",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_PROMETHEUS_PORT: `${port}`,
      TACHYMETER_JSON_FILE: file,
      TACHYMETER_KERNELS: "true",
      TACHYMETER_HOST: "false",
      TACHYMETER_RUNTIME: "false",
    },
  });
  await child.waitForOutput(/recorded/);
  const document: { metrics: Record<string, { value: unknown }> } = JSON.parse(readFileSync(file, "utf8"));
  const scraped = seriesOfText(await scrape(`http://127.0.0.1:${port}/metrics`));
  const sent = seriesOfRequest(receiver.requests.at(-1)?.body.resourceMetrics ?? []);
  const written = new Map(
    Object.entries(document.metrics).flatMap(([key, { value }]) =>
      isSteady(key) ? [[key, comparable(value)]] : [],
    ),
  );
  expect(written.size).toBe(22);
  expect(Object.fromEntries(scraped)).toEqual(Object.fromEntries(written));
  expect([...sent.values()].toSorted()).toEqual([...written.values()].toSorted());
});

// Metrics that differ between the three: times, and metrics about the collections themselves.
function isSteady(key: string): boolean {
  return !/^(otel_sdk_|telemetry_collection_|telemetry_outbox_|telemetry_metrics_count|kernel_uptime|kernel_throughput|target_info)/.test(
    key,
  );
}

/** A value as text: a number, or a histogram's count and sum. */
function comparable(value: unknown): string {
  return typeof value === "object" && value !== null && "count" in value && "sum" in value
    ? `${String(value.count)} of ${String(value.sum)}`
    : String(value);
}

/** The series of a Prometheus text by the keys of the JSON document: without scope labels, histograms as one. */
function seriesOfText(text: string): Map<string, string> {
  const series = new Map<string, string>();
  const sums = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, labels = "", value = ""] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || name.endsWith("_bucket") || !isSteady(name)) continue;
    const kept = labels
      .split(/,(?=[a-z_]+=")/)
      .filter((label) => label !== "" && !label.startsWith("otel_scope_"));
    const key = (base: string): string => (kept.length === 0 ? base : `${base}{${kept.join(",")}}`);
    if (name.endsWith("_sum")) sums.set(key(name.slice(0, -4)), value);
    else if (name.endsWith("_count"))
      series.set(key(name.slice(0, -6)), `${value} of ${sums.get(key(name.slice(0, -6)))}`);
    else series.set(key(name), value);
  }
  return series;
}

function seriesOfRequest(
  resources: readonly { readonly scopeMetrics: readonly { readonly metrics: readonly OtlpMetric[] }[] }[],
) {
  const series = new Map<string, string>();
  for (const metric of resources.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics),
  )) {
    if (!isSteady(metric.name.replaceAll(".", "_"))) continue;
    for (const point of metric.points) {
      series.set(
        `${metric.name} ${JSON.stringify(point.attributes)}`,
        comparable("value" in point ? point.value : point),
      );
    }
  }
  return series;
}
