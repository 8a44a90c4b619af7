import type { Attributes } from "@opentelemetry/api";
import type { Exemplar } from "../exemplars/reservoir.ts";
import type { PointTimes, SeriesSource, SeriesVisitor } from "./series-source.ts";

const SLICE_LENGTH = 256;

/** Passes over what `isAccepted` refuses. Each series is tested once, when a walk first comes to it. */
export class FilteredSeries implements SeriesSource {
  readonly timesOf?: (row: number) => PointTimes;
  readonly #series: SeriesSource;
  readonly #isAccepted: (attributes: Attributes) => boolean;
  readonly #accepted = new Map<number, boolean>();

  constructor(series: SeriesSource, isAccepted: (attributes: Attributes) => boolean) {
    this.#series = series;
    this.#isAccepted = isAccepted;
    if (series.timesOf !== undefined) this.timesOf = series.timesOf.bind(series);
  }

  get length(): number {
    return this.#series.length;
  }

  /** Whether no series is accepted. Tests series up to the first slice that has one. */
  get isEmpty(): boolean {
    for (let from = 0; from < this.length; from += SLICE_LENGTH)
      if (this.#hasAny(from, from + SLICE_LENGTH)) return false;
    return true;
  }

  visit(from: number, to: number, visitor: SeriesVisitor): void {
    this.#series.visit(from, to, {
      series: (cells, offset, row) => {
        if (this.#accepts(row)) visitor.series(cells, offset, row);
      },
    });
  }

  pairsOf(row: number, ids: Int32Array): number {
    return this.#series.pairsOf(row, ids);
  }

  attributesOf(row: number): Attributes {
    return this.#series.attributesOf(row);
  }

  startTimeOf(row: number): number {
    return this.#series.startTimeOf(row);
  }

  exemplarsOf(row: number): readonly Exemplar[] {
    return this.#series.exemplarsOf(row);
  }

  #hasAny(from: number, to: number): boolean {
    let hasAny = false;
    this.visit(from, to, { series: () => void (hasAny = true) });
    return hasAny;
  }

  #accepts(row: number): boolean {
    let accepted = this.#accepted.get(row);
    if (accepted === undefined)
      this.#accepted.set(row, (accepted = this.#isAccepted(this.#series.attributesOf(row))));
    return accepted;
  }
}
