import type { FloatWindow } from "./float-window.ts";
import { KahanSum, compensationOf } from "../../engine/aggregation/kahan-sum.ts";
import { quantileInPieces, quantileOf } from "./quantile.ts";
import { type FoldedFunction, folded, type WindowFold } from "./window-fold.ts";

class Sum implements WindowFold {
  #sum = 0;
  #compensation = 0;

  begin(): void {
    this.#sum = 0;
    this.#compensation = 0;
  }

  add({ values }: FloatWindow, from: number, end: number): void {
    let [sum, compensation] = [this.#sum, this.#compensation];
    for (let i = from; i < end; i++) {
      const total = sum + values[i]!;
      compensation = compensationOf(sum, values[i]!, total, compensation);
      sum = total;
    }
    this.#sum = sum;
    this.#compensation = compensation;
  }

  result(): number {
    return Math.abs(this.#sum) === Infinity ? this.#sum : this.#sum + this.#compensation;
  }
}

/** Mean. It becomes incremental if the sum would overflow. */
class Mean implements WindowFold {
  // The mean instead of the sum if it is incremental.
  #sum = 0;
  #compensation = 0;
  #count = 0;
  #isIncremental = false;

  begin(): void {
    this.#sum = 0;
    this.#compensation = 0;
    this.#count = 0;
    this.#isIncremental = false;
  }

  add(window: FloatWindow, from: number, end: number): void {
    const { values } = window;
    let i = from;
    // The mean starts with the first value, which may be infinite.
    if (this.#count === 0) {
      this.#sum = values[i++]!;
      this.#count = 1;
    }
    if (!this.#isIncremental) i = this.#addToSum(window, i, end);
    if (i < end) this.#addToMean(window, i, end);
  }

  result(): number {
    if (this.#isIncremental) return this.#sum + this.#compensation;
    return this.#sum / this.#count + this.#compensation / this.#count;
  }

  // Returns the index of the first value that would overflow; `end` without one.
  #addToSum({ values }: FloatWindow, from: number, end: number): number {
    let [sum, compensation] = [this.#sum, this.#compensation];
    let i = from;
    for (; i < end; i++) {
      const total = sum + values[i]!;
      if (Math.abs(total) === Infinity) break;
      compensation = compensationOf(sum, values[i]!, total, compensation);
      sum = total;
    }
    this.#sum = sum;
    this.#compensation = compensation;
    this.#count += i - from;
    return i;
  }

  #addToMean({ values }: FloatWindow, from: number, end: number): void {
    let count = this.#count;
    let [mean, compensation] = this.#isIncremental
      ? [this.#sum, this.#compensation]
      : [this.#sum / count, this.#compensation / count];
    for (let i = from; i < end; i++) {
      count++;
      const share = (count - 1) / count;
      const [before, part] = [share * mean, values[i]! / count];
      mean = before + part;
      compensation = compensationOf(before, part, mean, share * compensation);
    }
    this.#isIncremental = true;
    this.#count = count;
    this.#sum = mean;
    this.#compensation = compensation;
  }
}

/** Time of the last extreme value, in seconds. NaN is left out beside numbers. */
class TimeOfExtreme implements WindowFold {
  readonly #sign: 1 | -1;
  #at = 0;

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  begin({ first }: FloatWindow): void {
    this.#at = first;
  }

  add({ values }: FloatWindow, from: number, end: number): void {
    for (let i = from; i < end; i++) {
      const best = values[this.#at]!;
      if (values[i]! * this.#sign >= best * this.#sign || Number.isNaN(best)) this.#at = i;
    }
  }

  result({ times }: FloatWindow): number {
    return times[this.#at]! / 1_000;
  }
}

/** Extreme value. NaN is left out beside numbers. */
class Extreme implements WindowFold {
  readonly #isMax: boolean;
  #value = 0;

  constructor(isMax: boolean) {
    this.#isMax = isMax;
  }

  begin({ values, first }: FloatWindow): void {
    this.#value = values[first]!;
  }

  add({ values }: FloatWindow, from: number, end: number): void {
    let best = this.#value;
    if (this.#isMax) {
      for (let i = from; i < end; i++) if (values[i]! > best || Number.isNaN(best)) best = values[i]!;
    } else {
      for (let i = from; i < end; i++) if (values[i]! < best || Number.isNaN(best)) best = values[i]!;
    }
    this.#value = best;
  }

  result(): number {
    return this.#value;
  }
}

/** Variance of the population. */
class Variance implements WindowFold {
  #mean = new KahanSum();
  #squares = new KahanSum();

  begin(): void {
    this.#mean = new KahanSum();
    this.#squares = new KahanSum();
  }

  add({ values, first }: FloatWindow, from: number, end: number): void {
    const [mean, squares] = [this.#mean, this.#squares];
    for (let i = from; i < end; i++) {
      const difference = values[i]! - mean.value;
      mean.add(difference / (i - first + 1));
      squares.add(difference * (values[i]! - mean.value));
    }
  }

  result({ first, end }: FloatWindow): number {
    return this.#squares.value / (end - first);
  }
}

/** Number of values that differ from their predecessors, or with `isReset` are below them. NaN equals NaN. */
class Changes implements WindowFold {
  readonly #isReset: boolean;
  #count = 0;

  constructor(isReset: boolean) {
    this.#isReset = isReset;
  }

  begin(): void {
    this.#count = 0;
  }

  add({ values, first }: FloatWindow, from: number, end: number): void {
    let count = 0;
    for (let i = Math.max(from, first + 1); i < end; i++) {
      const [before, now] = [values[i - 1]!, values[i]!];
      if (this.#isReset) count += now < before ? 1 : 0;
      else if (now !== before && !(Number.isNaN(now) && Number.isNaN(before))) count++;
    }
    this.#count += count;
  }

  result(): number {
    return this.#count;
  }
}

export const sumOverTime: FoldedFunction = folded(() => new Sum());
export const avgOverTime: FoldedFunction = folded(() => new Mean());
export const minOverTime: FoldedFunction = folded(() => new Extreme(false));
export const maxOverTime: FoldedFunction = folded(() => new Extreme(true));
export const timeOfMin: FoldedFunction = folded(() => new TimeOfExtreme(-1));
export const timeOfMax: FoldedFunction = folded(() => new TimeOfExtreme(1));
export const varianceOverTime: FoldedFunction = folded(() => new Variance());
export const changes: FoldedFunction = folded(() => new Changes(false));
export const resets: FoldedFunction = folded(() => new Changes(true));

/** `stddev_over_time`. */
export const deviationOverTime: FoldedFunction = {
  ofFloats: (window) => Math.sqrt(varianceOverTime.ofFloats(window)),
  *inPieces(window, work) {
    return Math.sqrt(yield* varianceOverTime.inPieces(window, work));
  },
};

/** `mad_over_time`: the median of the distances from the median. NaN with a sample of NaN. */
export const medianDeviation: FoldedFunction = {
  ofFloats({ values, first, end }) {
    const some = values.slice(first, end);
    if (some.some(Number.isNaN)) return Number.NaN;
    const median = quantileOf(0.5, some.slice());
    return quantileOf(
      0.5,
      some.map((value) => Math.abs(value - median)),
    );
  },
  *inPieces({ values, first, end }, work) {
    const some = values.slice(first, end);
    if (some.some(Number.isNaN)) return Number.NaN;
    const median = yield* quantileInPieces(0.5, some.slice(), work);
    const distances = some.map((value) => Math.abs(value - median));
    if (work.spend(3 * some.length)) yield;
    return yield* quantileInPieces(0.5, distances, work);
  },
};

/** `quantile_over_time`. */
export const quantileOverTime: FoldedFunction = {
  ofFloats: ({ values, first, end, args: [q = Number.NaN] }) => quantileOf(q, values.slice(first, end)),
  inPieces: ({ values, first, end, args: [q = Number.NaN] }, work) =>
    quantileInPieces(q, values.subarray(first, end), work),
};
