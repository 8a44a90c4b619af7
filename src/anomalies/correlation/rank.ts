// The value at a rank, without sorting all values.

// Used again by each call: the allocation of a typed array costs more than the selection.
let copy = new Float64Array(512);

/** Returns the value that would be at `rank` if the values from `from` to `to` were sorted (Hoare's FIND). */
export function valueAtRank(values: Float64Array, from: number, to: number, rank: number): number {
  const length = to - from;
  if (copy.length < length) copy = new Float64Array(length);
  for (let i = 0; i < length; i++) copy[i] = values[from + i]!;
  let [low, high] = [0, length - 1];
  while (low < high) {
    const pivot = copy[rank]!;
    let [left, right] = [low, high];
    while (left <= right) {
      while (copy[left]! < pivot) left++;
      while (pivot < copy[right]!) right--;
      if (left > right) break;
      const value = copy[left]!;
      copy[left++] = copy[right]!;
      copy[right--] = value;
    }
    if (right < rank) low = left;
    if (rank < left) high = right;
  }
  return copy[rank]!;
}
