/** Converts upstream's `ResourceMetrics` to a collection, so that readers have one input under any provider. */
import type { Attributes } from "@opentelemetry/api";
import type {
  ExponentialHistogram,
  Histogram,
  MetricData,
  ResourceMetrics,
  ScopeMetrics,
  DataPoint,
} from "@opentelemetry/sdk-metrics";
import { DataPointType } from "../sdk-values.ts";
import { type Scope, scopeFrom } from "../scope.ts";
import { Interner, NO_PAIR } from "../series/interner.ts";
import type { CollectedMetric } from "./collected-metric.ts";
import type { Collection } from "./collection.ts";
import { millisFromHrTime } from "./resource-metrics.ts";
import { EXPLICIT, EXPONENTIAL } from "./cell-layout.ts";
import type { Exemplar } from "../exemplars/reservoir.ts";
import type { PointTimes, SeriesSource, SeriesVisitor } from "./series-source.ts";

/**
 * Converts `ResourceMetrics` to a collection. `resourceMetricsFrom` converts it back without loss, except for
 * attributes with invalid values (such as a function), which are left out. The collection reads from `metrics`,
 * which must not change while it is walked.
 *
 * A histogram is split into several if its points differ in boundaries, or in having a sum, or a min and max.
 */
export function collectionFromMetrics({ resource, scopeMetrics }: ResourceMetrics): Collection {
  const interner = new Interner();
  const metrics = scopeMetrics.flatMap((each) => {
    const scope = scopeFrom(each.scope.name, each.scope.version ?? "", each.scope);
    return each.metrics.flatMap((metric) => collectedFrom(metric, scope, interner));
  });
  return { resource, timeUnixMillis: latestEnd(scopeMetrics), metrics, interner, errors: [] };
}

function collectedFrom(metric: MetricData, scope: Scope, interner: Interner): CollectedMetric[] {
  const { descriptor, aggregationTemporality: temporality } = metric;
  const common = { scope, descriptor, temporality };
  switch (metric.dataPointType) {
    case DataPointType.SUM: {
      const series = new PointSeries(metric.dataPoints, interner, numberCells);
      return [{ ...common, kind: "sum", isMonotonic: metric.isMonotonic, series }];
    }
    case DataPointType.GAUGE: {
      const series = new PointSeries(metric.dataPoints, interner, numberCells);
      return [{ ...common, kind: "gauge", series }];
    }
    case DataPointType.HISTOGRAM:
      return alike(metric.dataPoints, haveSameBoundaries).map(({ first, points }) => ({
        ...common,
        ...shownParts(first),
        kind: "histogram",
        boundaries: first.buckets.boundaries,
        series: new PointSeries(points, interner, explicitCells),
      }));
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return alike(metric.dataPoints, () => true).map(({ first, points }) => ({
        ...common,
        ...shownParts(first),
        kind: "exponentialHistogram",
        series: new PointSeries(points, interner, exponentialCells),
      }));
    default:
      return metric satisfies never;
  }
}

interface Alike<Value> {
  readonly first: Value;
  readonly points: Point<Value>[];
}

// Groups points of one shape, in their order. Nearly always there is one group.
function alike<Value extends Histogram | ExponentialHistogram>(
  points: readonly Point<Value>[],
  areAlike: (a: Value, b: Value) => boolean,
): readonly Alike<Value>[] {
  const groups: Alike<Value>[] = [];
  for (const point of points) {
    const { value } = point;
    const group = groups.findLast(({ first }) => showSameParts(first, value) && areAlike(first, value));
    if (group === undefined) groups.push({ first: value, points: [point] });
    else group.points.push(point);
  }
  return groups;
}

function showSameParts(a: Histogram | ExponentialHistogram, b: Histogram | ExponentialHistogram): boolean {
  const [ofA, ofB] = [shownParts(a), shownParts(b)];
  return ofA.hasMinMax === ofB.hasMinMax && ofA.hasSum === ofB.hasSum;
}

function shownParts({ min, max, sum }: Histogram | ExponentialHistogram) {
  return { hasMinMax: min !== undefined && max !== undefined, hasSum: sum !== undefined };
}

function haveSameBoundaries({ buckets: a }: Histogram, { buckets: b }: Histogram): boolean {
  return (
    a.boundaries === b.boundaries ||
    (a.boundaries.length === b.boundaries.length &&
      a.boundaries.every((bound, i) => bound === b.boundaries[i]))
  );
}

// The present time if there are no points.
function latestEnd(scopeMetrics: readonly ScopeMetrics[]): number {
  let latest = -Infinity;
  for (const { metrics } of scopeMetrics)
    for (const { dataPoints } of metrics)
      for (const { endTime } of dataPoints) latest = Math.max(latest, millisFromHrTime(endTime));
  return latest === -Infinity ? Date.now() : latest;
}

export const numberCells: CellWriter<number> = {
  widthOf: () => 1,
  write(cells, value) {
    cells[0] = value;
  },
};

