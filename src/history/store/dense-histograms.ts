// Exponential histograms of one series, brought to one set of bounds.
import { EXTREME_CELLS } from "./extremes.ts";

/** What the bounds are made of. */
export interface ExponentialBuckets {
  readonly scale: number;
  readonly positiveOffset: number;
  readonly positiveLength: number;
  readonly negativeOffset: number;
  readonly negativeLength: number;
}

/** Exponential histograms with the same buckets. A row is `[sum, bucket 0, …, bucket n]`. */
export interface ExponentialRows {
  readonly buckets: ExponentialBuckets;
  readonly rows: Float64Array;
}

// Cells of a point in a collection.
const SUM = 0;
const ZERO_COUNT = 1;
const SCALE = 2;
const POSITIVE_OFFSET = 3;
const POSITIVE_LENGTH = 4;
const NEGATIVE_OFFSET = 5;
const NEGATIVE_LENGTH = 6;
const COUNTS = 7;

// OpenTelemetry's limits, and more buckets than an engine is set to.
const MIN_SCALE = -11;
const MAX_SCALE = 20;
const MAX_LENGTH = 65_536;

/**
 * Brings points of whatever scales and windows, cells as collections hold them, to the coarsest of their scales and to
 * the windows that hold all. A later point of a cumulative series is never finer, so only what came before a change of
 * scale gets coarser, by as much as the series itself did.
 */
export function denseRows(cells: Float64Array, widths: Int32Array): ExponentialRows {
  const points: Float64Array[] = [];
  let at = 0;
  for (const width of widths) points.push(cells.subarray(at, (at += width)));
  const scale = Math.min(...points.map((point) => point[SCALE]!));
  const positive = windowOf(points, scale, POSITIVE_OFFSET, POSITIVE_LENGTH);
  const negative = windowOf(points, scale, NEGATIVE_OFFSET, NEGATIVE_LENGTH);
  const buckets = {
    scale,
    positiveOffset: positive.offset,
    positiveLength: positive.length,
    negativeOffset: negative.offset,
    negativeLength: negative.length,
  };
  const width = rowWidthOf(buckets);
  const zero = zeroAt(negative.length);
  const rows = new Float64Array(points.length * width);
  points.forEach((point, i) => {
    const row = rows.subarray(i * width, (i + 1) * width);
    const shift = 2 ** (point[SCALE]! - scale);
    const positives = point[POSITIVE_LENGTH]!;
    row[0] = point[SUM]!;
    row[zero] = point[ZERO_COUNT]!;
    for (let k = 0; k < positives; k++) {
      const index = Math.floor((point[POSITIVE_OFFSET]! + k) / shift) - positive.offset;
      row[zero + 2 + index]! += point[COUNTS + k]!;
    }
    for (let k = 0; k < point[NEGATIVE_LENGTH]!; k++) {
      const index = Math.floor((point[NEGATIVE_OFFSET]! + k) / shift) - negative.offset;
      // The largest negative values are the lowest.
      row[zero - 2 - index]! += point[COUNTS + positives + k]!;
    }
  });
  return { buckets, rows };
}

/**
 * The upper bounds of such a row's buckets, all but the last. What is below the negative buckets and above the positive
 * ones is always empty, and so are the gaps on both sides of zero.
 */
export function boundsOf(buckets: ExponentialBuckets): Float64Array {
  const { scale, positiveOffset, positiveLength, negativeOffset, negativeLength } = buckets;
  const bound = (index: number): number => 2 ** (index / 2 ** scale);
  const bounds: number[] = [];
  if (negativeLength > 0) {
    for (let k = negativeLength; k >= 0; k--) bounds.push(-bound(negativeOffset + k));
    bounds.push(-Number.MIN_VALUE);
  }
  bounds.push(0);
  if (positiveLength > 0) for (let k = 0; k <= positiveLength; k++) bounds.push(bound(positiveOffset + k));
  return Float64Array.from(bounds);
}

/** Whether a histogram can have these buckets. */
export function areBuckets(buckets: ExponentialBuckets): boolean {
  const { scale, positiveOffset, positiveLength, negativeOffset, negativeLength } = buckets;
  return (
    Number.isInteger(scale) &&
    scale >= MIN_SCALE &&
    scale <= MAX_SCALE &&
    Number.isSafeInteger(positiveOffset) &&
    Number.isSafeInteger(negativeOffset) &&
    isLength(positiveLength) &&
    isLength(negativeLength)
  );
}

/** Whether these are the cells of one point, as collections hold them. */
export function isPoint(cells: Float64Array, hasMinMax: boolean): boolean {
  const [
    ,
    ,
    scale = NaN,
    positiveOffset = NaN,
    positiveLength = NaN,
    negativeOffset = NaN,
    negativeLength = NaN,
  ] = cells;
  const buckets = { scale, positiveOffset, positiveLength, negativeOffset, negativeLength };
  const width = COUNTS + positiveLength + negativeLength + (hasMinMax ? EXTREME_CELLS : 0);
  return areBuckets(buckets) && cells.length === width;
}

function isLength(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_LENGTH;
}

/** Cells of such a row. */
export function rowWidthOf({ positiveLength, negativeLength }: ExponentialBuckets): number {
  return zeroAt(negativeLength) + (positiveLength > 0 ? positiveLength + 3 : 2);
}

function zeroAt(negativeLength: number): number {
  return negativeLength > 0 ? negativeLength + 3 : 1;
}

function windowOf(
  points: readonly Float64Array[],
  scale: number,
  offsetAt: number,
  lengthAt: number,
): { offset: number; length: number } {
  let low = Infinity;
  let high = -Infinity;
  for (const point of points) {
    const length = point[lengthAt]!;
    if (length === 0) continue;
    const shift = 2 ** (point[SCALE]! - scale);
    low = Math.min(low, Math.floor(point[offsetAt]! / shift));
    high = Math.max(high, Math.floor((point[offsetAt]! + length - 1) / shift));
  }
  return low > high ? { offset: 0, length: 0 } : { offset: low, length: high - low + 1 };
}
