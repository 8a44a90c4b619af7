import { context, ROOT_CONTEXT, trace, TraceFlags } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, onTestFinished, test } from "vitest";
import { needsPythonClient } from "../servers/needs.ts";
import { readByPython } from "../servers/python-client.ts";

function served() {
  const exporter = new PrometheusExporter({
    preventServerStart: true,
    scopeLabels: false,
    translationStrategy: "NoTranslation",
  });
  const meter = new MeterProvider({ readers: [exporter] }).getMeter("shop");
  const scrape = async (accept: string): Promise<string> => {
    const response = await exporter.fetchHandler()(
      new Request("http://app/metrics", { headers: { accept } }),
    );
    return response.text();
  };
  return { meter, scrape };
}

const openMetrics = "application/openmetrics-text;version=1.0.0";

test("in OpenMetrics a histogram with a negative bound has neither sum nor count", async (running) => {
  const { meter, scrape } = served();
  meter.createHistogram("drift", { advice: { explicitBucketBoundaries: [-1, 1] } }).record(0.5);
  meter.createHistogram("wait", { advice: { explicitBucketBoundaries: [0, 1] } }).record(0.5);
  const text = await scrape(openMetrics);
  expect(text.match(/^\w+_(?:sum|count).*/gm)).toEqual(["wait_sum 0.5", "wait_count 1"]);
  expect(await scrape("text/plain")).toContain("\ndrift_sum 0.5\ndrift_count 1\n");
  needsPythonClient(running);
  expect(readByPython([text])).toMatchObject([{ error: "" }]);
});

test("with escaping=dots no label is called __name__", async (running) => {
  const { meter, scrape } = served();
  meter.createGauge("jobs").record(1, { _name_: "a", __name__: "b", "._name_.": "c" });
  const text = await scrape(`${openMetrics};escaping=dots`);
  expect(text).not.toMatch(/[{,]__name__=/);
  expect(text).toContain('exported___name__="a"');
  // Underscores make the same name from another key.
  expect(await scrape(`${openMetrics};escaping=underscores`)).not.toMatch(/[{,]__name__=/);
  needsPythonClient(running);
  expect(readByPython([text])).toMatchObject([{ error: "" }]);
});

test.each(["dots", "values", "underscores", "allow-utf-8"])(
  "with escaping=%s exemplars have trace_id and span_id",
  async (escaping) => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    onTestFinished(() => context.disable());
    const { meter, scrape } = served();
    const counter = meter.createCounter("jobs_total");
    const span = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: TraceFlags.SAMPLED };
    context.with(trace.setSpanContext(ROOT_CONTEXT, span), () => counter.add(1));
    expect(await scrape(`${openMetrics};escaping=${escaping}`)).toContain(
      ` # {trace_id="${span.traceId}",span_id="${span.spanId}"} 1 `,
    );
  },
);

test("no two OpenMetrics families have one name", async (running) => {
  const { meter, scrape } = served();
  // Names that both families of each pair would have: x_created; y_created, the name of a counter's family; h_count.
  meter.createCounter("x_total").add(1);
  meter.createGauge("x_created").record(2);
  meter.createCounter("y_total").add(3);
  meter.createCounter("y_created_total").add(4);
  meter.createHistogram("h", { advice: { explicitBucketBoundaries: [] } }).record(5);
  meter.createCounter("h_count_total").add(6);
  const text = await scrape(openMetrics);
  const values = ["x_total 1", "x_created 2", "y_total 3", "y_created_total 4", "h_sum 5", "h_count_total 6"];
  expect(text.split("\n")).toEqual(expect.arrayContaining(values));
  needsPythonClient(running);
  expect(readByPython([text])).toMatchObject([{ error: "" }]);
});
