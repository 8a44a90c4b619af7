// Texts and positions of annotations about histograms beside the real Prometheus 3.
import { expect, test } from "vitest";
import { enginesOver } from "../differential/engines-over.ts";
import type { Outcome } from "../differential/outcome.ts";
import { randomSeries } from "../differential/random-series.ts";

// Metrics of random series: `size` and `wait` are native histograms, `size_gauge` is one that is a gauge, and `mixed` has
// floats too.
const QUERIES = [
  "rate(size_gauge[5m])",
  "increase(mixed[5m])",
  "delta(size[5m])",
  "irate(size_gauge[5m])",
  "idelta(wait[5m])",
  "sum_over_time(mixed[5m])",
  "1 + avg_over_time(mixed[5m])",
  "max_over_time(mixed[5m])",
  "deriv(mixed[5m])",
  "rate(rate(size[1m])[5m:30s])",
  "sum(delta(size[5m:30s]))",
  "rate(temperature[5m])",
  "rate(size_gauge[5m]) / on (job, instance) rate(size_gauge[5m])",
  "sum(mixed)",
  "avg by (job) ({__name__=~'size|wait'})",
  "sum(\n  {__name__=~'size|temperature'}\n)",
  "topk(2, size)",
  "bottomk by (job) (1, mixed)",
  "max(mixed)",
  "min(size)",
  "stddev(size)",
  "stdvar by (instance) (mixed)",
  "quantile(0.5, size)",
  "quantile(2, temperature)",
  "size + 1",
  "2 - mixed",
  "size > 1",
  "size * size",
  "size + ignoring (code) wait",
  "size / on (instance, job) temperature",
  "temperature ^ on (instance, job) group_left size",
  "histogram_quantile(0.9, mixed)",
  "histogram_quantile(-1, size)",
  "histogram_quantile(NaN, latency_bucket)",
  "histogram_quantile(0.9, latency_bucket)",
  "histogram_quantile(0.9, sum by (le) (rate(latency_bucket[5m])))",
  "histogram_quantile(0.9, temperature)",
  "histogram_quantile(0.5, size)",
  "histogram_fraction(0, 1, size)",
  "histogram_fraction(0, 1, mixed)",
  "histogram_fraction(0.1, 0.7, latency_bucket)",
] as const;

test("annotations about histograms have the texts and positions of Prometheus", async (context) => {
  const series = randomSeries(1, { isPlain: false });
  const { expected, actual } = await enginesOver(context, "3", series);
  const times = series.flatMap((each) => [...each.times]);
  const [from, to] = [Math.min(...times) / 1000, Math.max(...times) / 1000];
  const found = new Map<string, readonly string[]>();
  const ours = new Map<string, readonly string[]>();
  for (const query of QUERIES) {
    const [theirOutcome, ourOutcome] = await Promise.all(
      [expected, actual].map((engine) => engine.range(query, from, to, 30)),
    );
    found.set(query, annotationsOf(theirOutcome));
    ours.set(query, annotationsOf(ourOutcome));
  }
  expect(ours).toEqual(found);
  // Most of them have some; all kinds are reached.
  expect([...found.values()].filter((each) => each.length > 0).length).toBeGreaterThan(30);
});

function annotationsOf(outcome: Outcome | undefined): readonly string[] {
  return outcome === undefined || outcome.kind === "error" ? [] : outcome.annotations.toSorted();
}
