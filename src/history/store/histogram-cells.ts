/** Minimum and maximum of all recorded values: infinite if not stored, reversed if no value was recorded. */
export interface Extremes {
  readonly min: number;
  readonly max: number;
}

/** Number of cells at the end of a point: minimum and maximum. */
export const EXTREME_CELLS = 2;

/** Extremes if no value was recorded. */
export const NO_EXTREMES: Extremes = { min: Infinity, max: -Infinity };

export const UNKNOWN_EXTREMES: Extremes = { min: -Infinity, max: Infinity };

export function unknownExtremes(points: number): Float64Array {
  return Float64Array.from({ length: EXTREME_CELLS * points }, (_, i) =>
    i % 2 === 0 ? -Infinity : Infinity,
  );
}

/** Rows of points with explicit bounds, and their extremes if stored. */
export function rowsAndExtremes(
  cells: Float64Array,
  widths: Int32Array,
  { bounds, hasMinMax = false }: { readonly bounds: Float64Array; readonly hasMinMax?: boolean },
): { rows: Float64Array; extremes: Float64Array | undefined } {
  if (!hasMinMax) return { rows: cells, extremes: undefined };
  return { rows: withoutExtremes(cells, bounds.length + 2), extremes: extremesAtEnds(cells, widths) };
}

/** Pairs of minimum and maximum. */
export function extremesAtEnds(cells: Float64Array, widths: Int32Array): Float64Array {
  const extremes = new Float64Array(EXTREME_CELLS * widths.length);
  let end = 0;
  for (let i = 0; i < widths.length; i++) {
    end += widths[i]!;
    extremes[2 * i] = cells[end - 2]!;
    extremes[2 * i + 1] = cells[end - 1]!;
  }
  return extremes;
}

function withoutExtremes(cells: Float64Array, rowWidth: number): Float64Array {
  const pointWidth = rowWidth + EXTREME_CELLS;
  const rows = new Float64Array(Math.floor(cells.length / pointWidth) * rowWidth);
  for (let from = 0, to = 0; to < rows.length; from += pointWidth, to += rowWidth)
    rows.set(cells.subarray(from, from + rowWidth), to);
  return rows;
}

export function allExtremes(pairs: Float64Array): Extremes {
  let { min, max } = NO_EXTREMES;
  for (let i = 0; i < pairs.length; i += EXTREME_CELLS) {
    min = Math.min(min, pairs[i]!);
    max = Math.max(max, pairs[i + 1]!);
  }
  return { min, max };
}

export function widerExtremes(one: Extremes, other: Extremes): Extremes {
  return { min: Math.min(one.min, other.min), max: Math.max(one.max, other.max) };
}

/** The lowest value that a bucket may contain; NaN if unknown. */
export function leastIn(bounds: ArrayLike<number>, bucket: number, { min }: Extremes): number {
  if (min > -Infinity) return bucket === 0 ? min : Math.max(min, bounds[bucket - 1]!);
  // Measured values are seldom negative, so the first bucket starts at 0 unless its bound is negative.
  return bucket === 0 ? Math.min(0, bounds[0] ?? Number.NaN) : bounds[bucket - 1]!;
}

/** The highest value that a bucket may contain. Without a maximum the last bucket ends at the last bound. */
export function greatestIn(bounds: ArrayLike<number>, bucket: number, { max }: Extremes): number {
  if (max < Infinity) return bucket === bounds.length ? max : Math.min(max, bounds[bucket]!);
  return bounds[Math.min(bucket, bounds.length - 1)] ?? Number.NaN;
}

export interface ExponentialBuckets {
  readonly scale: number;
  readonly positiveOffset: number;
  readonly positiveLength: number;
  readonly negativeOffset: number;
  readonly negativeLength: number;
}

/** A row is `[sum, bucket 0, …, bucket n]`. */
interface ExponentialRows {
  readonly buckets: ExponentialBuckets;
  readonly rows: Float64Array;
}

// Positions of cells in a point of a collection.
const SUM = 0;
const ZERO_COUNT = 1;
const SCALE = 2;
const POSITIVE_OFFSET = 3;
const POSITIVE_LENGTH = 4;
const NEGATIVE_OFFSET = 5;
const NEGATIVE_LENGTH = 6;
const COUNTS = 7;

// OpenTelemetry's limits of the scale, and more buckets than any configured limit.
const MIN_SCALE = -11;
const MAX_SCALE = 20;
const MAX_LENGTH = 65_536;

/**
 * Converts points to the coarsest of their scales, with offsets and lengths that fit all. A later cumulative point with buckets
 * never has a finer scale. Without buckets, any scale is right.
 */
export function denseRows(cells: Float64Array, widths: Int32Array): ExponentialRows {
  const points: Float64Array[] = [];
  let at = 0;
  for (const width of widths) points.push(cells.subarray(at, (at += width)));
  let scale = MAX_SCALE;
  for (const point of points)
    if (point[POSITIVE_LENGTH]! + point[NEGATIVE_LENGTH]! > 0) scale = Math.min(scale, point[SCALE]!);
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
      // The largest negative values come first, because they are the lowest.
      row[zero - 2 - index]! += point[COUNTS + positives + k]!;
    }
  });
  return { buckets, rows };
}

/** Upper bounds of all buckets but the last. The outermost buckets and those beside zero are always empty. */
export function boundsOf(buckets: ExponentialBuckets | undefined): Float64Array {
  if (buckets === undefined) return new Float64Array();
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

/** Whether the buckets are valid for a histogram. */
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

/** Whether the cells are a valid point of a collection. */
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

export function rowWidthOf({ positiveLength, negativeLength }: ExponentialBuckets): number {
  return zeroAt(negativeLength) + (positiveLength > 0 ? positiveLength + 3 : 2);
}

/** Cell of the zero bucket in a row. */
export function zeroAt(negativeLength: number): number {
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
