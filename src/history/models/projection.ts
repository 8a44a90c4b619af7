// Principal components of columns, and how unusual a row is: T² and Q.
import { symmetricEigen } from "./symmetric-eigen.ts";

/** Principal components, each divided by its standard deviation. */
export interface Projection {
  /** Number of columns. */
  readonly size: number;
  /** Number of components that explain most of the variance. */
  readonly main: number;
  /** One row for each component, the most important first. */
  readonly rows: readonly number[];
}

/** Statistics of a row. Both are sums of squares, in variances. */
export interface RowStatistics {
  /** T²: distance from the centre within the main components. */
  readonly spread: number;
  /** Q: distance from the main components, each direction in its own variance. */
  readonly rest: number;
}

const MAIN_SHARE = 0.9;
// Least variance of a component, as a share of a column's: columns that are nearly multiples of each other differ by noise.
const MIN_VARIANCE = 1e-3;
// Stored numbers have this many digits.
const DIGITS = 7;

/** The projection for a covariance matrix, row by row, of columns with a variance of about 1. */
export function projectionOf(covariance: Float64Array, size: number): Projection {
  const { values, vectors } = symmetricEigen(covariance, size);
  const total = values.reduce((sum, value) => sum + value, 0);
  let main = 0;
  for (let explained = 0; main < size - 1 && explained < MAIN_SHARE * total; main++)
    explained += values[main]!;
  const rows = Array.from(vectors, (entry, i) =>
    rounded(entry / Math.sqrt(Math.max(values[Math.floor(i / size)]!, MIN_VARIANCE))),
  );
  return { size, main, rows };
}

/** Applies a projection to rows. */
export class Projector {
  readonly #projection: Projection;
  readonly #projected: Float64Array;
  // Squares of each column of the projection.
  readonly #weights: Float64Array;

  constructor(projection: Projection) {
    const { size, rows } = projection;
    this.#projection = projection;
    this.#projected = new Float64Array(size);
    this.#weights = new Float64Array(size);
    for (const [i, entry] of rows.entries()) this.#weights[i % size]! += entry * entry;
  }

  /** Projects a row, also for {@link deviations}. */
  project(row: Float64Array): RowStatistics {
    const { size, main, rows } = this.#projection;
    let [spread, rest] = [0, 0];
    for (let component = 0, at = 0; component < size; component++) {
      let score = 0;
      for (let i = 0; i < size; i++, at++) score += rows[at]! * row[i]!;
      this.#projected[component] = score;
      if (component < main) spread += score * score;
      else rest += score * score;
    }
    return { spread, rest };
  }

  /**
   * Deviation of each column of the latest row: the fall of T² + Q if the column had the value that the others suggest.
   * About 1 for usual values. Alcala and Qin, "Reconstruction-based contribution for process monitoring" (2009).
   */
  deviations(to: Float64Array): void {
    const { size, rows } = this.#projection;
    to.fill(0);
    for (let component = 0, at = 0; component < size; component++) {
      const score = this.#projected[component]!;
      for (let i = 0; i < size; i++, at++) to[i]! += rows[at]! * score;
    }
    for (let i = 0; i < size; i++) to[i] = this.#weights[i]! > 0 ? to[i]! ** 2 / this.#weights[i]! : 0;
  }

  /**
   * Change of one value of the latest row after which T² + Q is least, and the standard deviation of values in such a row.
   *
   * @param isCentred whether the mean of each row is subtracted before it is projected
   */
  suggestion(place: number, isCentred: boolean): { readonly change: number; readonly deviation: number } {
    const { size, rows } = this.#projection;
    let [gradient, curvature] = [0, 0];
    for (let component = 0, at = 0; component < size; component++, at += size) {
      let weight = rows[at + place]!;
      if (isCentred) for (let i = 0; i < size; i++) weight -= rows[at + i]! / size;
      gradient += weight * this.#projected[component]!;
      curvature += weight * weight;
    }
    return { change: -gradient / curvature, deviation: 1 / Math.sqrt(curvature) };
  }
}

/** A number with few digits, so that a stored model is small and equal to the trained one. */
export function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
