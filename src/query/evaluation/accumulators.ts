import { ABSENT, FLOAT, type Frame } from "./frame.ts";
import { compensationOf } from "../../engine/aggregation/kahan-sum.ts";

/** Collects the floats of rows in the cells of a result. The result's cells become {@link FLOAT} as they get values. */
export interface Accumulator {
  /** Adds a row of `source` to a row of the result. */
  addRow(source: Frame, row: number, target: number): void;
  /** Writes the values of a row of the result. */
  finishRow(target: number): void;
}

/** `sum`. */
export class Sums implements Accumulator {
  readonly #result: Frame;
  readonly #compensations: Float64Array;

  constructor(result: Frame) {
    this.#result = result;
    this.#compensations = new Float64Array(result.cells.length);
  }

  addRow({ cells, values, steps }: Frame, row: number, target: number): void {
    const { values: sums, cells: found } = this.#result;
    const compensations = this.#compensations;
    for (let step = 0, from = row * steps, to = target * steps; step < steps; step++, from++, to++) {
      if (cells[from] !== FLOAT) continue;
      const [sum, value] = [sums[to]!, values[from]!];
      const total = sum + value;
      compensations[to] = compensationOf(sum, value, total, compensations[to]!);
      sums[to] = total;
      found[to] = FLOAT;
    }
  }

  finishRow(target: number): void {
    const { values, steps } = this.#result;
    for (let cell = target * steps; cell < (target + 1) * steps; cell++)
      values[cell]! += this.#compensations[cell]!;
  }
}

/** `avg`. The mean becomes incremental if the sum would overflow. */
export class Means implements Accumulator {
  readonly #result: Frame;
  readonly #compensations: Float64Array;
  readonly #counts: Float64Array;
  readonly #isIncremental: Uint8Array;

  constructor(result: Frame) {
    const { length } = result.cells;
    this.#result = result;
    this.#compensations = new Float64Array(length);
    this.#counts = new Float64Array(length);
    this.#isIncremental = new Uint8Array(length);
  }

  addRow({ cells, values, steps }: Frame, row: number, target: number): void {
    for (let step = 0, from = row * steps, to = target * steps; step < steps; step++, from++, to++)
      if (cells[from] === FLOAT) this.add(to, values[from]!);
  }

  /** Adds a value to one cell. */
  add(cell: number, value: number): void {
    const { values: sums, cells } = this.#result;
    const compensations = this.#compensations;
    const count = (this.#counts[cell]! += 1);
    cells[cell] = FLOAT;
    if (count === 1) {
      sums[cell] = value;
      return;
    }
    if (this.#isIncremental[cell] === 0) {
      const sum = sums[cell]!;
      const total = sum + value;
      if (Math.abs(total) !== Infinity) {
        compensations[cell] = compensationOf(sum, value, total, compensations[cell]!);
        sums[cell] = total;
        return;
      }
      this.#isIncremental[cell] = 1;
      sums[cell] = sum / (count - 1);
      compensations[cell]! /= count - 1;
    }
    const share = (count - 1) / count;
    const [before, part] = [share * sums[cell]!, value / count];
    sums[cell] = before + part;
    compensations[cell] = compensationOf(before, part, before + part, share * compensations[cell]!);
  }

  finishRow(target: number): void {
    const { values, steps } = this.#result;
    for (let cell = target * steps; cell < (target + 1) * steps; cell++) {
      const count = this.#isIncremental[cell] === 1 ? 1 : this.#counts[cell]!;
      if (count > 0) values[cell] = values[cell]! / count + this.#compensations[cell]! / count;
    }
  }
}

/** `min` and `max`. NaN is left out beside numbers. */
export class Extremes implements Accumulator {
  readonly #result: Frame;
  readonly #sign: 1 | -1;

  /** @param sign 1 for `max`, -1 for `min`. */
  constructor(result: Frame, sign: 1 | -1) {
    this.#result = result;
    this.#sign = sign;
  }

  addRow({ cells, values, steps }: Frame, row: number, target: number): void {
    const { values: best, cells: found } = this.#result;
    const sign = this.#sign;
    for (let step = 0, from = row * steps, to = target * steps; step < steps; step++, from++, to++) {
      if (cells[from] !== FLOAT) continue;
      const [known, value] = [best[to]!, values[from]!];
      if (found[to] !== FLOAT || value * sign > known * sign || Number.isNaN(known)) best[to] = value;
      found[to] = FLOAT;
    }
  }

  finishRow(): void {}
}

/** `stdvar`, and `stddev` with `isRoot`: of the population. */
export class Variances implements Accumulator {
  readonly #result: Frame;
  readonly #isRoot: boolean;
  readonly #means: Float64Array;
  readonly #counts: Float64Array;

  constructor(result: Frame, isRoot: boolean) {
    this.#result = result;
    this.#isRoot = isRoot;
    this.#means = new Float64Array(result.cells.length);
    this.#counts = new Float64Array(result.cells.length);
  }

  // Without compensation, as in Prometheus.
  addRow({ cells, values, steps }: Frame, row: number, target: number): void {
    const { values: squares, cells: found } = this.#result;
    const [means, counts] = [this.#means, this.#counts];
    for (let step = 0, from = row * steps, to = target * steps; step < steps; step++, from++, to++) {
      if (cells[from] !== FLOAT) continue;
      const value = values[from]!;
      const count = (counts[to]! += 1);
      const difference = value - means[to]!;
      means[to]! += difference / count;
      squares[to]! += difference * (value - means[to]!);
      found[to] = FLOAT;
    }
  }

  finishRow(target: number): void {
    const { values, steps } = this.#result;
    for (let cell = target * steps; cell < (target + 1) * steps; cell++) {
      const variance = values[cell]! / this.#counts[cell]!;
      values[cell] = this.#isRoot ? Math.sqrt(variance) : variance;
    }
  }
}

/** `count`, and `group` with `isGroup`: histograms count too. */
export class Counts implements Accumulator {
  readonly #result: Frame;
  readonly #isGroup: boolean;

  constructor(result: Frame, isGroup: boolean) {
    this.#result = result;
    this.#isGroup = isGroup;
  }

  addRow({ cells, steps }: Frame, row: number, target: number): void {
    const { values: counts, cells: found } = this.#result;
    for (let step = 0, from = row * steps, to = target * steps; step < steps; step++, from++, to++) {
      if (cells[from] === ABSENT) continue;
      counts[to] = this.#isGroup ? 1 : counts[to]! + 1;
      found[to] = FLOAT;
    }
  }

  finishRow(): void {}
}
