// `ExponentialHistogramDataPoint`: the points of exponential histograms.
import { ValueType } from "@opentelemetry/api";
import { EXPONENTIAL } from "../../../engine/collection/cell-layout.ts";
import type { CollectedExponentialHistogram } from "../../../engine/collection/collected-metric.ts";
import type { SeriesVisitor } from "../../../engine/collection/series-source.ts";
import type { ByteWriter } from "../../../io/bytes/writer.ts";
import type { PointTags, PointWriter } from "./points.ts";

/** The tags of an `ExponentialHistogramDataPoint`. */
export const EXPONENTIAL_TAGS: PointTags = { attributes: 0x0a, exemplars: 0x5a };

// Of all but the buckets, at most.
const OWN_BYTES = 80;

/** Writes the series of an exponential histogram that it visits. */
export class ExponentialPoints implements SeriesVisitor {
  readonly #points: PointWriter;
  readonly #metric: CollectedExponentialHistogram;
  readonly #isInt: boolean;

  constructor(points: PointWriter, metric: CollectedExponentialHistogram) {
    this.#points = points;
    this.#metric = metric;
    this.#isInt = metric.descriptor.valueType === ValueType.INT;
  }

  series(cells: Float64Array, offset: number, row: number): void {
    const { series, hasSum, hasMinMax } = this.#metric;
    const writer = this.#points.begin(series, row);
    writer.reserve(OWN_BYTES);
    writer.byte(0x21);
    writer.fixed64(cells[offset + EXPONENTIAL.count]!);
    if (hasSum) {
      writer.byte(0x29);
      writer.double(cells[offset + EXPONENTIAL.sum]!);
    }
    writer.byte(0x30);
    writer.zigzag(cells[offset + EXPONENTIAL.scale]!);
    writer.byte(0x39);
    writer.fixed64(cells[offset + EXPONENTIAL.zeroCount]!);
    const positives = cells[offset + EXPONENTIAL.positiveLength]!;
    const negatives = cells[offset + EXPONENTIAL.negativeLength]!;
    const first = offset + EXPONENTIAL.counts;
    if (positives > 0) {
      writer.byte(0x42);
      writeBuckets(writer, cells[offset + EXPONENTIAL.positiveOffset]!, cells, first, positives);
    }
    if (negatives > 0) {
      writer.byte(0x4a);
      writeBuckets(writer, cells[offset + EXPONENTIAL.negativeOffset]!, cells, first + positives, negatives);
    }
    // Nothing is the least of nothing.
    const min = cells[offset + EXPONENTIAL.min]!;
    if (hasMinMax && Number.isFinite(min)) {
      writer.byte(0x61);
      writer.double(min);
      writer.byte(0x69);
      writer.double(cells[offset + EXPONENTIAL.max]!);
    }
    this.#points.end(series, row, this.#isInt);
  }
}

// Of `count` buckets from number `offset` on; their counts lie in cells from `first` on.
function writeBuckets(
  writer: ByteWriter,
  offset: number,
  cells: Float64Array,
  first: number,
  count: number,
): void {
  const buckets = writer.begin();
  writer.byte(0x08);
  writer.zigzag(offset);
  writer.byte(0x12);
  const counts = writer.begin();
  writer.reserve(10 * count);
  for (let i = 0; i < count; i++) writer.varint(cells[first + i]!);
  writer.end(counts);
  writer.end(buckets);
}
