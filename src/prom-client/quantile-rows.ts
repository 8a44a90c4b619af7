/** The quantiles of a summary as series of one gauge. */
import type { Attributes } from "@opentelemetry/api";
import type { SeriesSource, SeriesVisitor } from "../engine/collection/series-source.ts";
import type { Exemplar } from "../engine/exemplars/reservoir.ts";
import type { CollectedRows } from "./collected-rows.ts";

/** The position of a series is its row times the number of quantiles, plus the index of its quantile. */
export class QuantileRows implements SeriesSource {
  /** For each quantile, the same rows. */
  readonly quantiles: readonly CollectedRows[];
  readonly hasExemplars = false;
  #visitor: SeriesVisitor | undefined;
  // Position of the series that is visited.
  #at = 0;
  readonly #relay: SeriesVisitor = {
    series: (cells, offset) => this.#visitor?.series(cells, offset, this.#at),
  };

  constructor(quantiles: readonly CollectedRows[]) {
    this.quantiles = quantiles;
  }

  get length(): number {
    const { quantiles } = this;
    return (quantiles[0]?.length ?? 0) * quantiles.length;
  }

  visit(from: number, to: number, visitor: SeriesVisitor): void {
    const end = Math.min(to, this.length);
    for (let at = Math.max(from, 0); at < end; at++) {
      const row = this.#rowOf(at);
      // A visitor may look at other series.
      this.#visitor = visitor;
      this.#at = at;
      this.#rowsOf(at).visit(row, row + 1, this.#relay);
    }
    this.#visitor = undefined;
  }

  pairsOf(at: number, ids: Int32Array): number {
    return this.#rowsOf(at).pairsOf(this.#rowOf(at), ids);
  }

  attributesOf(at: number): Attributes {
    return this.#rowsOf(at).attributesOf(this.#rowOf(at));
  }

  startTimeOf(at: number): number {
    return this.#rowsOf(at).startTimeOf(this.#rowOf(at));
  }

  startBy(unixMillis: number): void {
    this.quantiles[0]?.startBy(unixMillis);
  }

  exemplarsOf(): readonly Exemplar[] {
    return [];
  }

  #rowsOf(at: number): CollectedRows {
    return this.quantiles[at % this.quantiles.length]!;
  }

  #rowOf(at: number): number {
    return Math.floor(at / this.quantiles.length);
  }
}
