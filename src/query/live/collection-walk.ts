// A walk over a collection that writes each series to its column.
import { EXPLICIT, EXPONENTIAL } from "../../engine/collection/cell-layout.ts";
import type {
  CollectedExponentialHistogram,
  CollectedHistogram,
  CollectedMetric,
} from "../../engine/collection/collected-metric.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import type { SeriesSource } from "../../engine/collection/series-source.ts";
import { type Scope, scopeKey } from "../../engine/scope.ts";
import type { Interner } from "../../engine/series/interner.ts";
import { canonicalBound } from "../../translation/bound-text.ts";
import { ClassicBuckets } from "../../translation/buckets.ts";
import type { FamilyHead, FamilyMetric, Label, ListedFamily, MetricPlan } from "../../translation/family.ts";
import { keySteps } from "../../translation/label-steps.ts";
import { addedNative, NativeBuckets } from "../../translation/native-buckets.ts";
import { NO_ID, RowIds } from "../../translation/row-ids.ts";
import { RowLabels } from "../../translation/row-labels.ts";
import type { TranslationSettings } from "../../translation/strategy.ts";
import { Translation } from "../../translation/translation.ts";
import type { Labels } from "../source.ts";
import type { Head } from "./head.ts";
import { packedHistogram, runsOf } from "./packed-histogram.ts";
import type { SeriesIndex } from "./series-index.ts";

// Rows per step: some tens of microseconds.
const STEP_NUMBERS = 64;
const STEP_HISTOGRAMS = 8;
// Column of a row that is not kept, since there are too many series.
const REFUSED = -3;
// Series without histograms that take as much memory as one with native histograms: its latest has up to 160 buckets.
const NATIVE_WEIGHT = 4;
// Limit of texts that several series may share.
const MAX_TEXTS = 1_000;

/** Type, description and unit of a metric. */
export type Metadata = Pick<FamilyHead, "kind" | "help" | "unit">;

/** Writes collections to columns, with the names and labels that the Prometheus reader exports. */
export class CollectionWalk {
  readonly #index: SeriesIndex;
  readonly #translation: Translation;
  readonly #maxSeries: number;
  readonly #onRefused: () => void;
  #rows = new WeakMap<SeriesSource, { readonly plan: MetricPlan; readonly ids: RowIds }>();
  readonly #buckets = new ClassicBuckets();
  readonly #native = new NativeBuckets();
  readonly #texts = new Map<string, string>();
  #lastScope: { readonly scope: Scope; readonly key: string } | undefined;

  /** @param onRefused called if a series is not kept, because there are `maxSeries`. */
  constructor(
    index: SeriesIndex,
    {
      translation,
      maxSeries,
      onRefused,
    }: {
      readonly translation: TranslationSettings;
      readonly maxSeries: number;
      readonly onRefused: () => void;
    },
  ) {
    this.#index = index;
    this.#translation = new Translation({ ...translation, nestedHistograms: false });
    this.#maxSeries = maxSeries;
    this.#onRefused = onRefused;
  }

  /** Describes all rows again, since columns were removed. */
  restart(): void {
    this.#rows = new WeakMap();
  }

  /** Writes all series of a collection to `head`, in steps. Returns the metadata by the names of metrics. */
  *write(collection: Collection, head: Head): Generator<void, ReadonlyMap<string, Metadata>> {
    const metadata = new Map<string, Metadata>();
    const info = this.#translation.targetInfo(collection);
    if (info !== undefined) {
      metadata.set(info.name, info);
      yield* this.#writeListed(info, head);
    }
    for (const family of this.#translation.families(collection)) {
      metadata.set(family.name, family);
      for (const metric of family.metrics) yield* this.#writeMetric(metric, collection.interner, head);
    }
    return metadata;
  }

