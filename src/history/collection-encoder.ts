// Encoding of collections for the thread of the store.
import type { Attributes } from "@opentelemetry/api";
import { EXPLICIT, EXPONENTIAL } from "../engine/collection/cell-layout.ts";
import { beginsWithZero, type CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Collection } from "../engine/collection/collection.ts";
import type { SeriesSource, SeriesVisitor } from "../engine/collection/series-source.ts";
import { millisFromHrTime } from "../engine/collection/resource-metrics.ts";
import { attributesOf } from "../engine/resource.ts";
import { AggregationTemporality } from "../engine/sdk-values.ts";
import { scopeKey } from "../engine/scope.ts";
import type { Interner } from "../engine/series/interner.ts";
import { allSteps } from "../io/yield.ts";
import { Translation } from "../translation/translation.ts";
import { attributesJson } from "./attributes-json.ts";
import {
  CellList,
  type EncodedCollection,
  type SeriesDescription,
  type SeriesLayout,
} from "./encoded-collection.ts";
import { type OneOfViews, viewsAmong } from "./one-of-views.ts";
import type { MetricType } from "./question.ts";
import { NO_ID, RowIds } from "../translation/row-ids.ts";
import { EXTREME_CELLS } from "./store/histogram-cells.ts";

// Rows per step.
const STEP = 512;
// Limit of remembered absent series, beyond the number of present ones.
const MAX_GONE = 10_000;

/** Encodes cumulative collections. Series keep their numbers and are found by row (`bench:history`: collect, encode and send). */
export class CollectionEncoder {
  readonly #leaveOut: (scope: string) => boolean;
  readonly #translation = new Translation({ scopeLabels: false, targetInfo: false });
  // Undefined while in use: the last collection of a process may be encoded during another encoding.
  #spare: CellList | undefined;
  #rows = new WeakMap<SeriesSource, RowIds>();
  #ids = new Map<string, number>();
  #nextId = 0;

  /** @param leaveOut returns whether a scope is not stored */
  constructor(leaveOut: (scope: string) => boolean = () => false) {
    this.#leaveOut = leaveOut;
  }

  /** Encodes a collection for transfer; `undefined` if it is empty. */
  encode(collection: Collection): EncodedCollection | undefined {
    return allSteps(this.encodeSteps(collection));
  }

