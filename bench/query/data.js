// The samples of the benchmark: an hour at 15 s, as series of a source.

/** First time of the samples, in Unix seconds. */
export const FIRST = Date.UTC(2026, 0, 1) / 1_000;
const INTERVAL_MILLIS = 15_000;
// An hour.
const SAMPLES = 241;

/** Counters `x` with 10 values of label `a`. */
export function counters(count) {
  return Array.from({ length: count }, (_, n) =>
    floats({ __name__: "x", a: `a-${n % 10}`, id: `${n}` }, (i) => i * ((n % 7) + 1)),
  );
}

/** Classic histograms `b`, each of 16 buckets. */
export function classicHistograms(count) {
  return Array.from({ length: count }, (_, n) =>
    Array.from({ length: 16 }, (_each, bucket) => {
      const le = bucket === 15 ? "+Inf" : String(2 ** (bucket - 8));
      return floats({ __name__: "b", id: `${n}`, le }, (i) => i * (bucket + 1) * ((n % 3) + 1));
    }),
  ).flat();
}

/** Native histograms `b`, each of 16 buckets. */
export function nativeHistograms(count) {
  return Array.from({ length: count }, (_, n) => ({
    labels: { __name__: "b", id: `${n}` },
    times: times(),
    values: new Float64Array(SAMPLES),
    histograms: Array.from({ length: SAMPLES }, (_each, i) => nativeHistogram(i * ((n % 3) + 1))),
  }));
}

function nativeHistogram(size) {
  return {
    schema: 1,
    count: 16 * size,
    sum: 30 * size,
    zeroThreshold: 2 ** -128,
    zeroCount: 0,
    positive: { offset: -8, counts: new Float64Array(16).fill(size) },
    negative: { offset: 0, counts: new Float64Array(0) },
    resetHint: "unknown",
  };
}

function floats(labels, valueAt) {
  return { labels, times: times(), values: Float64Array.from({ length: SAMPLES }, (_, i) => valueAt(i)) };
}

function times() {
  return Float64Array.from({ length: SAMPLES }, (_, i) => FIRST * 1_000 + i * INTERVAL_MILLIS);
}
