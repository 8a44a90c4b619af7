// Exact figures of blocks: what is read, and minimum and maximum of histograms.
import { expect, test } from "vitest";
import { exactFigures } from "../../../src/history/query/exact-figures.ts";
import { histogramBlock, numberBlock } from "../../../src/history/store/block.ts";

const METRIC = {
  id: 1,
  name: "h",
  prometheusName: "h",
  type: "histogram",
  unit: "",
  description: "",
  scope: { name: "", version: "" },
  series: 1,
} as const;

test("gauges are read within the range alone, as they have no baseline", () => {
  const reads: number[] = [];
  const blocks = {
    *read(_: readonly number[], from: number) {
      reads.push(from);
      yield numberBlock(1, Float64Array.of(1e9, 1e9 + 1), Float64Array.of(3, 4));
    },
    oldest: 0,
  };
  const series = [
    { id: 1, metric: METRIC, attributes: {}, resource: {}, startTimeUnixMillis: 0, isFromZero: false },
  ];
  const found = exactFigures(blocks, "gauge", series, { from: 1e9 - 1, to: 2e9 });
  expect([...found.values()]).toEqual([{ count: 2, sum: 7, min: 3, max: 4 }]);
  expect(reads).toEqual([1e9 - 1]);
});

test("minimum and maximum of histograms with changing buckets are common bounds or recorded values", () => {
  const former = histogramBlock(1, {
    times: Float64Array.of(0),
    bounds: Float64Array.of(0, 1, 2, 64, 128),
    rows: Float64Array.of(101, 0, 1, 0, 0, 1, 0),
    extremes: Float64Array.of(1, 100),
  });
  // New values: 0.5 and 90, then 5.
  const block = histogramBlock(1, {
    times: Float64Array.of(1, 2),
    bounds: Float64Array.of(0, 1, 64, 128),
    rows: Float64Array.of(191.5, 0, 2, 0, 2, 0, 196.5, 0, 2, 1, 2, 0),
    extremes: Float64Array.of(0.5, 100, 0.5, 100),
  });
  const series = [
    {
      id: 1,
      metric: METRIC,
      attributes: {},
      resource: {},
      startTimeUnixMillis: 0,
      isFromZero: true,
    },
  ];
  const blocks = { read: () => [former, block], oldest: 0 };
  const found = exactFigures(blocks, "histogram", series, { from: 0, to: 100 });
  expect([...found.values()]).toEqual([{ count: 3, sum: 95.5, min: 0.5, max: 100 }]);
});