export const explicitCells: CellWriter<Histogram> = {
  widthOf: ({ buckets }) => EXPLICIT.buckets + buckets.boundaries.length + 1,
  write(cells, { count, sum = 0, min, max, buckets: { boundaries, counts } }) {
    cells[EXPLICIT.count] = count;
    cells[EXPLICIT.sum] = sum;
    writeMinMax(cells, EXPLICIT.min, min, max);
    // OTLP allows a histogram without boundaries to have no buckets.
    if (counts.length === 0) cells[EXPLICIT.buckets] = count;
    else for (let i = 0; i <= boundaries.length; i++) cells[EXPLICIT.buckets + i] = counts[i] ?? 0;
  },
};

export const exponentialCells: CellWriter<ExponentialHistogram> = {
  widthOf: ({ positive, negative }) =>
    EXPONENTIAL.counts + positive.bucketCounts.length + negative.bucketCounts.length,
  write(cells, { count, sum = 0, min, max, zeroCount, scale, positive, negative }) {
    cells[EXPONENTIAL.count] = count;
    cells[EXPONENTIAL.sum] = sum;
    writeMinMax(cells, EXPONENTIAL.min, min, max);
    cells[EXPONENTIAL.zeroCount] = zeroCount;
    cells[EXPONENTIAL.scale] = scale;
    // 32-bit integers, as in OTLP: beyond 2^53 a loop over the buckets would never end.
    cells[EXPONENTIAL.positiveOffset] = positive.offset | 0;
    cells[EXPONENTIAL.positiveLength] = positive.bucketCounts.length;
    cells[EXPONENTIAL.negativeOffset] = negative.offset | 0;
    cells[EXPONENTIAL.negativeLength] = negative.bucketCounts.length;
    cells.set(positive.bucketCounts, EXPONENTIAL.counts);
    cells.set(negative.bucketCounts, EXPONENTIAL.counts + positive.bucketCounts.length);
  },
};

// Missing values are written as in the engine: beyond every value.
function writeMinMax(cells: Float64Array, at: number, min = -Infinity, max = Infinity): void {
  cells[at] = min;
  cells[at + 1] = max;
}

/** A data point, with the exemplars that upstream's type does not have yet. */
export type Point<Value> = DataPoint<Value> & { readonly exemplars?: readonly Exemplar[] };

export interface CellWriter<Value> {
  widthOf(value: Value): number;
  write(cells: Float64Array, value: Value): void;
}

/** The points of one metric. Positions and rows are both the index of a point. */
export class PointSeries<Value> implements SeriesSource {
  readonly #points: readonly Point<Value>[];
  readonly #interner: Interner;
  readonly #writer: CellWriter<Value>;
  // Interned on first use, so that a walk in slices interns in slices too.
  readonly #pairs: (readonly number[] | undefined)[] = [];
  #cells = new Float64Array(16);

  constructor(points: readonly Point<Value>[], interner: Interner, writer: CellWriter<Value>) {
    this.#points = points;
    this.#interner = interner;
    this.#writer = writer;
  }

  get length(): number {
    return this.#points.length;
  }

  visit(from: number, to: number, visitor: SeriesVisitor): void {
    const end = Math.min(to, this.length);
    for (let row = from; row < end; row++) {
      const { value } = this.#points[row]!;
      const width = this.#writer.widthOf(value);
      if (this.#cells.length < width) this.#cells = new Float64Array(2 * width);
      this.#writer.write(this.#cells, value);
      visitor.series(this.#cells, 0, row);
    }
  }

  pairsOf(row: number, ids: Int32Array): number {
    const pairs = this.#pairsOf(row);
    for (let i = 0; i < pairs.length && i < ids.length; i++) ids[i] = pairs[i]!;
    return pairs.length;
  }

  attributesOf(row: number): Attributes {
    return Object.fromEntries(
      this.#pairsOf(row).map((id) => [this.#interner.keyOf(id), this.#interner.valueOf(id)]),
    );
  }

  startTimeOf(row: number): number {
    return millisFromHrTime(this.#points[row]!.startTime);
  }

  timesOf(row: number): PointTimes {
    return this.#points[row]!;
  }

  exemplarsOf(row: number): readonly Exemplar[] {
    return this.#points[row]!.exemplars ?? [];
  }

  #pairsOf(row: number): readonly number[] {
    return (this.#pairs[row] ??= internedPairs(this.#points[row]!.attributes, this.#interner));
  }
}

function internedPairs(attributes: Attributes, interner: Interner): readonly number[] {
  return Object.entries(attributes)
    .map(([key, value]) => internedPair(key, value, interner))
    .filter((id) => id !== NO_PAIR);
}

function internedPair(key: string, value: unknown, interner: Interner): number {
  try {
    return interner.intern(key, value);
  } catch {
    // An array or object that contains an invalid value.
    return NO_PAIR;
  }
}
