import { expect, test } from "vitest";
import { startVictoriaMetrics } from "../../../servers/scraping-victoria-metrics.ts";
import { serving } from "../serving/serving.ts";

test("VictoriaMetrics scrapes the exporter and returns the exact values", async (context) => {
  const { url, provider } = await serving();
  const meter = provider.getMeter("shop", "1.4.0");
  meter.createCounter("orders").add(1027, { channel: 'wéb\n"\\' });
  const duration = meter.createHistogram("job.duration", {
    unit: "s",
    advice: { explicitBucketBoundaries: [0.1, 1, 10] },
  });
  for (let i = 0; i < 50; i++) duration.record(i < 25 ? 0.0625 : 0.5);
  const server = await startVictoriaMetrics(context, url);

  const [orders] = await server.answer("orders_total");
  expect(orders).toEqual({
    value: "1027",
    labels: expect.objectContaining({ channel: 'wéb\n"\\', otel_scope_name: "shop", job: "test" }),
  });
  for (const [expression, value] of [
    ["job_duration_seconds_sum", "14.0625"],
    ['job_duration_seconds_bucket{le="0.1"}', "25"],
    ["histogram_quantile(0.75, job_duration_seconds_bucket)", "0.55"],
    ['up{job="test"}', "1"],
    ["orders_total * on (job, instance) group_left (k8s_pod_name) target_info", "1027"],
  ] as const) {
    const answered = async () => [expression, (await server.query(expression))[0]?.value];
    await expect.poll(answered).toEqual([expression, value]);
  }
});
