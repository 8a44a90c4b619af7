// Functions over native histograms beside the real Prometheus 3.
import { expect, test } from "vitest";
import { annotations, type Reporter } from "../../../src/query/annotations.ts";
import { coarserIndex, standardBound } from "../../../src/query/histograms/bucket-bounds.ts";
import { binary, negated } from "../../../src/query/histograms/binary.ts";
import { fraction } from "../../../src/query/histograms/fraction.ts";
import { HistogramMean } from "../../../src/query/histograms/histogram-mean.ts";
import { HistogramSum } from "../../../src/query/histograms/histogram-sum.ts";
import { avgOverTime, changes, resets, sumOverTime } from "../../../src/query/histograms/over-time.ts";
import { quantile } from "../../../src/query/histograms/quantile.ts";
import { extrapolated, instantaneous } from "../../../src/query/histograms/rate.ts";
import { Samples, type Window } from "../../../src/query/histograms/samples.ts";
import { average, standardDeviation, variance } from "../../../src/query/histograms/variance.ts";
import type { NativeHistogram } from "../../../src/query/native-histogram.ts";
import { shortNumber } from "../../../src/query/number-text.ts";
import type { SampleSeries } from "../../../src/query/source.ts";
import { Random } from "../../kit/random.ts";
import { isLong, seed } from "../../kit/test-length.ts";
import { writtenPrometheus } from "../../servers/written-prometheus.ts";
import { answerOf, differences } from "./prometheus-answers.ts";
import { randomHistogram, randomSeries, START } from "./random-windows.ts";

const SIZE = isLong ? 3_000 : 100;
const RANGE_MILLIS = 200_000;
const END = START + RANGE_MILLIS;

type Value = NativeHistogram | number | undefined;

test("functions over random windows have the results of Prometheus", async (context) => {
  const random = new Random(seed);
  const all = Array.from({ length: SIZE }, (_, id) => randomSeries(random, id));
  const url = await writtenPrometheus(context, "3", all);
  const range = { rangeStart: START, rangeEnd: END };
  const functions: Readonly<Record<string, (window: Window, reporter: Reporter) => Value>> = {
    rate: (window, reporter) => extrapolated(window, { kind: "rate", ...range }, reporter),
    increase: (window, reporter) => extrapolated(window, { kind: "increase", ...range }, reporter),
    delta: (window, reporter) => extrapolated(window, { kind: "delta", ...range }, reporter),
    irate: (window, reporter) => instantaneous(window, "irate", reporter),
    idelta: (window, reporter) => instantaneous(window, "idelta", reporter),
    sum_over_time: sumOverTime,
    avg_over_time: avgOverTime,
    resets,
    changes,
  };
  const cases = Object.entries(functions).flatMap(([name, evaluate]) =>
    all.flatMap(({ times, values, histograms = [], labels }) => {
      const window = { samples: new Samples({ times, values, histograms }), first: 0, end: times.length };
      if (window.samples.has(0, times.length) === "floats") return [];
      if (hasChangedSince35(name, window)) return [];
      const query = `${name}(h{id="${labels["id"]}"}[${RANGE_MILLIS}ms])`;
      return [{ query, answer: answerOf("h", (reporter) => evaluate(window, reporter)) }];
    }),
  );
  expect(await differences(url, END, cases), `TEST_SEED=${seed}`).toEqual([]);
});

