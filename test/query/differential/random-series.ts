// Random series of all kinds within 40 minutes: counters, gauges, classic buckets and native histograms.
import type { SampleSeries } from "../../../src/query/source.ts";
import type { NativeHistogram } from "../../../src/query/native-histogram.ts";
import { Random } from "../../kit/random.ts";
import { RandomHistograms } from "./random-histograms.ts";

/** First time of the samples, in Unix milliseconds: midnight, so that samples lie on the edges of windows. */
export const FIRST_MILLIS = Date.UTC(2026, 0, 1);
/** Last time of the samples. */
export const LAST_MILLIS = FIRST_MILLIS + 40 * 60_000;
const INTERVAL_MILLIS = 15_000;

/** Options of {@link randomSeries}. */
export interface RandomSeriesOptions {
  /** Without native histograms, UTF-8 names and samples at whole seconds, for Prometheus 2. */
  readonly isPlain: boolean;
}

/** Names of the metrics by the kind of their samples. */
export const METRICS = {
  counter: ["requests_total", "errors_total"],
  gauge: ["temperature", "odd", "sparse", "up"],
  classic: ["latency_bucket", "latency_sum", "latency_count"],
  native: ["size", "size_gauge", "wait", "mixed"],
} as const;

/** Returns series with gaps, resets, stale markers, NaN and infinite values. The same seed returns the same. */
export function randomSeries(seed: number, { isPlain }: RandomSeriesOptions): SampleSeries[] {
  const random = new Random(seed);
  const series: SampleSeries[] = [];
  const add = (labels: Record<string, string>, next: () => Sample): void => {
    series.push(oneSeries(random, labels, isPlain, next));
  };
  for (const job of ["a", "b"]) {
    for (const instance of ["0", "1", "2"]) {
      const target = { instance, job };
      for (const code of ["200", "500"])
        add({ __name__: "requests_total", code, ...target }, counter(random));
      if (random.chance(0.8)) add({ __name__: "errors_total", ...target }, counter(random));
      add({ __name__: "temperature", ...target, ...(random.chance(0.3) && { room: "x" }) }, gauge(random));
      add({ __name__: "up", ...target }, () => Number(random.chance(0.8)));
      if (random.chance(0.7)) add({ __name__: "odd", ...target }, () => oddValue(random));
      add({ __name__: "target_info", ...target, version: random.oneOf(["1.0", "2.0"]) }, () => 1);
      if (!isPlain) addHistograms(random, target, add);
    }
    addClassic(random, job, add);
    series.push(sparse(random, job));
  }
  if (!isPlain) add({ __name__: "http.size", "server.address": "ü" }, gauge(random));
  return series;
}

type Sample = number | NativeHistogram;
type Add = (labels: Record<string, string>, next: () => Sample) => void;

function addHistograms(random: Random, target: Record<string, string>, add: Add): void {
  const sizes = new RandomHistograms(random, {});
  add({ __name__: "size", ...target }, () => sizes.next());
  const gauges = new RandomHistograms(random, { isGauge: true });
  if (random.chance(0.5)) add({ __name__: "size_gauge", ...target }, () => gauges.next());
  const waits = new RandomHistograms(random, { isCustom: true });
  add({ __name__: "wait", ...target }, () => waits.next());
  const others = new RandomHistograms(random, { isCustom: random.chance(0.2), hasNaN: true });
  const shareOfFloats = random.oneOf([0, 0.1, 1]);
  add({ __name__: "mixed", ...target }, () =>
    random.chance(shareOfFloats) ? random.integer(0, 100) : others.next(),
  );
}

const BOUNDS = ["0.1", "0.5", "1", "2.5", "10", "+Inf"];

