/** What upstream's points say, as the cells that visitors are shown. */
import type { ExponentialHistogram, Histogram } from "@opentelemetry/sdk-metrics";
import { EXPLICIT, EXPONENTIAL } from "./cell-layout.ts";
import type { CellWriter } from "./point-series.ts";

/** The value of a sum or a gauge. */
export const numberCells: CellWriter<number> = {
  widthOf: () => 1,
  write(cells, value) {
    cells[0] = value;
  },
};

/** A histogram with boundaries. */
export const explicitCells: CellWriter<Histogram> = {
  widthOf: ({ buckets }) => EXPLICIT.buckets + buckets.boundaries.length + 1,
  write(cells, { count, sum = 0, min, max, buckets: { boundaries, counts } }) {
    cells[EXPLICIT.count] = count;
    cells[EXPLICIT.sum] = sum;
    writeMinMax(cells, EXPLICIT.min, min, max);
    // OTLP lets a histogram without boundaries have no buckets either.
    if (counts.length === 0) cells[EXPLICIT.buckets] = count;
    else for (let i = 0; i <= boundaries.length; i++) cells[EXPLICIT.buckets + i] = counts[i] ?? 0;
  },
};

/** An exponential histogram. */
export const exponentialCells: CellWriter<ExponentialHistogram> = {
  widthOf: ({ positive, negative }) =>
    EXPONENTIAL.counts + positive.bucketCounts.length + negative.bucketCounts.length,
  write(cells, { count, sum = 0, min, max, zeroCount, scale, positive, negative }) {
    cells[EXPONENTIAL.count] = count;
    cells[EXPONENTIAL.sum] = sum;
    writeMinMax(cells, EXPONENTIAL.min, min, max);
    cells[EXPONENTIAL.zeroCount] = zeroCount;
    cells[EXPONENTIAL.scale] = scale;
    // As OTLP has them: with more than 2^53 whoever counts buckets would never come to an end.
    cells[EXPONENTIAL.positiveOffset] = positive.offset | 0;
    cells[EXPONENTIAL.positiveLength] = positive.bucketCounts.length;
    cells[EXPONENTIAL.negativeOffset] = negative.offset | 0;
    cells[EXPONENTIAL.negativeLength] = negative.bucketCounts.length;
    cells.set(positive.bucketCounts, EXPONENTIAL.counts);
    cells.set(negative.bucketCounts, EXPONENTIAL.counts + positive.bucketCounts.length);
  },
};

// As the engine has it where they are not wanted: beyond every value.
function writeMinMax(cells: Float64Array, at: number, min = -Infinity, max = Infinity): void {
  cells[at] = min;
  cells[at + 1] = max;
}
