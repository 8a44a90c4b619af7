// `HistogramDataPoint`: the points of histograms with fixed boundaries.
import { ValueType } from "@opentelemetry/api";
import { EXPLICIT } from "../../../engine/collection/cell-layout.ts";
import type { CollectedHistogram } from "../../../engine/collection/collected-metric.ts";
import type { SeriesVisitor } from "../../../engine/collection/series-source.ts";
import type { PointTags, PointWriter } from "./points.ts";

/** The tags of a `HistogramDataPoint`. */
export const HISTOGRAM_TAGS: PointTags = { attributes: 0x4a, exemplars: 0x42 };

/** Writes the series of a histogram that it visits. */
export class HistogramPoints implements SeriesVisitor {
  readonly #points: PointWriter;
  readonly #metric: CollectedHistogram;
  readonly #isInt: boolean;

  constructor(points: PointWriter, metric: CollectedHistogram) {
    this.#points = points;
    this.#metric = metric;
    this.#isInt = metric.descriptor.valueType === ValueType.INT;
  }

  series(cells: Float64Array, offset: number, row: number): void {
    const { series, boundaries, hasSum, hasMinMax } = this.#metric;
    const writer = this.#points.begin(series, row);
    writer.byte(0x21);
    writer.fixed64(cells[offset + EXPLICIT.count]!);
    if (hasSum) {
      writer.byte(0x29);
      writer.double(cells[offset + EXPLICIT.sum]!);
    }
    writer.packedFixed64(0x32, cells, offset + EXPLICIT.buckets, boundaries.length + 1);
    if (boundaries.length > 0) writer.packedDoubles(0x3a, boundaries);
    // Nothing is the least of nothing.
    const min = cells[offset + EXPLICIT.min]!;
    if (hasMinMax && Number.isFinite(min)) {
      writer.byte(0x59);
      writer.double(min);
      writer.byte(0x61);
      writer.double(cells[offset + EXPLICIT.max]!);
    }
    this.#points.end(series, row, this.#isInt);
  }
}
