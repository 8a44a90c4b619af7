// Texts and positions of annotations about histograms beside the real Prometheus 3.
import { expect, test } from "vitest";
import { isLong } from "../../kit/test-length.ts";
import { enginesOver } from "../differential/engines-over.ts";
import { inNewWords } from "../differential/changed-since-3-5.ts";
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

const OPERATORS = "+ - * / % ^ atan2 == != > < >= <= ==_bool >_bool and or unless"
  .split(" ")
  .map((operator) => operator.replace("_", " "));
const OPERANDS = [
  ["size", "0"],
  ["size", "2"],
  ["2", "size"],
  ["mixed", "0.5"],
  ["0", "mixed"],
  ["size", "size"],
  ["size", "ignoring (code) wait"],
  ["wait", "wait"],
  ["mixed", "mixed"],
  ["size", "on (job, instance) temperature"],
  ["temperature", "on (job, instance) size"],
  ["size_gauge", "on (job, instance) size"],
] as const;

const SCALED = ["size / 0", "size * NaN", "size * Inf", "size * -1", "size - size", "wait / 0", "mixed * 0"];
const OF_VECTORS =
  "sum avg count group min max stddev stdvar topk bottomk quantile count_values histogram_quantile histogram_fraction histogram_avg histogram_stddev histogram_count abs".split(
    " ",
  );
const FIRST = new Map([
  ["topk", "1, "],
  ["bottomk", "1, "],
  ["quantile", "0.5, "],
  ["count_values", "'v', "],
  ["histogram_quantile", "0.5, "],
  ["histogram_fraction", "0, 1, "],
]);
const OF_RANGES =
  "rate increase irate delta idelta deriv resets changes avg_over_time sum_over_time min_over_time max_over_time count_over_time last_over_time stddev_over_time stdvar_over_time present_over_time absent_over_time".split(
    " ",
  );

// Each operator, aggregation and function.
const COMBINED = [
  ...OPERATORS.flatMap((operator) => OPERANDS.map(([left, right]) => `${left} ${operator} ${right}`)),
  ...OF_VECTORS.flatMap((name) => SCALED.map((scaled) => `${name}(${FIRST.get(name) ?? ""}${scaled})`)),
  ...OF_RANGES.flatMap((name) =>
    ["size", "size_gauge", "mixed", "wait", "temperature"].map((metric) => `${name}(${metric}[5m])`),
  ),
  // Prometheus fails for the first, since it looks for the zero bucket of custom buckets. It adds series in random order,
  // so that different kinds of histograms meet, or do not.
].filter(
  (query) =>
    query !== "count_values('v', wait / 0)" &&
    !/^(?:avg|sum)\(mixed/.test(query) &&
    !/(?:and|or|unless) [\d.]+$|^[\d.]+ (?:and|or|unless)/.test(query),
);

test.for(isLong ? [1, 2, 3] : [1])(
  "annotations about histograms have the texts and positions of Prometheus, %i",
  async (seed, context) => {
    const series = randomSeries(seed, { isPlain: false });
    const { expected, actual } = await enginesOver(context, "3", series);
    const times = series.flatMap((each) => [...each.times]);
    const [from, to] = [Math.min(...times) / 1000, Math.max(...times) / 1000];
    const found = new Map<string, unknown>();
    const ours = new Map<string, unknown>();
    for (const query of [...QUERIES, ...COMBINED]) {
      for (const [engine, outcomes] of [
        [expected, found],
        [actual, ours],
      ] as const) {
        const range = await engine.range(query, from, to, 30);
        const instant = await engine.instant(query, (from + to) / 2);
        const texts = [range, instant].map(annotationsOf);
        // Without names of metrics, several of 3.5 are one.
        outcomes.set(query, outcomes === found ? texts.map((each) => [...new Set(each)]) : texts);
      }
    }
    expect(ours).toEqual(found);
    // All kinds are reached.
    expect([...found.values()].filter((each) => JSON.stringify(each) !== "[[],[]]").length).toBeGreaterThan(
      150,
    );
  },
);

function annotationsOf(outcome: Outcome): readonly string[] {
  return outcome.kind === "error"
    ? [`error: ${outcome.type}`]
    : outcome.annotations.map(inNewWords).toSorted();
}
