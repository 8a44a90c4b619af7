// Not exported, since each use of an exported binding is a look-up. A double below LIMIT has a 32-bit whole part.
const LIMIT = 2 ** 31;
const ZEROS = 32;
const ROW = 3;
const DENSE = -1;

/**
 * Finds the bucket of a value among explicit boundaries. No branch depends on the value, since it would be mispredicted (13 ns
 * against 7).
 *
 * Boundaries mostly grow exponentially: at most two of them lie between two powers of two. So a table by the leading
 * zeros of the value's whole part leads to two independent comparisons. Values are scaled by a power of two, which is
 * exact, so that boundaries below 1 have a whole part, too. Denser boundaries are searched by four levels of comparisons
 * (1 ns more a recording).
 */
export class BoundarySearch {
  /** A row for each number of leading zeros: the boundaries below its values, or DENSE, and the next two boundaries. */
  // An array of JavaScript: V8 reads it faster than a typed array.
  readonly #table: readonly number[];
  readonly #scale: number;
  /** The boundaries, padded with infinities to a power of two minus one, at least 15. */
  readonly #bounds: Float64Array;

  /** Number of parts in the store's unit, if values and boundaries are numbers of parts: see `BindableRecorder.bind`. */
  readonly parts: number;

  /** @param boundaries finite, in increasing order. */
  constructor(boundaries: readonly number[], parts = 1) {
    this.parts = parts;
    const least = boundaries.find((boundary) => boundary > 0) ?? 1;
    const scale = Math.min(2 ** Math.max(0, -Math.floor(Math.log2(least))), 2 ** 30);
    this.#scale = scale;
    this.#table = tableOf(boundaries.map((boundary) => boundary * scale)).map((n, i) =>
      i % ROW === 0 ? n : n / scale,
    );
    const length = 2 ** Math.max(4, Math.ceil(Math.log2(boundaries.length + 1))) - 1;
    this.#bounds = new Float64Array(length).fill(Infinity);
    this.#bounds.set(boundaries);
  }

  /** Returns the number of boundaries below a finite `value`. */
  bucketOf(value: number): number {
    const scaled = value * this.#scale;
    if (scaled >= 0 && scaled < LIMIT) {
      const table = this.#table;
      const row = ROW * Math.clz32(scaled);
      const below = table[row]! | 0;
      if (below !== DENSE) return below + Number(value > table[row + 1]!) + Number(value > table[row + 2]!);
    }
    return searched(this.#bounds, value);
  }
}

/** The table for boundaries that are scaled already. */
function tableOf(boundaries: readonly number[]): number[] {
  // No value below LIMIT is without leading zeros.
  const rows = Array.from({ length: ROW * (ZEROS + 1) }, () => Infinity);
  for (let zeros = 1; zeros <= ZEROS; zeros++) {
    const from = zeros === ZEROS ? 0 : 2 ** (ZEROS - 1 - zeros);
    const within = boundaries.filter((boundary) => boundary >= from && boundary < 2 ** (ZEROS - zeros));
    const below = within.length > 2 ? DENSE : boundaries.filter((boundary) => boundary < from).length;
    rows.splice(ROW * zeros, 1 + Math.min(2, within.length), below, ...within.slice(0, 2));
  }
  return rows;
}

// Comparisons are added as numbers. The last 15 boundaries take two steps of three independent comparisons. No index is
// out of bounds: each step is at most the number of boundaries left.
function searched(bounds: Float64Array, value: number): number {
  let bucket = 0;
  for (let step = (bounds.length + 1) >>> 1; step > 8; step >>>= 1)
    bucket += step * Number(value > bounds[bucket + step - 1]!);
  const quarters =
    Number(value > bounds[bucket + 3]!) +
    Number(value > bounds[bucket + 7]!) +
    Number(value > bounds[bucket + 11]!);
  bucket += 4 * quarters;
  return (
    bucket +
    Number(value > bounds[bucket]!) +
    Number(value > bounds[bucket + 1]!) +
    Number(value > bounds[bucket + 2]!)
  );
}