  *#writeListed({ name, series }: ListedFamily, head: Head): Generator<void, void> {
    for (const { labels, value } of series) {
      const key = `${name}{${yield* keySteps(labels)}`;
      const column = this.#index.find(key) ?? this.#add(key, "", [this.#labelsOf(name, labels)], false);
      if (column !== REFUSED && typeof value === "number") head.set(column, value, false);
    }
  }

  *#writeMetric({ metric, plan }: FamilyMetric, interner: Interner, head: Head): Generator<void, void> {
    const { series } = metric;
    const ids = this.#idsOf(series, plan, interner);
    const labels = new RowLabels(this.#translation, interner);
    const isNumber = metric.kind === "sum" || metric.kind === "gauge";
    const step = isNumber ? STEP_NUMBERS : STEP_HISTOGRAMS;
    const later: { readonly row: number; readonly cells: Float64Array }[] = [];
    const visitor = {
      series: (cells: Float64Array, offset: number, row: number): void => {
        const id = ids.find(row);
        if (id >= 0) this.#set(metric, id, cells, offset, head);
        // The cells are valid during the visit only.
        else if (id !== REFUSED) later.push({ row, cells: copyOf(metric, cells, offset) });
      },
    };
    for (let from = 0; from < series.length; from += step) {
      series.visit(from, from + step, visitor);
      for (const { row, cells } of later.splice(0)) {
        const id = yield* this.#columnOf(metric, plan, row, ids, labels);
        if (id !== REFUSED) this.#set(metric, id, cells, 0, head);
        yield;
      }
      yield;
    }
  }

  // The rows of a source keep their columns as long as its names and labels are the same.
  #idsOf(series: SeriesSource, plan: MetricPlan, interner: Interner): RowIds {
    const known = this.#rows.get(series);
    if (known?.plan === plan) return known.ids;
    const ids = new RowIds(series, interner, false);
    this.#rows.set(series, { plan, ids });
    return ids;
  }

  *#columnOf(
    metric: CollectedMetric,
    plan: MetricPlan,
    row: number,
    ids: RowIds,
    rowLabels: RowLabels,
  ): Generator<void, number> {
    const pairs = ids.pairsOf(row);
    const known = yield* ids.findSteps(row, pairs);
    if (known !== NO_ID) return known;
    const { name } = plan.head;
    const keyOf = (key: string): string => `${name}{${key}`;
    const scope = this.#scopeKeyOf(metric.scope);
    const { labels, key } = yield* rowLabels.of(metric, plan, row, (candidate) =>
      this.#index.isOfAnother(keyOf(candidate), scope),
    );
    const column =
      this.#index.find(keyOf(key)) ??
      this.#add(
        keyOf(key),
        scope,
        this.#seriesOf(metric, name, labels),
        metric.kind === "exponentialHistogram",
      );
    yield* ids.setSteps(row, column, pairs);
    return column;
  }

  // One text for all series of a scope.
  #scopeKeyOf(scope: Scope): string {
    if (this.#lastScope?.scope !== scope) this.#lastScope = { scope, key: this.#shared(scopeKey(scope)) };
    return this.#lastScope.key;
  }

  #add(key: string, scope: string, series: readonly Labels[], isNative: boolean): number {
    const { count, nativeCount } = this.#index;
    const taken = count + (NATIVE_WEIGHT - 1) * nativeCount;
    if (taken + (isNative ? NATIVE_WEIGHT : series.length) <= this.#maxSeries)
      return this.#index.add(key, scope, series, isNative);
    this.#onRefused();
    return REFUSED;
  }

  #set(metric: CollectedMetric, column: number, cells: Float64Array, offset: number, head: Head): void {
    switch (metric.kind) {
      case "sum":
        return head.set(column, cells[offset]!, true);
      case "gauge":
        return head.set(column, cells[offset]!, false);
      case "histogram":
        return this.#setExplicit(metric, column, cells, offset, head);
      case "exponentialHistogram":
        return this.#setExponential(metric, column, cells, offset, head);
      default:
        return metric satisfies never;
    }
  }

  #setExplicit(
    { boundaries, hasSum }: CollectedHistogram,
    column: number,
    cells: Float64Array,
    offset: number,
    head: Head,
  ): void {
    let total = 0;
    const last = boundaries.length;
    for (let i = 0; i < last; i++) {
      total += cells[offset + EXPLICIT.buckets + i]!;
      head.set(column + i, total, true);
    }
    const count = cells[offset + EXPLICIT.count]!;
    head.set(column + last, count, true);
    head.set(column + last + 1, count, true);
    if (hasSum) head.set(column + last + 2, cells[offset + EXPLICIT.sum]!, true);
  }

  // Histograms without a native form have classic buckets, as the Prometheus reader exports them.
  #setExponential(
    metric: CollectedExponentialHistogram,
    column: number,
    cells: Float64Array,
    offset: number,
    head: Head,
  ): void {
    if (!this.#native.read(cells, offset, metric)) {
      this.#buckets.readExponential(cells, offset, metric);
      this.#setClassic(column, head);
      return;
    }
    const before = head.histogramAt(column);
    const sum = before === undefined ? this.#native : addedNative(runsOf(before), this.#native);
    if (sum !== undefined) head.setHistogram(column, packedHistogram(sum));
  }

  #setClassic(native: number, head: Head): void {
    const labels = this.#index.labelsOf(native);
    if (labels === undefined) return;
    const whole = JSON.stringify(labels);
    const { length, bounds, cumulativeCounts, count, sum } = this.#buckets;
    const set = (suffix: string, value: number, bound?: number): void => {
      const le = bound === undefined ? undefined : canonicalBound(bound);
      const key = `${whole}${suffix}${le ?? ""}`;
      const column = this.#index.find(key) ?? this.#add(key, "", [this.#suffixed(labels, suffix, le)], false);
      if (column !== REFUSED) head.set(column, value, true);
    };
    for (let i = 0; i < length; i++) set("_bucket", cumulativeCounts[i]!, bounds[i]);
    set("_bucket", count, Infinity);
    set("_count", count);
    if (sum !== undefined) set("_sum", sum);
  }

  // In the order of `#setExplicit`: the buckets, the count, the sum.
  #seriesOf(metric: CollectedMetric, name: string, labels: readonly Label[]): readonly Labels[] {
    const whole = this.#labelsOf(name, labels);
    if (metric.kind !== "histogram") return [whole];
    return [
      ...metric.boundaries.map((bound) => this.#suffixed(whole, "_bucket", canonicalBound(bound))),
      this.#suffixed(whole, "_bucket", canonicalBound(Infinity)),
      this.#suffixed(whole, "_count"),
      ...(metric.hasSum ? [this.#suffixed(whole, "_sum")] : []),
    ];
  }

  // Prometheus treats an empty label as absent.
  #labelsOf(name: string, labels: readonly Label[]): Labels {
    const texts = labels.map((label): [string, string] => [label.name, this.#shared(String(label.value))]);
    return sorted([["__name__", name], ...texts.filter(([, value]) => value !== "")]);
  }

  #suffixed({ __name__: name = "", ...labels }: Labels, suffix: string, bound?: string): Labels {
    const le: [string, string][] = bound === undefined ? [] : [["le", this.#shared(bound)]];
    return sorted([["__name__", this.#shared(name + suffix)], ...Object.entries(labels), ...le]);
  }

  // One string for equal texts.
  #shared(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}

function copyOf(metric: CollectedMetric, cells: Float64Array, offset: number): Float64Array {
  switch (metric.kind) {
    case "sum":
    case "gauge":
      return cells.slice(offset, offset + 1);
    case "histogram":
      return cells.slice(offset, offset + EXPLICIT.buckets + metric.boundaries.length + 1);
    case "exponentialHistogram": {
      const counts =
        cells[offset + EXPONENTIAL.positiveLength]! + cells[offset + EXPONENTIAL.negativeLength]!;
      return cells.slice(offset, offset + EXPONENTIAL.counts + counts);
    }
    default:
      return metric satisfies never;
  }
}

function sorted(labels: readonly [string, string][]): Labels {
  return Object.fromEntries(labels.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
