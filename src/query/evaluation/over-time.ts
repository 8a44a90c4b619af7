import type { FloatWindow } from "./float-window.ts";
import { KahanSum, compensationOf } from "./kahan-sum.ts";
import { quantileOf } from "./quantile.ts";

/** `sum_over_time`. */
export function sumOverTime({ values, first, end }: FloatWindow): number {
  let sum = 0;
  let compensation = 0;
  for (let i = first; i < end; i++) {
    const total = sum + values[i]!;
    compensation = compensationOf(sum, values[i]!, total, compensation);
    sum = total;
  }
  return Math.abs(sum) === Infinity ? sum : sum + compensation;
}

/** `avg_over_time`. It becomes incremental if the sum would overflow. */
export function avgOverTime({ values, first, end }: FloatWindow): number {
  let sum = values[first]!;
  let compensation = 0;
  for (let i = first + 1; i < end; i++) {
    const total = sum + values[i]!;
    if (Math.abs(total) === Infinity)
      return incrementalMean(values, i, end, i - first, sum / (i - first), compensation / (i - first));
    compensation = compensationOf(sum, values[i]!, total, compensation);
    sum = total;
  }
  return sum / (end - first) + compensation / (end - first);
}

// Continues with the value at `next` after the mean of `count` values.
function incrementalMean(
  values: Float64Array,
  next: number,
  end: number,
  count: number,
  mean: number,
  compensation: number,
): number {
  for (let i = next; i < end; i++) {
    count++;
    const share = (count - 1) / count;
    const [before, part] = [share * mean, values[i]! / count];
    mean = before + part;
    compensation = compensationOf(before, part, mean, share * compensation);
  }
  return mean + compensation;
}

/** `min_over_time`. NaN is left out beside numbers. */
export function minOverTime({ values, first, end }: FloatWindow): number {
  let min = values[first]!;
  for (let i = first + 1; i < end; i++) if (values[i]! < min || Number.isNaN(min)) min = values[i]!;
  return min;
}

/** `max_over_time`. NaN is left out beside numbers. */
export function maxOverTime({ values, first, end }: FloatWindow): number {
  let max = values[first]!;
  for (let i = first + 1; i < end; i++) if (values[i]! > max || Number.isNaN(max)) max = values[i]!;
  return max;
}

/** `quantile_over_time`. */
export function quantileOverTime({ values, first, end, args }: FloatWindow): number {
  const [q = Number.NaN] = args;
  return quantileOf(q, values.slice(first, end));
}

/** `stdvar_over_time`: the variance of the population. */
export function varianceOverTime({ values, first, end }: FloatWindow): number {
  const [mean, squares] = [new KahanSum(), new KahanSum()];
  for (let i = first; i < end; i++) {
    const difference = values[i]! - mean.value;
    mean.add(difference / (i - first + 1));
    squares.add(difference * (values[i]! - mean.value));
  }
  return squares.value / (end - first);
}

/** `changes`: number of values that differ from their predecessors. NaN equals NaN. */
export function changes({ values, first, end }: FloatWindow): number {
  let count = 0;
  for (let i = first + 1; i < end; i++) {
    const [before, now] = [values[i - 1]!, values[i]!];
    if (now !== before && !(Number.isNaN(now) && Number.isNaN(before))) count++;
  }
  return count;
}

/** `resets`: number of values below their predecessors. */
export function resets({ values, first, end }: FloatWindow): number {
  let count = 0;
  for (let i = first + 1; i < end; i++) if (values[i]! < values[i - 1]!) count++;
  return count;
}
