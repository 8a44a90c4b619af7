import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, onTestFinished, test } from "vitest";
import { scrape } from "../../kit/process.ts";
import { parseText } from "./text/parse-text.ts";
import { quietDiag, serving } from "./serving/serving.ts";

test("the content type is the text format's, and HEAD gets the same without the text", async () => {
  const { url } = await serving();
  const headers = { "accept-encoding": "identity" };
  const get = await fetch(url, { headers });
  const head = await fetch(url, { method: "HEAD", headers });
  const length = String((await get.arrayBuffer()).byteLength);
  for (const response of [get, head]) {
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(response.headers.get("content-length")).toBe(length);
  }
  expect(await head.text()).toBe("");
});

test("upstream's options apply to the text: prefix, timestamps, resource labels, no scope, no target_info", async () => {
  const { url, provider } = await serving({
    prefix: "shop",
    appendTimestamp: true,
    withResourceConstantLabels: /^k8s\./g,
    withoutScopeInfo: true,
    withoutTargetInfo: true,
  });
  provider.getMeter("a").createCounter("jobs", { description: "Jobs." }).add(2, { kind: "mail" });
  const text = await scrape(url);
  expect(text).toMatch(
    /^# HELP shop_jobs_total Jobs\.\n# TYPE shop_jobs_total counter\nshop_jobs_total\{k8s_pod_name="p1",kind="mail"\} 2 \d{13}\n$/,
  );
  expect(await scrape(url)).toContain('k8s_pod_name="p1"');
});

test("series that differ in their scope only stay separate without scope labels", async () => {
  const { url, provider } = await serving({ withoutScopeInfo: true, withoutTargetInfo: true });
  provider.getMeter("one").createCounter("jobs").add(1);
  provider.getMeter("two").createCounter("jobs").add(2);
  expect(parseText(await scrape(url)).samples).toEqual([
    { name: "jobs_total", labels: {}, value: 1 },
    { name: "jobs_total", labels: { otel_scope_name: "two" }, value: 2 },
  ]);
});

test("an exponential histogram is written as buckets that enclose its values", async () => {
  const { url, provider } = await serving({ withoutScopeInfo: true, withoutTargetInfo: true });
  const histogram = provider.getMeter("s").createHistogram("exponential.size", { unit: "By" });
  for (const value of [0, 1, 2, 2, 1000]) histogram.record(value);
  const { samples, types } = parseText(await scrape(url));
  expect(types.get("exponential_size_bytes")).toBe("histogram");
  const upTo = (bound: number) =>
    samples.filter(({ labels }) => labels["le"] !== undefined && Number(labels["le"]) <= bound).at(-1)?.value;
  expect([upTo(0), upTo(1.05), upTo(2.1), upTo(950), upTo(1050)]).toEqual([1, 2, 4, 4, 5]);
  expect(samples.slice(-3).map(({ name, value }) => [name, value])).toEqual([
    ["exponential_size_bytes_bucket", 5],
    ["exponential_size_bytes_sum", 1005],
    ["exponential_size_bytes_count", 5],
  ]);
});

test("a collection that fails results in 500 and a short text, and is logged once", async () => {
  const error = quietDiag();
  const exporter = new PrometheusExporter({ port: 0, preventServerStart: true });
  exporter.setMetricProducer({ collect: () => Promise.reject(new Error("the producer is not bound")) });
  await exporter.startServer();
  onTestFinished(() => exporter.stopServer());
  for (let i = 0; i < 2; i++) {
    const response = await fetch(exporter.url!);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe("collecting the metrics failed; see the application's log\n");
  }
  expect(error).toHaveBeenCalledOnce();
  expect(error.mock.lastCall?.[0]).toMatch(/^prometheus exporter: a scrape failed with .*not bound/);
});
