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

/**
 * Returns the standard deviation, in one pass over the distances from the newest value. Without a value of the window to
 * subtract, little would be left of the digits of a high level.
 */
export function deviationOf(cells: Float64Array, ring: Ring, last: number, size: number): number {
  const newest = cells[ring.at + last]!;
  let sum = 0;
  let squares = 0;
  for (let i = 0, slot = last; i < size; i++) {
    const distance = cells[ring.at + slot]! - newest;
    sum += distance;
    squares += distance * distance;
    slot = slot === 0 ? ring.capacity - 1 : slot - 1;
  }
  const mean = sum / size;
  return Math.sqrt(Math.max(0, squares / size - mean * mean));
}

/** Returns the mean of the absolute differences between neighbours. It reads `size` + 1 values. */
export function meanStepOf(cells: Float64Array, ring: Ring, last: number, size: number): number {
  let sum = 0;
  let newer = cells[ring.at + last]!;
  for (let i = 0, slot = last; i < size; i++) {
    slot = slot === 0 ? ring.capacity - 1 : slot - 1;
    const older = cells[ring.at + slot]!;
    sum += Math.abs(newer - older);
    newer = older;
  }
  return sum / size;
}
