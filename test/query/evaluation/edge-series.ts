// Series with the edge cases of evaluation, within 20 minutes.
import type { NativeHistogram } from "../../../src/query/native-histogram.ts";
import type { SampleSeries } from "../../../src/query/source.ts";

/** First time of the samples, in Unix milliseconds. */
export const FIRST_MILLIS = Date.UTC(2026, 1, 27, 23, 50);

const STALE = "stale";
const GAP = "gap";
type Sample = number | NativeHistogram | typeof STALE | typeof GAP;

/** One sample each 30 seconds. */
export const EDGE_SERIES: readonly SampleSeries[] = [
  ...["a", "b", "c"].flatMap((job, i) =>
    ["0", "1"].map((instance, j) =>
      series(
        { __name__: "requests_total", instance, job },
        (n) => (n * (i + 1) * 3 + j * 5) % (200 - 40 * i),
      ),
    ),
  ),
  series({ __name__: "gauge", job: "a" }, (n) => Math.sin(n) * 10),
  series({ __name__: "gauge", job: "b" }, (n) => [1, -0, 0, 1e300, -1e300, 1e-300][n % 6] ?? 0),
  series({ __name__: "other", job: "a" }, (n) => n),
  series({ __name__: "other", job: "c" }, (n) => -n),
  series({ __name__: "special", kind: "nan" }, () => Number.NaN),
  series({ __name__: "special", kind: "inf" }, () => Infinity),
  series({ __name__: "special", kind: "negative" }, () => -Infinity),
  series(
    { __name__: "special", kind: "mixed" },
    (n) => [Number.NaN, 1, Infinity, 2, -Infinity, 3][n % 6] ?? 0,
  ),
  series({ __name__: "special", kind: "one" }, () => 1),
  series({ __name__: "single" }, (n) => (n === 20 ? 7 : GAP)),
  series({ __name__: "ended" }, (n) => (n < 18 ? n : n === 18 ? STALE : GAP)),
  series({ __name__: "returned" }, (n) => (n < 16 || n > 21 ? n : n === 16 ? STALE : GAP)),
  series({ __name__: "gaps" }, (n) => (n % 7 < 3 ? n * n : GAP)),
  series({ __name__: "constant" }, () => 4),
  series({ __name__: "huge" }, (n) => (n % 2 === 0 ? 1.7e308 : 1.6e308)),
  series({ __name__: "precise" }, (n) => [1e16, 1, -1e16, 0.1][n % 4] ?? 0),
  series({ __name__: "first_half", job: "x" }, (n) => (n < 20 ? 1 : n === 20 ? STALE : GAP)),
  series({ __name__: "second_half", job: "x" }, (n) => (n < 20 ? GAP : 2)),
  series({ __name__: "seconds" }, (n) => n * 86_400 * 31.5 + 1_709_164_800),
  ...["0.1", "1", "5", "+Inf"].map((le, i) =>
    series({ __name__: "latency_bucket", job: "a", le }, (n) => n * (i + 1)),
  ),
  ...["0.1", "1", "+Inf"].map((le, i) =>
    series({ __name__: "broken_bucket", job: "a", le }, (n) => n * [2, 1, 3][i]!),
  ),
  series({ __name__: "broken_bucket", job: "a", le: "abc" }, (n) => n),
  series({ __name__: "size", job: "a" }, (n) => histogram(n)),
  series({ __name__: "size", job: "b" }, (n) => histogram(n % 17)),
  series({ __name__: "changing" }, (n) => (n % 10 < 5 ? n : histogram(n))),
  series({ __name__: "a metric", "a.label": 'quoted "ü"' }, (n) => n),
];

function series(labels: Record<string, string>, sampleAt: (n: number) => Sample): SampleSeries {
  const samples = Array.from({ length: 41 }, (_, n) => ({
    time: FIRST_MILLIS + n * 30_000,
    sample: sampleAt(n),
  }));
  const kept = samples.filter(({ sample }) => sample !== GAP);
  const histograms = kept.map(({ sample }) => (typeof sample === "object" ? sample : undefined));
  return {
    labels,
    times: Float64Array.from(kept, ({ time }) => time),
    values: Float64Array.from(kept, ({ sample }) => (typeof sample === "number" ? sample : Number.NaN)),
    ...(histograms.some((each) => each !== undefined) && { histograms }),
    stale: Uint8Array.from(kept, ({ sample }) => Number(sample === STALE)),
  };
}

function histogram(n: number): NativeHistogram {
  return {
    schema: 0,
    count: 4 * n + 3,
    sum: n * 10.5,
    zeroThreshold: 0.001,
    zeroCount: n,
    positive: { offset: 1, counts: Float64Array.of(n + 1, n, n + 2) },
    negative: { offset: 0, counts: new Float64Array(0) },
    resetHint: "unknown",
  };
}
