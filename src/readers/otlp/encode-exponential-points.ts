/** `ExponentialHistogramDataPoint`: the points of exponential histograms. */
import { ValueType } from "@opentelemetry/api";
import { EXPONENTIAL } from "../../engine/collection/cell-layout.ts";
import type { CollectedExponentialHistogram } from "../../engine/collection/collected-metric.ts";
import type { SeriesVisitor } from "../../engine/collection/series-source.ts";
import { type ByteWriter, varintSize, zigzagOf } from "../bytes/byte-writer.ts";
import { FIXED64_SIZE, type PointTags, type PointWriter } from "./encode-points.ts";

/** The tags of an `ExponentialHistogramDataPoint`. */
export const EXPONENTIAL_TAGS: PointTags = { attributes: 0x0a, exemplars: 0x5a };

/** Writes the series of an exponential histogram that it visits. */
export class ExponentialPoints implements SeriesVisitor {
  readonly #points: PointWriter;
  readonly #metric: CollectedExponentialHistogram;
  readonly #isInt: boolean;
  readonly #positive = new BucketRange(0x42);
  readonly #negative = new BucketRange(0x4a);

  constructor(points: PointWriter, metric: CollectedExponentialHistogram) {
    this.#points = points;
    this.#metric = metric;
    this.#isInt = metric.descriptor.valueType === ValueType.INT;
  }

  series(cells: Float64Array, offset: number, row: number): void {
    const { series, hasSum, hasMinMax } = this.#metric;
    const positives = cells[offset + EXPONENTIAL.positiveLength]!;
    const negatives = cells[offset + EXPONENTIAL.negativeLength]!;
    const firstCount = offset + EXPONENTIAL.counts;
    this.#positive.set(cells[offset + EXPONENTIAL.positiveOffset]!, cells, firstCount, positives);
    this.#negative.set(cells[offset + EXPONENTIAL.negativeOffset]!, cells, firstCount + positives, negatives);
    const scale = zigzagOf(cells[offset + EXPONENTIAL.scale]!);
    const min = cells[offset + EXPONENTIAL.min]!;
    const showsMinMax = hasMinMax && Number.isFinite(min);
    const fixed = 2 + (hasSum ? 1 : 0) + (showsMinMax ? 2 : 0);
    const size = fixed * FIXED64_SIZE + 1 + varintSize(scale) + this.#positive.size + this.#negative.size;
    const writer = this.#points.begin(series, row, size, this.#isInt);
    writer.byte(0x21);
    writer.fixed64(cells[offset + EXPONENTIAL.count]!);
    if (hasSum) {
      writer.byte(0x29);
      writer.double(cells[offset + EXPONENTIAL.sum]!);
    }
    writer.byte(0x30);
    writer.varint(scale);
    writer.byte(0x39);
    writer.fixed64(cells[offset + EXPONENTIAL.zeroCount]!);
    this.#positive.write(writer, cells);
    this.#negative.write(writer, cells);
    if (showsMinMax) {
      writer.byte(0x61);
      writer.double(min);
      writer.byte(0x69);
      writer.double(cells[offset + EXPONENTIAL.max]!);
    }
    this.#points.end();
  }
}

/** The buckets of one sign. */
class BucketRange {
  /** Bytes of the whole field; 0 where there is no bucket, which is then not written. */
  size = 0;
  readonly #tag: number;
  #offset = 0;
  #first = 0;
  #count = 0;
  #countsSize = 0;
  #contentSize = 0;

  constructor(tag: number) {
    this.#tag = tag;
  }

  /** Notes the buckets: from number `offset` on, counts in `count` cells from `first` on. */
  set(offset: number, cells: Float64Array, first: number, count: number): void {
    this.size = 0;
    this.#count = count;
    if (count === 0) return;
    this.#offset = zigzagOf(offset);
    this.#first = first;
    let countsSize = 0;
    for (let i = 0; i < count; i++) countsSize += varintSize(cells[first + i]!);
    this.#countsSize = countsSize;
    this.#contentSize = 2 + varintSize(this.#offset) + varintSize(countsSize) + countsSize;
    this.size = 1 + varintSize(this.#contentSize) + this.#contentSize;
  }

  /** Writes the field that was noted, if any. */
  write(writer: ByteWriter, cells: Float64Array): void {
    if (this.#count === 0) return;
    writer.byte(this.#tag);
    writer.varint(this.#contentSize);
    writer.byte(0x08);
    writer.varint(this.#offset);
    writer.byte(0x12);
    writer.varint(this.#countsSize);
    for (let i = 0; i < this.#count; i++) writer.varint(cells[this.#first + i]!);
  }
}
