// From a collection to what the thread that owns the store is sent.
import type { Attributes } from "@opentelemetry/api";
import { EXPLICIT, EXPONENTIAL } from "../engine/collection/cell-layout.ts";
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Collection } from "../engine/collection/collection.ts";
import type { SeriesSource, SeriesVisitor } from "../engine/collection/series-source.ts";
import { millisFromHrTime } from "../engine/collection/resource-metrics.ts";
import { AggregationTemporality } from "../engine/sdk-values.ts";
import { scopeKey } from "../engine/scope.ts";
import type { Interner } from "../engine/series/interner.ts";
import { allSteps } from "../translation/label-steps.ts";
import { Translation } from "../translation/translation.ts";
import { attributesJson } from "./attributes-json.ts";
import {
  CellList,
  type EncodedCollection,
  type SeriesDescription,
  type SeriesLayout,
} from "./encoded-collection.ts";
import type { MetricType } from "./question.ts";
import { NO_ID, RowIds } from "./row-ids.ts";
import { EXTREME_CELLS } from "./store/histogram-cells.ts";

// Rows from one step to the next.
const STEP = 512;
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
  // Taken away while in use: the end of a process may encode while another encoding is not through yet.
  #spare: CellList | undefined;
  #rows = new WeakMap<SeriesSource, RowIds>();
  #ids = new Map<string, number>();
  #nextId = 0;

  /** @param leaveOut whether metrics of this scope are not wanted. */
  constructor(leaveOut: (scope: string) => boolean = () => false) {
    this.#leaveOut = leaveOut;
  }

  /** The collection; `undefined` where nothing is in it. It is the caller's, who is to send it. */
  encode(collection: Collection): EncodedCollection | undefined {
    return allSteps(this.encodeSteps(collection));
  }

  /**
   * The same in steps, between which the event loop may go on. Another collection that is encoded before the last step must
   * not rely on what this one describes: call {@link restart} before it.
   */
  *encodeSteps(collection: Collection): Generator<void, EncodedCollection | undefined> {
    const list = this.#spare ?? new CellList();
    this.#spare = undefined;
    list.clear();
    const encoding: Encoding = { interner: collection.interner, list, newSeries: [] };
    for (const metric of collection.metrics) yield* this.#addMetric(metric, encoding);
    this.#spare = list;
    // Series that come and go; those that are still there are found by their rows, or are described once more.
    if (this.#ids.size > MAX_GONE + 2 * list.length) this.#ids.clear();
    if (list.length === 0) return undefined;
    return {
      timeUnixMillis: Math.round(collection.timeUnixMillis),
      resource: collection.resource.attributes,
      newSeries: encoding.newSeries,
      buffer: list.toBuffer(),
    };
  }

  /** Describes every series anew, under another number, in the next collection: the last one was not kept. */
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
    const visitor = this.#visitor(metric, rows, encoding, long);
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
      // The cells are good during the visit alone; the id comes later.
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

  // The id of what the key says, which is described if it is new.
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
        ...(scope.attributes !== undefined && { attributes: scope.attributes }),
      },
      startTimeUnixMillis: startOf(metric, row),
    };
  }
}

type Description = Omit<SeriesDescription, "id">;

/** One collection as it is encoded. */
interface Encoding {
  readonly interner: Interner;
  readonly list: CellList;
  readonly newSeries: SeriesDescription[];
}

/** A row that is the list's number `index`, and whose id takes long to find. */
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
