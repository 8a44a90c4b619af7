// The least and the greatest value that a histogram has recorded, which lie beside its rows.

/** Values between which all recorded ones lie: infinite ends if they were not stored, turned round if there are none. */
export interface Extremes {
  readonly min: number;
  readonly max: number;
}

/** Cells at the end of a point that hold them. */
export const EXTREME_CELLS = 2;

/** Of a histogram that has recorded nothing. */
export const NO_EXTREMES: Extremes = { min: Infinity, max: -Infinity };

/** Of a histogram whose extremes were not stored. */
export const UNKNOWN_EXTREMES: Extremes = { min: -Infinity, max: Infinity };

/** Of points whose extremes were not stored: pairs of a min and a max, one after the other. */
export function unknownExtremes(points: number): Float64Array {
  return Float64Array.from({ length: EXTREME_CELLS * points }, (_, i) =>
    i % 2 === 0 ? -Infinity : Infinity,
  );
}

/** The rows of points with explicit bounds, and the extremes of those points if they were stored. */
export function rowsAndExtremes(
  cells: Float64Array,
  widths: Int32Array,
  { bounds, hasMinMax = false }: { readonly bounds: Float64Array; readonly hasMinMax?: boolean },
): { rows: Float64Array; extremes: Float64Array | undefined } {
  if (!hasMinMax) return { rows: cells, extremes: undefined };
  return { rows: withoutExtremes(cells, bounds.length + 2), extremes: extremesAtEnds(cells, widths) };
}

/** The extremes at the end of each point. @param widths how many cells each point has. */
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

/** The extremes of all points. */
export function allExtremes(pairs: Float64Array): Extremes {
  let { min, max } = NO_EXTREMES;
  for (let i = 0; i < pairs.length; i += EXTREME_CELLS) {
    min = Math.min(min, pairs[i]!);
    max = Math.max(max, pairs[i + 1]!);
  }
  return { min, max };
}

/** The extremes of both. */
export function widerExtremes(one: Extremes, other: Extremes): Extremes {
  return { min: Math.min(one.min, other.min), max: Math.max(one.max, other.max) };
}

/** The least value that a bucket may hold, by its bounds and by the recorded min. NaN if neither says anything. */
export function leastIn(bounds: ArrayLike<number>, bucket: number, { min }: Extremes): number {
  if (min > -Infinity) return bucket === 0 ? min : Math.max(min, bounds[bucket - 1]!);
  // What is measured is seldom below 0; if a bound is, nothing else is known of the first bucket.
  return bucket === 0 ? Math.min(0, bounds[0] ?? Number.NaN) : bounds[bucket - 1]!;
}

/** The greatest value that a bucket may hold, in the same way. Without a max the last bucket ends at the last bound. */
export function greatestIn(bounds: ArrayLike<number>, bucket: number, { max }: Extremes): number {
  if (max < Infinity) return bucket === bounds.length ? max : Math.min(max, bounds[bucket]!);
  return bounds[Math.min(bucket, bounds.length - 1)] ?? Number.NaN;
}
