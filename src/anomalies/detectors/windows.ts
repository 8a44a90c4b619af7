// Statistics of the last `size` values of a ring, which lies in `cells` at `at`. They are computed anew for each point,
// since running sums would drift. `last` is the position of the newest value.

/** A ring in `cells`. */
export interface Ring {
  readonly at: number;
  readonly capacity: number;
}

/** Returns the mean. */
export function meanOf(cells: Float64Array, ring: Ring, last: number, size: number): number {
  let sum = 0;
  for (let i = 0, slot = last; i < size; i++) {
    sum += cells[ring.at + slot]!;
    slot = slot === 0 ? ring.capacity - 1 : slot - 1;
  }
  return sum / size;
}

/** Returns the mean of the absolute values. */
export function meanSizeOf(cells: Float64Array, ring: Ring, last: number, size: number): number {
  let sum = 0;
  for (let i = 0, slot = last; i < size; i++) {
    sum += Math.abs(cells[ring.at + slot]!);
    slot = slot === 0 ? ring.capacity - 1 : slot - 1;
  }
  return sum / size;
}
