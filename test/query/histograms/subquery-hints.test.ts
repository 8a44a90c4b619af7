import { query } from "tachymeter/query";
import { expect, test } from "vitest";
import type { NativeHistogram } from "../../../src/query/native-histogram.ts";
import { MemorySource } from "../kit/memory-source.ts";

const START = 1_700_000_040;

function histogram(counts: readonly number[], resetHint: NativeHistogram["resetHint"]): NativeHistogram {
  const count = counts.reduce((sum, each) => sum + each, 0);
  return {
    schema: 0,
    count,
    sum: count,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: { offset: 0, counts: Float64Array.from(counts) },
    negative: { offset: 0, counts: Float64Array.of() },
    resetHint,
  };
}

const histograms = [
  histogram([4, 6], "unknown"),
  histogram([1, 1], "reset"),
  histogram([1, 2], "not-reset"),
  histogram([2, 2], "not-reset"),
];
const source = new MemorySource([
  {
    labels: { __name__: "h" },
    times: Float64Array.from(histograms, (_, i) => (START + 60 * i) * 1_000),
    values: new Float64Array(histograms.length).fill(Number.NaN),
    histograms,
  },
]);

test.each([
  ["resets(h[4m])", 1],
  ["resets(h[4m:1m])", 1],
  // Each sample four times.
  ["resets(h[4m:15s])", 1],
  // Without the sample that has the hint.
  ["resets(h[4m:2m])", 1],
])("a reset with a hint is counted once: %s", async (text, resets) => {
  const result = await query(text, { source, time: START + 180 });
  expect(result).toMatchObject({ kind: "vector", series: [{ value: resets }] });
});