// One bucket may be missing, not cumulative, or have an invalid bound.
function addClassic(random: Random, job: string, add: Add): void {
  for (const instance of ["0", "1"]) {
    const bounds = random.chance(0.2) ? BOUNDS.slice(0, -1) : BOUNDS;
    const sizes = bounds.map(() => random.integer(0, 5));
    const isBroken = random.chance(0.2);
    bounds.forEach((le, i) => {
      const size = isBroken && i === 2 ? 1 : sizes.slice(0, i + 1).reduce((sum, each) => sum + each, 0);
      let count = 0;
      add({ __name__: "latency_bucket", instance, job, le }, () => (count += size));
    });
    if (random.chance(0.1)) add({ __name__: "latency_bucket", instance, job, le: "wide" }, () => 1);
    add({ __name__: "latency_sum", instance, job }, counter(random));
    add({ __name__: "latency_count", instance, job }, counter(random));
  }
}

function counter(random: Random): () => number {
  const step = random.oneOf([1, 5, 0.25, 1_000]);
  let total = random.integer(0, 100) * step;
  return () => {
    total = random.chance(0.03) ? random.integer(0, 3) * step : total + random.integer(0, 9) * step;
    return total;
  };
}

// Eighths, so that sums are exact in any order.
function gauge(random: Random): () => number {
  let value = random.integer(-100, 100);
  return () => (value += random.integer(-40, 40) / 8);
}

function oddValue(random: Random): number {
  return random.oneOf([NaN, Infinity, -Infinity, 0, -0, 1e300, -1e300, 1e-300, 3, 2, -1, 0.5]);
}

// Samples every 15 s, on whole seconds or not, with gaps. A series may begin late, end early, and pause.
function oneSeries(
  random: Random,
  labels: Record<string, string>,
  isPlain: boolean,
  next: () => Sample,
): SampleSeries {
  const isAligned = !isPlain && random.chance(0.5);
  const between = random.integer(1, 998) + 1_000 * random.integer(0, 13);
  // Times of evaluation are whole or half seconds. Windows of Prometheus 2 include their first millisecond, so no sample lies there.
  const shift = isAligned ? 0 : isPlain ? between + 1 - (between % 2) : between;
  const begin = random.chance(0.2) ? random.integer(0, 60) : 0;
  const end = random.chance(0.3) ? random.integer(60, 150) : 160;
  const gaps = random.oneOf([0, 0, 0.1, 0.4]);
  const columns = new Columns();
  for (let i = begin; i < end; i++) {
    const jitter = isAligned || shift > 12_000 ? 0 : random.integer(0, 900);
    const time = FIRST_MILLIS + i * INTERVAL_MILLIS + shift + jitter - (jitter % 2);
    const sample = next();
    if (random.chance(0.01)) {
      columns.add(time, "stale");
      i += random.integer(0, 20);
    } else if (!random.chance(gaps)) columns.add(time, sample);
  }
  if (end < 160 && random.chance(0.7)) {
    columns.add(FIRST_MILLIS + end * INTERVAL_MILLIS + shift + 902, "stale");
  }
  return columns.series(sorted(labels));
}

function sparse(random: Random, job: string): SampleSeries {
  const columns = new Columns();
  const next = gauge(random);
  for (let time = FIRST_MILLIS + 1_235; time < LAST_MILLIS; time += 2 * random.integer(5_000, 250_000)) {
    columns.add(time, next());
  }
  return columns.series({ __name__: "sparse", job });
}

function sorted(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

class Columns {
  readonly #times: number[] = [];
  readonly #samples: (Sample | "stale")[] = [];

  add(time: number, sample: Sample | "stale"): void {
    this.#times.push(time);
    this.#samples.push(sample);
  }

  series(labels: Record<string, string>): SampleSeries {
    const samples = this.#samples;
    return {
      labels,
      times: Float64Array.from(this.#times),
      values: Float64Array.from(samples, (sample) => (typeof sample === "number" ? sample : NaN)),
      histograms: samples.some((sample) => typeof sample === "object")
        ? samples.map((sample) => (typeof sample === "object" ? sample : undefined))
        : undefined,
      stale: Uint8Array.from(samples, (sample) => Number(sample === "stale")),
    };
  }
}