test("functions and operators of random histograms have the results of Prometheus", async (context) => {
  const random = new Random(seed);
  const all = Array.from({ length: SIZE }, () => randomHistogram(random));
  const url = await writtenPrometheus(context, "3", all.map(seriesOf));
  const cases = all.flatMap((histogram, id) => {
    const of = `h{id="${id}"}`;
    const other = random.integer(0, all.length - 1);
    const q = random.oneOf([0, 0.01, 0.3, 0.5, 0.7, 0.95, 0.999, 1, -0.1, 1.1, NaN, random.share()]);
    const lower = random.oneOf([-Infinity, -8, -1, -0.01, 0, 0.5, 1.02, 3 * random.share()]);
    const upper = lower + random.oneOf([0.1, 1, 2, 10, Infinity, NaN]);
    // Until Prometheus 3.8, a bound within a bucket without a lower bound had no result.
    const lowest = histogram.customBounds?.[0] ?? -Infinity;
    const isWithinLowest = [lower, upper].some((bound) => Number.isFinite(bound) && bound < lowest);
    const factor = random.oneOf([2, 0.5, -1, 0, 3]);
    // Prometheus aggregates them in this order, in which they were written.
    const ids = [...new Set([1, id, other])].toSorted((low, high) => low - high);
    const group = ids.map((each) => all[each]!);
    const ofGroup = `h{id=~"${ids.join("|")}"}`;
    const isReconciled = haveOtherBounds([...group, histogram]);
    return Object.entries({
      [`histogram_quantile(${q}, ${of})`]: (reporter: Reporter) => {
        if (!(q >= 0 && q <= 1)) reporter.annotate(annotations.invalidQuantile(q));
        return quantile(q, histogram, reporter);
      },
      [`histogram_fraction(${shortNumber(lower)}, ${shortNumber(upper)}, ${of})`]: (reporter: Reporter) =>
        fraction(lower, upper, histogram, reporter),
      [`histogram_avg(${of})`]: () => average(histogram),
      [`histogram_stddev(${of})`]: () => standardDeviation(histogram),
      [`histogram_stdvar(${of})`]: () => variance(histogram),
      [`${of} * ${factor}`]: operated("*", histogram, factor),
      [`${of} / ${factor}`]: operated("/", histogram, factor),
      [`${of} ^ ${factor}`]: operated("^", histogram, factor),
      [`${factor} - ${of}`]: operated("-", factor, histogram),
      [`-${of}`]: () => negated(histogram),
      [`${of} + on() h{id="${other}"}`]: operated("+", histogram, all[other]!),
      [`${of} - on() h{id="${other}"}`]: operated("-", histogram, all[other]!),
      [`sum(${ofGroup})`]: (reporter: Reporter) => aggregated(new HistogramSum(), group, reporter),
      [`avg(${ofGroup})`]: (reporter: Reporter) => aggregated(new HistogramMean(), group, reporter),
    })
      .filter(([query]) => !(isWithinLowest && query.startsWith("histogram_fraction")))
      .filter(([query]) => !(isReconciled && /^(?:sum|avg)|on\(\)/.test(query)))
      .filter(([query]) => !(query.startsWith("avg") && meetsZero(group)))
      .map(([query, evaluate]) => ({ query, answer: answerOf("", evaluate) }));
  });
  expect(await differences(url, END, cases), `TEST_SEED=${seed}`).toEqual([]);
});

// Since 3.6, the zero point limits an extrapolation, and custom buckets of different bounds are combined.
function hasChangedSince35(name: string, { samples, first, end }: Window): boolean {
  const { histograms, times } = samples;
  const all = histograms.slice(first, end);
  if (haveOtherBounds(all)) return true;
  if (name === "avg_over_time") return meetsZero(all.filter((each) => each !== undefined));
  if ((name !== "rate" && name !== "increase") || samples.has(first, end) !== "histograms" || end - first < 2)
    return false;
  const [rangeStart, rangeEnd] = [times[first]!, times[end - 1]!];
  const silent = { metricName: "", annotate: () => {} };
  const rise = extrapolated(
    { samples, first, end },
    { kind: "increase", rangeStart, rangeEnd, isFromZero: false },
    silent,
  );
  const toZero = ((rangeEnd - rangeStart) * (all[0]?.count ?? 0)) / (rise?.count ?? 1);
  return toZero < rangeStart - START;
}

// The mean moved with each histogram: buckets that meet the widest zero bucket were counted wrongly.
function meetsZero(all: readonly NativeHistogram[]): boolean {
  const standard = all.filter(({ customBounds }) => customBounds === undefined);
  const schema = Math.min(...standard.map((each) => each.schema));
  const threshold = Math.max(...standard.map(({ zeroThreshold }) => zeroThreshold));
  return standard.some(({ schema: own, positive, negative }) =>
    [positive, negative].some(
      ({ offset, counts }) =>
        counts.length > 0 && standardBound(schema, coarserIndex(offset, own - schema) - 1) < threshold,
    ),
  );
}

function haveOtherBounds(histograms: readonly (NativeHistogram | undefined)[]): boolean {
  return (
    new Set(
      histograms.flatMap((each) => (each?.customBounds === undefined ? [] : [String(each.customBounds)])),
    ).size > 1
  );
}

function seriesOf(histogram: NativeHistogram, id: number): SampleSeries {
  return {
    labels: { __name__: "h", id: String(id) },
    times: Float64Array.of(END),
    values: Float64Array.of(NaN),
    histograms: [histogram],
  };
}

function operated(
  operator: "+" | "-" | "*" | "/" | "^",
  left: number | NativeHistogram,
  right: number | NativeHistogram,
) {
  return ({ annotate }: Reporter): Value => {
    const result = binary(operator, left, right);
    if (result.kind === "refused") annotate(result.annotation);
    return result.kind === "histogram" ? result.histogram : undefined;
  };
}

function aggregated(
  accumulator: HistogramSum | HistogramMean,
  histograms: readonly NativeHistogram[],
  reporter: Reporter,
): Value {
  for (const histogram of histograms) {
    const problem = accumulator.add(histogram);
    if (problem !== undefined) {
      reporter.annotate(annotations.mixedSchemas("h"));
      return undefined;
    }
  }
  return accumulator.result();
}
