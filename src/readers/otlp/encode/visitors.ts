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

/**
 * Visitors that write the points of a metric's series, kept between collections. If the last object of a class is
 * freed, V8 discards the optimized code of its methods (`bench`: garbage of a collection to OTLP).
 */
export class PointVisitors {
  readonly #points: Readonly<Record<CollectedMetric["kind"], PointWriter>>;
  #sums: NumberPoints<CollectedSum> | undefined;
  #gauges: NumberPoints<CollectedGauge> | undefined;
  #histograms: HistogramPoints | undefined;
  #exponentials: ExponentialPoints | undefined;

  constructor(points: Readonly<Record<CollectedMetric["kind"], PointWriter>>) {
    this.#points = points;
  }

  /** The visitor of this metric's series, until the next call for a metric of its kind. */
  of(metric: CollectedMetric): SeriesVisitor {
    const points = this.#points[metric.kind];
    switch (metric.kind) {
      case "sum":
        return (this.#sums ??= new NumberPoints(points, metric)).begin(metric);
      case "gauge":
        return (this.#gauges ??= new NumberPoints(points, metric)).begin(metric);
      case "histogram":
        return (this.#histograms ??= new HistogramPoints(points, metric)).begin(metric);
      case "exponentialHistogram":
        return (this.#exponentials ??= new ExponentialPoints(points, metric)).begin(metric);
      default:
        return metric satisfies never;
    }
  }
}

abstract class Points<Metric extends CollectedMetric> implements SeriesVisitor {
  protected readonly points: PointWriter;
  protected metric: Metric;
  protected source: SeriesSource;
  protected isInt = false;

  constructor(points: PointWriter, metric: Metric) {
    this.points = points;
    this.metric = metric;
    this.source = metric.series;
  }

  begin(metric: Metric): this {
    this.metric = metric;
    this.source = metric.series;
    this.isInt = metric.descriptor.valueType === ValueType.INT;
    return this;
  }

  abstract series(cells: Float64Array, offset: number, row: number): void;
}

class NumberPoints<Metric extends CollectedSum | CollectedGauge> extends Points<Metric> {
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

class HistogramPoints extends Points<CollectedHistogram> {
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

class ExponentialPoints extends Points<CollectedExponentialHistogram> {
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
