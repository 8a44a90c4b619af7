// The blocks of series, wherever their points lie.
import type { SeriesLayout } from "../encoded-collection.ts";
import type { Block } from "./block.ts";
import { boundsOf, denseRows } from "./dense-histograms.ts";
import { gatherPoints, type SeriesPoints } from "./gathered-points.ts";
import type { HeadTable } from "./head-table.ts";
import { histogramBlock, numberBlock } from "./held-blocks.ts";
import type { SampleTable } from "./sample-table.ts";
import type { SeriesCatalog } from "./series-catalog.ts";

/** Reads the points of one database. */
export class PointReader {
  readonly #catalog: SeriesCatalog;
  readonly #heads: HeadTable;
  readonly #samples: SampleTable;

  constructor(catalog: SeriesCatalog, heads: HeadTable, samples: SampleTable) {
    this.#catalog = catalog;
    this.#heads = heads;
    this.#samples = samples;
  }

  /** All blocks of the series that have points from `from` to `to`; of each series in the order of their times. */
  *read(series: readonly number[], from: number, to: number): Generator<Block> {
    const wanted = new Set(series);
    const heads = this.#heads
      .buckets()
      .filter(({ first, last }) => last >= from && first <= to)
      .flatMap((bucket) => this.#heads.headsOf(bucket));
    for (const points of gatherPoints(heads, wanted).series) {
      yield blockOf(points, this.#catalog.kindOf(points.series).layout);
    }
    for (const id of series) yield* this.#samples.read(id, from, to);
  }
}

function blockOf({ series, times, cells, widths }: SeriesPoints, layout: SeriesLayout): Block {
  switch (layout.kind) {
    case "number":
      return numberBlock(series, times, cells);
    case "buckets":
      return histogramBlock(series, times, Float64Array.from(layout.bounds), cells);
    case "exponential": {
      const { buckets, rows } = denseRows(cells, widths);
      return histogramBlock(series, times, boundsOf(buckets), rows);
    }
    default:
      return layout satisfies never;
  }
}
