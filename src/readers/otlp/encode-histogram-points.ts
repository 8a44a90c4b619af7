/** `HistogramDataPoint`: the points of histograms with fixed boundaries. */
import { ValueType } from "@opentelemetry/api";
import { EXPLICIT } from "../../engine/collection/cell-layout.ts";
import type { CollectedHistogram } from "../../engine/collection/collected-metric.ts";
import type { SeriesVisitor } from "../../engine/collection/series-source.ts";
import { varintSize } from "../bytes/byte-writer.ts";
import { FIXED64_SIZE, type PointTags, type PointWriter } from "./encode-points.ts";

/** The tags of a `HistogramDataPoint`. */
export const HISTOGRAM_TAGS: PointTags = { attributes: 0x4a, exemplars: 0x42 };

/** Writes the series of a histogram that it visits. */
export class HistogramPoints implements SeriesVisitor {
  readonly #points: PointWriter;
  readonly #metric: CollectedHistogram;
  readonly #isInt: boolean;
  // All that is as long in each point.
  readonly #ownSize: number;

  constructor(points: PointWriter, metric: CollectedHistogram) {
    this.#points = points;
    this.#metric = metric;
    this.#isInt = metric.descriptor.valueType === ValueType.INT;
    const { boundaries, hasSum } = metric;
    this.#ownSize =
      (hasSum ? 2 : 1) * FIXED64_SIZE + packedSize(boundaries.length + 1) + packedSize(boundaries.length);
  }

  series(cells: Float64Array, offset: number, row: number): void {
    const { series, boundaries, hasSum, hasMinMax } = this.#metric;
    const min = cells[offset + EXPLICIT.min]!;
    const showsMinMax = hasMinMax && Number.isFinite(min);
    const size = this.#ownSize + (showsMinMax ? 2 * FIXED64_SIZE : 0);
    const writer = this.#points.begin(series, row, size, this.#isInt);
    writer.byte(0x21);
    writer.fixed64(cells[offset + EXPLICIT.count]!);
    if (hasSum) {
      writer.byte(0x29);
      writer.double(cells[offset + EXPLICIT.sum]!);
    }
    const firstBucket = offset + EXPLICIT.buckets;
    writer.byte(0x32);
    writer.varint(8 * (boundaries.length + 1));
    for (let i = 0; i <= boundaries.length; i++) writer.fixed64(cells[firstBucket + i]!);
    if (boundaries.length > 0) {
      writer.byte(0x3a);
      writer.varint(8 * boundaries.length);
      for (let i = 0; i < boundaries.length; i++) writer.double(boundaries[i]!);
    }
    if (showsMinMax) {
      writer.byte(0x59);
      writer.double(min);
      writer.byte(0x61);
      writer.double(cells[offset + EXPLICIT.max]!);
    }
    this.#points.end();
  }
}

// A packed field of so many 64-bit values; none is not written.
function packedSize(count: number): number {
  return count === 0 ? 0 : 1 + varintSize(8 * count) + 8 * count;
}
