import { ValueType } from "@opentelemetry/api";
import { EXPLICIT, EXPONENTIAL } from "../../../engine/collection/cell-layout.ts";
import type {
  CollectedExponentialHistogram,
  CollectedGauge,
  CollectedHistogram,
  CollectedMetric,
  CollectedSum,
} from "../../../engine/collection/collected-metric.ts";
import type { SeriesSource, SeriesVisitor } from "../../../engine/collection/series-source.ts";
import type { ByteWriter } from "../../../io/bytes/writer.ts";
import { isInt64 } from "./attributes.ts";
import type { PointWriter } from "./points.ts";

// Maximum size of an exponential histogram point without its buckets.
const OWN_BYTES = 80;

/** Creates the visitor that writes the points of a metric's series. */
export function visitorOf(metric: CollectedMetric, points: PointWriter): SeriesVisitor {
  switch (metric.kind) {
    case "sum":
    case "gauge":
      return new NumberPoints(points, metric);
    case "histogram":
      return new HistogramPoints(points, metric);
    case "exponentialHistogram":
      return new ExponentialPoints(points, metric);
    default:
      return metric satisfies never;
  }
}

class Points<Metric extends CollectedMetric> {
  protected readonly points: PointWriter;
  protected readonly metric: Metric;
  protected readonly source: SeriesSource;
  protected readonly isInt: boolean;

  constructor(points: PointWriter, metric: Metric) {
    this.points = points;
    this.metric = metric;
    this.source = metric.series;
    this.isInt = metric.descriptor.valueType === ValueType.INT;
  }
}

class NumberPoints extends Points<CollectedSum | CollectedGauge> implements SeriesVisitor {
  series(cells: Float64Array, offset: number, row: number): void {
    const value = cells[offset]!;
    const writer = this.points.begin(this.source, row);
    // Another SDK's integer instruments may hold other numbers.
    if (this.isInt && isInt64(value)) {
      writer.byte(0x31);
      writer.fixed64(value);
    } else {
      writer.byte(0x21);
      writer.double(value);
    }
    this.points.end(this.source, row, this.isInt);
  }
}

class HistogramPoints extends Points<CollectedHistogram> implements SeriesVisitor {
  series(cells: Float64Array, offset: number, row: number): void {
    const { boundaries, hasSum, hasMinMax } = this.metric;
    const writer = this.points.begin(this.source, row);
    writer.byte(0x21);
    writer.fixed64(cells[offset + EXPLICIT.count]!);
    if (hasSum) {
      writer.byte(0x29);
      writer.double(cells[offset + EXPLICIT.sum]!);
    }
    writer.packedFixed64(0x32, cells, offset + EXPLICIT.buckets, boundaries.length + 1);
    if (boundaries.length > 0) writer.packedDoubles(0x3a, boundaries);
    // Without measurements there is no minimum.
    const min = cells[offset + EXPLICIT.min]!;
    if (hasMinMax && Number.isFinite(min)) {
      writer.byte(0x59);
      writer.double(min);
      writer.byte(0x61);
      writer.double(cells[offset + EXPLICIT.max]!);
    }
    this.points.end(this.source, row, this.isInt);
  }
}

class ExponentialPoints extends Points<CollectedExponentialHistogram> implements SeriesVisitor {
  series(cells: Float64Array, offset: number, row: number): void {
    const { hasSum, hasMinMax } = this.metric;
    const writer = this.points.begin(this.source, row);
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
    // Without measurements there is no minimum.
    const min = cells[offset + EXPONENTIAL.min]!;
    if (hasMinMax && Number.isFinite(min)) {
      writer.byte(0x61);
      writer.double(min);
      writer.byte(0x69);
      writer.double(cells[offset + EXPONENTIAL.max]!);
    }
    this.points.end(this.source, row, this.isInt);
  }
}

// Writes `count` buckets from index `offset` on; their counts begin at cell `first`.
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
