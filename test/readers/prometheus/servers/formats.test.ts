import { join } from "node:path";
import { expect, test } from "vitest";
import { needs, needsFetched } from "../../../servers/needs.ts";
import {
  type PrometheusOptions,
  type PrometheusServer,
  startPrometheus,
} from "../../../servers/prometheus.ts";
import { application, ODD_TEXT, SPAN } from "./application.ts";

/** One job that scrapes the application. */
interface Asking {
  readonly name: string;
  /** Replaces the scraper's own header. */
  readonly accept?: string;
  /** The protocol requested by a newer Prometheus. */
  readonly protocol?: string;
  /** Whether the scraper ignores the units of the format. */
  readonly losesUnits?: boolean;
}

const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const NEWER_TEXT = "text/plain; version=1.0.0; charset=utf-8; escaping=";
const PROTOBUF =
  "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores";
const OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=";

test("Debian's Prometheus reads OpenMetrics, its preferred format, and both text formats", async (context) => {
  needs(context, "prometheus");
  const jobs = [
    { name: "asked" },
    { name: "text", accept: "text/plain;version=0.0.4" },
    { name: "newer", accept: "text/plain;version=1.0.0" },
  ];
  expect(await formatsRead(jobs, { features: ["exemplar-storage"] })).toEqual([
    `${OPEN_METRICS}underscores`,
    TEXT,
    `${NEWER_TEXT}underscores`,
  ]);
});

test("Debian's Prometheus with native histograms enabled reads protobuf", async (context) => {
  needs(context, "prometheus");
  const features = ["exemplar-storage", "native-histograms"];
  expect(await formatsRead([{ name: "asked", losesUnits: true }], { features })).toEqual([PROTOBUF]);
});

test("Prometheus 3 reads each format that it can be configured to request", async (context) => {
  const program = join(needsFetched(context, "prometheus"), "usr/bin/prometheus");
  const jobs = [
    { name: "asked" },
    { name: "text", protocol: "PrometheusText0.0.4" },
    { name: "newer", protocol: "PrometheusText1.0.0" },
    { name: "open", protocol: "OpenMetricsText1.0.0" },
    { name: "protobuf", protocol: "PrometheusProto" },
  ];
  const features = ["exemplar-storage", "native-histograms"];
  expect(await formatsRead(jobs, { program, features })).toEqual([
    PROTOBUF,
    TEXT,
    `${NEWER_TEXT}allow-utf-8`,
    `${OPEN_METRICS}allow-utf-8`,
    PROTOBUF,
  ]);
});

// The content types of the responses to each job, after all scraped data has been checked.
async function formatsRead(jobs: readonly Asking[], options: PrometheusOptions): Promise<readonly string[]> {
  const shop = await application();
  const prometheus = await startPrometheus(
    jobs.map(({ name, accept, protocol }) => ({
      name,
      target: shop.urlFor(name, accept),
      ...(protocol !== undefined && { settings: { scrape_protocols: [protocol] } }),
    })),
    options,
  );
  const contentTypes: string[] = [];
  for (const job of jobs) {
    await prometheus.answer(`up{job="${job.name}"} == 1`);
    const contentType = await shop.contentType(job.name);
    await expectFigures(prometheus, job, contentType);
    contentTypes.push(contentType);
  }
  return contentTypes;
}

async function expectFigures(
  prometheus: PrometheusServer,
  { name, losesUnits = false }: Asking,
  contentType: string,
): Promise<void> {
  const isText = contentType.startsWith("text/");
  // OpenMetrics omits the suffixes of counters and target_info.
  const isOpen = contentType.startsWith("application/openmetrics");
  const job = `{job="${name}"}`;
  const valueOf = async (expression: string): Promise<string | undefined> =>
    (await prometheus.answer(expression))[0]?.value;

  const [orders, ...others] = await prometheus.answer(`orders_total${job}`);
  expect(others).toEqual([]);
  expect(orders).toEqual({
    value: "1027",
    labels: {
      __name__: "orders_total",
      job: name,
      instance: expect.any(String),
      shop_channel: "web",
      otel_scope_name: "shop",
      otel_scope_version: "1.4.0",
      otel_scope_schema_url: "https://example.com/1",
    },
  });
  expect(await valueOf(`job_duration_seconds_count${job}`)).toBe("101");
  expect(await valueOf(`job_duration_seconds_sum${job}`)).toBe("89.5625");
  expect(await valueOf(`histogram_quantile(0.25, job_duration_seconds_bucket${job})`)).toBe(
    String(0.1 + 0.9 * ((101 * 0.25 - 25) / 51)),
  );
  const isNative = contentType.startsWith("application/vnd.google.protobuf");
  const median = `histogram_quantile(0.5, ${isNative ? "sizes_bytes" : "sizes_bytes_bucket"}${job})`;
  expect(Math.abs(Number(await valueOf(median)) - 100)).toBeLessThan(5);
  expect(await valueOf(`queue_length${job}`)).toBe("-3.25");
  expect(await valueOf(`room_temperature_celsius${job}`)).toBe("NaN");
  expect(await valueOf(`limits${job}`)).toBe("-Inf");
  const [odd] = await prometheus.answer(`odd${job}`);
  expect(Number(odd?.value)).toBe(Number.MAX_VALUE);
  expect(odd?.labels["text"]).toBe(ODD_TEXT);
  const [joined] = await prometheus.answer(
    `orders_total${job} * on (job, instance) group_left (service_version) target_info`,
  );
  expect(joined).toEqual({
    value: "1027",
    labels: expect.objectContaining({ shop_channel: "web", service_version: "2.1.0" }),
  });

  const unit = (word: string): string => (isText || losesUnits ? "" : word);
  expect(await prometheus.metadata(name)).toEqual(
    expect.arrayContaining([
      {
        metric: isOpen ? "orders" : "orders_total",
        type: "counter",
        help: "Orders taken.\nAll of them.",
        unit: "",
      },
      {
        metric: "job_duration_seconds",
        type: "histogram",
        help: "How long jobs take.",
        unit: unit("seconds"),
      },
      { metric: "room_temperature_celsius", type: "gauge", help: "In the shop.", unit: unit("celsius") },
      {
        metric: isOpen ? "target" : "target_info",
        type: isOpen ? "info" : "gauge",
        help: "Target metadata",
        unit: "",
      },
    ]),
  );

  const span = { labels: { trace_id: SPAN.traceId, span_id: SPAN.spanId } };
  const ofOrders = await prometheus.exemplars(`orders_total${job}`);
  const ofBuckets = await prometheus.exemplars(`job_duration_seconds_bucket${job}`);
  if (isText) {
    expect([...ofOrders, ...ofBuckets]).toEqual([]);
    return;
  }
  expect(ofOrders).toEqual([expect.objectContaining({ ...span, value: 1027 })]);
  expect(ofBuckets).toEqual([expect.objectContaining({ ...span, value: 0.5 })]);
  expect(Number(ofBuckets[0]?.series["le"])).toBe(1);
  expect(Math.abs(Date.now() / 1_000 - ofOrders[0]!.timeUnixSeconds)).toBeLessThan(300);
}