  /** Encodes a collection in steps. Call {@link restart} before another collection is encoded in between. */
  *encodeSteps(collection: Collection): Generator<void, EncodedCollection | undefined> {
    const list = this.#spare ?? new CellList();
    this.#spare = undefined;
    list.clear();
    const { interner, metrics } = collection;
    const hasViews = metrics.some(({ origin }) => (origin?.index ?? 0) > 0);
    const views = hasViews ? viewsAmong(metrics) : undefined;
    const encoding: Encoding = { interner, list, newSeries: [], views };
    for (const metric of metrics) yield* this.#addMetric(metric, encoding);
    this.#spare = list;
    // Present series are found by their rows, or described again.
    if (this.#ids.size > MAX_GONE + 2 * list.length) this.#ids.clear();
    if (list.length === 0) return undefined;
    return {
      timeUnixMillis: Math.round(collection.timeUnixMillis),
      resource: attributesOf(collection.resource),
      newSeries: encoding.newSeries,
      buffer: list.toBuffer(),
    };
  }

  restart(): void {
    this.#rows = new WeakMap();
    this.#ids = new Map();
  }

  *#addMetric(metric: CollectedMetric, encoding: Encoding): Generator<void, void> {
    const { series, temporality, scope } = metric;
    if (temporality === AggregationTemporality.DELTA && metric.kind !== "gauge") return;
    if (this.#leaveOut(scope.name)) return;
    let rows = this.#rows.get(series);
    if (rows === undefined)
      this.#rows.set(series, (rows = new RowIds(series, encoding.interner, typeOf(metric) !== "gauge")));
    const long: LongRow[] = [];
    const all = this.#visitor(metric, rows, encoding, long);
    const view = encoding.views?.get(metric);
    const visitor = view === undefined ? all : this.#visitorOf(view, metric, rows, encoding, all);
    for (let from = 0; from < series.length; from += STEP) {
      series.visit(from, from + STEP, visitor);
      yield;
      for (const { row, index } of long.splice(0))
        encoding.list.setId(index, yield* this.#longIdOf(metric, rows, row, encoding));
    }
  }

  #visitor(metric: CollectedMetric, rows: RowIds, encoding: Encoding, long: LongRow[]): SeriesVisitor {
    const { list } = encoding;
    const idOf = (row: number): number => {
      const id = rows.find(row);
      if (id >= 0) return id;
      if (id === NO_ID && !rows.isLong(row)) return this.#describe(metric, rows, row, encoding);
      // The cells are only valid during the visit.
      long.push({ row, index: list.length });
      return NO_ID;
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

  // Leaves out series that an earlier view of the instrument has in Prometheus, as scrapes and live queries do.
  #visitorOf(
    view: OneOfViews,
    metric: CollectedMetric,
    rows: RowIds,
    { interner }: Encoding,
    all: SeriesVisitor,
  ): SeriesVisitor {
    const name = `${typeOf(metric)} ${this.#translation.planOf(metric).head.name}`;
    return {
      series(cells, offset, row) {
        const pairs = rows.pairsOf(row).toSorted();
        const stamps = pairs.map((id) => interner.stampOf(id));
        if (view.takes(`${name} ${pairs.join()} ${stamps.join()}`)) all.series(cells, offset, row);
      },
    };
  }

  #describe(metric: CollectedMetric, rows: RowIds, row: number, encoding: Encoding): number {
    const attributes = metric.series.attributesOf(row);
    const description = this.#descriptionOf(metric, row, attributes);
    const key = [scopeKey(metric.scope), description, typedValues(attributes)];
    const id = this.#idOf(key, description, encoding);
    rows.set(row, id);
    return id;
  }

  *#longIdOf(
    metric: CollectedMetric,
    rows: RowIds,
    row: number,
    encoding: Encoding,
  ): Generator<void, number> {
    const pairs = rows.pairsOf(row);
    const known = yield* rows.findSteps(row, pairs);
    if (known !== NO_ID) return known;
    const { pieces, digest } = yield* attributesJson(pairs, encoding.interner);
    const description = this.#descriptionOf(metric, row, {});
    const key = [scopeKey(metric.scope), description, digest];
    const id = this.#idOf(key, { ...description, attributesJson: pieces }, encoding);
    yield* rows.setSteps(row, id, pairs);
    return id;
  }

  // Returns the number of a row's series, and adds a description if it is new.
  #idOf(keyParts: readonly unknown[], description: Description, { newSeries }: Encoding): number {
    const key = JSON.stringify(keyParts);
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#nextId++;
      this.#ids.set(key, id);
      newSeries.push({ id, ...description });
    }
    return id;
  }

  #descriptionOf(metric: CollectedMetric, row: number, attributes: Attributes): Description {
    const { descriptor, scope } = metric;
    return {
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
        ...(scope.schemaUrl && { schemaUrl: scope.schemaUrl }),
        ...(scope.attributes !== undefined && { attributes: scope.attributes }),
      },
      startTimeUnixMillis: startOf(metric, row),
    };
  }
}

type Description = Omit<SeriesDescription, "id">;

interface Encoding {
  readonly interner: Interner;
  readonly list: CellList;
  readonly newSeries: SeriesDescription[];
  /** Metrics of instruments with several views. */
  readonly views: ReadonlyMap<CollectedMetric, OneOfViews> | undefined;
}

/** The series at `index` of the list, whose id is determined in steps. */
interface LongRow {
  readonly row: number;
  readonly index: number;
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

// Gauges have no start, so that they continue across restarts.
function startOf(metric: CollectedMetric, row: number): number {
  if (typeOf(metric) === "gauge") return 0;
  const times = metric.series.timesOf?.(row);
  return Math.round(times === undefined ? metric.series.startTimeOf(row) : millisFromHrTime(times.startTime));
}

function layoutOf(metric: CollectedMetric): SeriesLayout {
  const layout = cellsOf(metric);
  return beginsWithZero(metric) ? { ...layout, isFromZero: true } : layout;
}

function cellsOf(metric: CollectedMetric): SeriesLayout {
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

// Numbers as strings, because NaN and infinities are `null` in JSON.
function typedValues(attributes: Attributes): readonly string[] {
  return Object.values(attributes).map((value) => (typeof value === "number" ? String(value) : ""));
}
