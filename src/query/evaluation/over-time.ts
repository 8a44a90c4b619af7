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

/** `avg_over_time`. */
export function avgOverTime({ values, first, end }: FloatWindow): number {
  const mean = new KahanMean();
  for (let i = first; i < end; i++) mean.add(values[i]!);
  return mean.value;
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

/** Mean with Neumaier's compensation. It becomes incremental if the sum would overflow. */
class KahanMean {
  #count = 0;
  #sum = 0;
  #compensation = 0;
  #isIncremental = false;

  add(value: number): void {
    this.#count++;
    const count = this.#count;
    if (count === 1) {
      this.#sum = value;
      return;
    }
    if (!this.#isIncremental) {
      const total = this.#sum + value;
      if (Math.abs(total) !== Infinity) {
        this.#compensation = compensationOf(this.#sum, value, total, this.#compensation);
        this.#sum = total;
        return;
      }
      this.#isIncremental = true;
      this.#sum /= count - 1;
      this.#compensation /= count - 1;
    }
    const share = (count - 1) / count;
    const [before, part] = [share * this.#sum, value / count];
    this.#sum = before + part;
    this.#compensation = compensationOf(before, part, this.#sum, share * this.#compensation);
  }

  get value(): number {
    return this.#isIncremental
      ? this.#sum + this.#compensation
      : this.#sum / this.#count + this.#compensation / this.#count;
  }
}
