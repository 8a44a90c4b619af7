// Growth of typed arrays: small ones must not waste memory, since there are many, and large ones must not
// double.

const DOUBLING_BELOW = 4096;

/** Copies `cells` to an array with at least `length` elements; new elements are 0. */
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

// Growth by a quarter copies four times as often as doubling, but leaves an eighth unused on average, not a
// third.
function grownLength(old: number, least: number): number {
  const grown = old < DOUBLING_BELOW ? old * 2 : old + (old >>> 2);
  return Math.max(grown, least);
}
