import { join } from "node:path";
import { RemoteHistory } from "tachymeter/history";
import { expect, test } from "vitest";
import { serving } from "../../readers/prometheus/serving/serving.ts";
import { needsFetched } from "../../servers/needs.ts";
import { startPrometheus } from "../../servers/prometheus.ts";

test("Prometheus' native histograms are queried like others", async (context) => {
  const program = join(needsFetched(context, "prometheus"), "usr/bin/prometheus");
  const { provider, url } = await serving();
  const latency = provider.getMeter("shop").createHistogram("exponential.latency", { unit: "s" });
  for (let i = 1; i <= 100; i++) latency.record(i / 100, { route: "/" });
  const prometheus = await startPrometheus(url, { program, features: ["native-histograms"] });
  await prometheus.answer("histogram_count(exponential_latency_seconds)");
  for (let i = 0; i < 900; i++) latency.record(2, { route: "/" });
  await expect
    .poll(() => prometheus.query("histogram_count(exponential_latency_seconds)"))
    .toMatchObject([{ value: "1000" }]);
  const history = new RemoteHistory({ url: prometheus.url });
  const now = Date.now() / 1_000;
  const question = { metric: "exponential.latency", from: now - 60, to: now, by: ["route"] } as const;
  const valueOf = async (
    aggregate: "LAST" | "MEAN" | "QUANTILE" | "COUNT" | "SUM" | "MAX",
  ): Promise<number> => {
    const { series, type, unit } = await history.query({ ...question, aggregate, quantile: 0.5 });
    expect([type, unit, series.map(({ attributes }) => attributes)]).toEqual([
      "histogram",
      "s",
      [{ route: "/" }],
    ]);
    return series[0]?.points[0]?.[1] ?? NaN;
  };
  expect(await valueOf("LAST")).toBe(1_000);
  // Only the increase between two scrapes: all values are 2 s.
  expect(await valueOf("MEAN")).toBeCloseTo(2, 6);
  expect(await valueOf("SUM")).toBeCloseTo(2 * (await valueOf("COUNT")), 3);
  for (const aggregate of ["QUANTILE", "MAX"] as const) {
    const value = await valueOf(aggregate);
    // Within the bucket, a factor of 2^(1/8) at scale 3.
    expect([value >= 2 / 2 ** 0.125, value <= 2 * 2 ** 0.125]).toEqual([true, true]);
  }
  const { by: _, ...raw } = question;
  const stored = await history.query(raw);
  expect(stored.series[0]?.points.at(-1)?.[1]).toBe(1_000);
  await history.close();
});
