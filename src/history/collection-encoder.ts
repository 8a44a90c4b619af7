// From a collection to what the thread that owns the store is sent.
import type { Attributes } from "@opentelemetry/api";
import { EXPLICIT, EXPONENTIAL } from "../engine/collection/cell-layout.ts";
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Collection } from "../engine/collection/collection.ts";
import type { SeriesSource, SeriesVisitor } from "../engine/collection/series-source.ts";
import { millisFromHrTime } from "../engine/collection/resource-metrics.ts";
import { AggregationTemporality } from "../engine/index.ts";
import { scopeKey } from "../engine/scope.ts";
import { Translation } from "../readers/series/translation.ts";
import { CellList } from "./cell-list.ts";
import type { EncodedCollection, SeriesDescription, SeriesLayout } from "./encoded-collection.ts";
import type { MetricType } from "./question.ts";
import { NO_ID, RowIds } from "./row-ids.ts";
import { EXTREME_CELLS } from "./store/extremes.ts";

// So many series that are gone are remembered, beside as many as there are.
const MAX_GONE = 10_000;

/**
 * Encodes the collections of one process. A series keeps its number from one collection to the next, and is described
 * in the first that holds it. What takes time for each series is done when it is new: then a series is found by its row,
 * as long as the row is that series' (`bench:history`: handing over).
 *
 * Metrics of deltas are left out: what they count is not known after a collection was lost.
 */
export class CollectionEncoder {
  readonly #leaveOut: (scope: string) => boolean;
  readonly #translation = new Translation({ scopeLabels: false, targetInfo: false });
  readonly #list = new CellList();
  #rows = new WeakMap<SeriesSource, RowIds>();
  #ids = new Map<string, number>();
  #nextId = 0;
  #newSeries: SeriesDescription[] = [];

  /** @param leaveOut whether metrics of this scope are not wanted. */
  constructor(leaveOut: (scope: string) => boolean = () => false) {
    this.#leaveOut = leaveOut;
  }

  /** The collection; `undefined` where nothing is in it. It is the caller's, who is to send it. */
  encode(collection: Collection): EncodedCollection | undefined {
    this.#list.clear();
    this.#newSeries = [];
    for (const metric of collection.metrics) this.#addMetric(metric, collection);
    // Series that come and go; those that are still there are found by their rows, or are described once more.
    if (this.#ids.size > MAX_GONE + 2 * this.#list.length) this.#ids.clear();
    if (this.#list.length === 0) return undefined;
    return {
      timeUnixMillis: Math.round(collection.timeUnixMillis),
      resource: collection.resource.attributes,
      newSeries: this.#newSeries,
      buffer: this.#list.toBuffer(),
    };
  }

  /** Describes every series anew, under another number, in the next collection: the last one was not kept. */
  restart(): void {
    this.#rows = new WeakMap();
    this.#ids = new Map();
  }

  #addMetric(metric: CollectedMetric, { interner }: Collection): void {
    const { series, temporality, scope } = metric;
    if (temporality === AggregationTemporality.DELTA && metric.kind !== "gauge") return;
    if (this.#leaveOut(scope.name)) return;
    let rows = this.#rows.get(series);
    if (rows === undefined)
      this.#rows.set(series, (rows = new RowIds(series, interner, typeOf(metric) !== "gauge")));
    series.visit(0, series.length, this.#visitor(metric, rows));
  }

  #visitor(metric: CollectedMetric, rows: RowIds): SeriesVisitor {
    const list = this.#list;
    const idOf = (row: number): number => {
      const id = rows.find(row);
      return id === NO_ID ? this.#describe(metric, rows, row) : id;
    };
    switch (metric.kind) {
      case "sum":
      case "gauge":
        return { series: (cells, offset, row) => list.addNumber(idOf(row), cells[offset]!) };
      case "histogram": {
        const { hasSum, hasMinMax, boundaries } = metric;
        const counts = boundaries.length + 1;
        const width = 1 + counts + (hasMinMax ? EXTREME_CELLS : 0);
        return {
          series(cells, offset, row) {
            list.begin(idOf(row), width);
            list.addCell(hasSum ? cells[offset + EXPLICIT.sum]! : Number.NaN);
            list.add(cells, offset + EXPLICIT.buckets, counts);
            if (hasMinMax) list.add(cells, offset + EXPLICIT.min, EXTREME_CELLS);
          },
        };
      }
      case "exponentialHistogram":
        return {
          series(cells, offset, row) {
            const counts =
              cells[offset + EXPONENTIAL.positiveLength]! + cells[offset + EXPONENTIAL.negativeLength]!;
            list.begin(idOf(row), 7 + counts + (metric.hasMinMax ? EXTREME_CELLS : 0));
            list.addCell(metric.hasSum ? cells[offset + EXPONENTIAL.sum]! : Number.NaN);
            for (const cell of EXPONENTIAL_CELLS) list.addCell(cells[offset + EXPONENTIAL[cell]]!);
            list.add(cells, offset + EXPONENTIAL.counts, counts);
            if (metric.hasMinMax) list.add(cells, offset + EXPONENTIAL.min, EXTREME_CELLS);
          },
        };
      default:
        return metric satisfies never;
    }
  }

  #describe(metric: CollectedMetric, rows: RowIds, row: number): number {
    const { series, descriptor, scope } = metric;
    const attributes = series.attributesOf(row);
    const description = {
      metric: descriptor.name,
      prometheusName: this.#translation.planOf(metric).head.name,
      type: typeOf(metric),
      unit: descriptor.unit,
      description: descriptor.description,
      layout: layoutOf(metric),
      attributes,
      scope: {
        name: scope.name,
        version: scope.version,
        ...(scope.attributes !== undefined && { attributes: scope.attributes }),
      },
      startTimeUnixMillis: startOf(metric, row),
    } satisfies Omit<SeriesDescription, "id">;
    const key = JSON.stringify([scopeKey(scope), description, typedValues(attributes)]);
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#nextId++;
      this.#ids.set(key, id);
      this.#newSeries.push({ id, ...description });
    }
    rows.set(row, id);
    return id;
  }
}

const EXPONENTIAL_CELLS = [
  "zeroCount",
  "scale",
  "positiveOffset",
  "positiveLength",
  "negativeOffset",
  "negativeLength",
] as const;

function typeOf(metric: CollectedMetric): MetricType {
  if (metric.kind === "sum") return metric.isMonotonic ? "counter" : "gauge";
  return metric.kind === "gauge" ? "gauge" : "histogram";
}

// A gauge that begins anew goes on.
function startOf(metric: CollectedMetric, row: number): number {
  if (typeOf(metric) === "gauge") return 0;
  const times = metric.series.timesOf?.(row);
  return Math.round(times === undefined ? metric.series.startTimeOf(row) : millisFromHrTime(times.startTime));
}

function layoutOf(metric: CollectedMetric): SeriesLayout {
  switch (metric.kind) {
    case "sum":
    case "gauge":
      return { kind: "number" };
    case "histogram":
      return { kind: "buckets", bounds: metric.boundaries, ...(metric.hasMinMax && { hasMinMax: true }) };
    case "exponentialHistogram":
      return { kind: "exponential", ...(metric.hasMinMax && { hasMinMax: true }) };
    default:
      return metric satisfies never;
  }
}

// NaN and infinities are all `null` in JSON.
function typedValues(attributes: Attributes): readonly string[] {
  return Object.values(attributes).map((value) => (typeof value === "number" ? String(value) : ""));
}
