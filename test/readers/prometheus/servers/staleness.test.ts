import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, onTestFinished, test } from "vitest";
import { needs } from "../../../servers/needs.ts";
import { startPrometheus } from "../../../servers/prometheus.ts";

test("a series that has ended is no longer in the scrape, and Prometheus has no value of it", async (context) => {
  needs(context, "prometheus");
  const exporter = new PrometheusExporter({ port: 0, preventServerStart: true });
  // Time to live in seconds.
  const provider = new MeterProvider({ readers: [exporter], seriesTimeToLive: 2 });
  await exporter.startServer();
  onTestFinished(() => provider.shutdown());
  const meter = provider.getMeter("s");
  const jobs = meter.createCounter("jobs");
  const observed = new Set(["a", "b"]);
  meter.createObservableGauge("depth").addCallback((result) => {
    jobs.add(1, { queue: "a" });
    for (const queue of observed) result.observe(5, { queue });
  });
  const prometheus = await startPrometheus(exporter.url!);
  await prometheus.answer('jobs_total{queue="a"} > 1');
  jobs.add(1, { queue: "b" });

  // It may have ended again before the query.
  await prometheus.answer('max_over_time(jobs_total{queue="b"}[5m]) == 1');
  await expect.poll(() => prometheus.query("depth == 5")).toHaveLength(2);
  observed.delete("b");
  // Without a staleness marker it would be shown for five minutes.
  await expect.poll(() => queuesOf("jobs_total")).toEqual(["a"]);
  await expect.poll(() => queuesOf("depth")).toEqual(["a"]);
  expect(await prometheus.query('max_over_time(jobs_total{queue="b"}[5m])')).toHaveLength(1);

  async function queuesOf(name: string): Promise<readonly (string | undefined)[]> {
    return (await prometheus.query(name)).map(({ labels }) => labels["queue"]);
  }
});
