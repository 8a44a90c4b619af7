// Typed arrays that grow: many small ones must not waste, large ones must not double.

const DOUBLING_BELOW = 4096;

/** A copy of `cells` with room for `length` elements at least; new elements are 0. */
export function grownInt32(cells: Int32Array, length: number): Int32Array {
  const grown = new Int32Array(grownLength(cells.length, length));
  grown.set(cells);
  return grown;
}

export function grownFloat64(cells: Float64Array, length: number): Float64Array {
  const grown = new Float64Array(grownLength(cells.length, length));
  grown.set(cells);
  return grown;
}

// A quarter more is copied four times as often as the double, but leaves an eighth unused on average, not a third.
function grownLength(old: number, least: number): number {
  const grown = old < DOUBLING_BELOW ? old * 2 : old + (old >>> 2);
  return Math.max(grown, least);
}
