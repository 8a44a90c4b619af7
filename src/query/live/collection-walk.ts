// A walk over a collection that writes each series to its column.
import { EXPLICIT } from "../../engine/collection/cell-layout.ts";
import {
  beginsWithZero,
  type CollectedExponentialHistogram,
  type CollectedHistogram,
  type CollectedMetric,
} from "../../engine/collection/collected-metric.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import type { SeriesSource } from "../../engine/collection/series-source.ts";
import { type Scope, scopeKey } from "../../engine/scope.ts";
import type { Interner } from "../../engine/series/interner.ts";
import { canonicalBound } from "../../translation/bound-text.ts";
import { ClassicBuckets } from "../../translation/buckets.ts";
import type { FamilyHead, FamilyMetric, ListedFamily, MetricPlan } from "../../translation/family.ts";
import { keySteps } from "../../translation/label-steps.ts";
import { addedNative, NativeBuckets } from "../../translation/native-buckets.ts";
import { NO_ID, RowIds } from "../../translation/row-ids.ts";
import { RowLabels } from "../../translation/row-labels.ts";
import type { TranslationSettings } from "../../translation/strategy.ts";
import { Translation } from "../../translation/translation.ts";
import type { Labels } from "../source.ts";
import { EntryLabels } from "./entry-labels.ts";
import type { Head } from "./head.ts";
import { copyOf, formOf, hasSameForm, type MetricForm } from "./metric-form.ts";
import { type OneOfViews, viewsAmong } from "./one-of-views.ts";
import { packedHistogram, runsOf } from "./packed-histogram.ts";
import type { SeriesIndex } from "./series-index.ts";
import { finiteBoundsOf, SharedHistogram } from "./shared-histogram.ts";

// Rows per step: some tens of microseconds.
const STEP_NUMBERS = 64;
const STEP_HISTOGRAMS = 8;
// Column of a row that is not kept, since there are too many series.
const REFUSED = -3;
// Series without histograms that take as much memory as one with native histograms: its latest has up to 160 buckets.
const NATIVE_WEIGHT = 4;

/** Type, description and unit of a metric. */
export type Metadata = Pick<FamilyHead, "kind" | "help" | "unit">;

/** Writes collections to columns, with the names and labels that the Prometheus reader exports. */
export class CollectionWalk {
  readonly #index: SeriesIndex;
  readonly #translation: Translation;
  readonly #maxSeries: number;
  readonly #onRefused: () => void;
  #rows = new WeakMap<SeriesSource, KnownRows>();
  // Series that histograms of different form write, by the columns of the histograms.
  readonly #combined = new Map<number, SharedHistogram>();
  // Those with values of the current family.
  readonly #touched = new Set<SharedHistogram>();
  // That of the current metric, if its instrument has several.
  #view: OneOfViews | undefined;
  readonly #buckets = new ClassicBuckets();
  readonly #native = new NativeBuckets();
  readonly #labels = new EntryLabels();
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
    this.#combined.clear();
  }

  /** Writes all series of a collection to `head`, in steps. Returns the metadata by the names of metrics. */
  *write(collection: Collection, head: Head): Generator<void, ReadonlyMap<string, Metadata>> {
    const metadata = new Map<string, Metadata>();
    this.#discardShared();
    const info = this.#translation.targetInfo(collection);
    if (info !== undefined) {
      metadata.set(info.name, info);
      yield* this.#writeListed(info, head);
    }
    for (const family of this.#translation.families(collection)) {
      metadata.set(family.name, family);
      const views = viewsAmong(family.metrics);
      for (const each of family.metrics) {
        this.#view = views?.get(each.metric);
        yield* this.#writeMetric(each, collection.interner, head);
      }
      yield* this.#writeShared(head);
    }
    return metadata;
  }

  // Left by a collection that failed.
  #discardShared(): void {
    for (const shared of this.#touched) shared.discard();
    this.#touched.clear();
  }

  *#writeShared(head: Head): Generator<void, void> {
    let written = 0;
    for (const shared of this.#touched) {
      shared.write(head);
      if (++written % STEP_HISTOGRAMS === 0) yield;
    }
    this.#touched.clear();
  }

  *#writeListed({ name, series }: ListedFamily, head: Head): Generator<void, void> {
    for (const { labels, value } of series) {
      const key = `${name}{${yield* keySteps(labels)}`;
      const column = this.#index.find(key) ?? this.#add(key, "", [this.#labels.of(name, labels)], false);
      if (column !== REFUSED && typeof value === "number") head.set(column, value, false);
    }
  }

  *#writeMetric({ metric, plan }: FamilyMetric, interner: Interner, head: Head): Generator<void, void> {
    const { series } = metric;
    const ids = this.#idsOf(metric, plan, interner);
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
        const id = yield* this.#columnOf(metric, plan, row, ids, labels, head);
        if (id !== REFUSED) this.#set(metric, id, cells, 0, head);
        yield;
      }
      yield;
    }
  }

  // The rows of a source keep their columns as long as its names, labels and boundaries are the same. One that was removed
  // while it was idle begins with 0 again.
  #idsOf(metric: CollectedMetric, plan: MetricPlan, interner: Interner): RowIds {
    const { series } = metric;
    const known = this.#rows.get(series);
    if (known?.plan === plan && hasSameForm(known.form, metric)) return known.ids;
    const ids = new RowIds(series, interner, beginsWithZero(metric));
    this.#rows.set(series, { plan, form: formOf(metric), ids });
    return ids;
  }

  *#columnOf(
    metric: CollectedMetric,
    plan: MetricPlan,
    row: number,
    ids: RowIds,
    rowLabels: RowLabels,
    head: Head,
  ): Generator<void, number> {
    const pairs = ids.pairsOf(row);
    const known = yield* ids.findSteps(row, pairs);
    if (known !== NO_ID) return known;
    const { name } = plan.head;
    const keyOf = (key: string): string => `${name}{${key}`;
    const scope = this.#scopeKeyOf(metric.scope);
    const isHistogram = plan.head.kind === "histogram";
    const { labels, key } = yield* rowLabels.of(
      metric,
      plan,
      row,
      (candidate) =>
        this.#index.isOfAnother(keyOf(candidate), scope) ||
        (isHistogram && this.#index.isOfAnother(explicitKey(keyOf(candidate)), scope)),
    );
    const entry = { key: keyOf(key), scope, whole: this.#labels.of(name, labels) };
    // Not remembered: the series of the other view may end.
    if (this.#view !== undefined && this.#isOfAnotherView(entry, this.#view)) return REFUSED;
    const column = this.#columnOfEntry(metric, entry, head);
    if (column !== REFUSED && beginsWithZero(metric))
      this.#index.setBegin(column, Math.round(metric.series.startTimeOf(row)));
    yield* ids.setSteps(row, column, pairs);
    return column;
  }

  #isOfAnotherView({ key, whole }: Entry, view: OneOfViews): boolean {
    return [key, explicitKey(key), classicKey(whole, "_count")].some((each) => {
      const column = this.#index.find(each);
      return column !== undefined && view.isOfAnother(this.#combined.get(column) ?? column);
    });
  }

  #columnOfEntry(metric: CollectedMetric, entry: Entry, head: Head): number {
    const { key, scope, whole } = entry;
    if (metric.kind === "histogram") return this.#explicitColumnOf(metric, entry, head);
    const isNative = metric.kind === "exponentialHistogram";
    const column = this.#index.find(key) ?? this.#add(key, scope, [whole], isNative);
    const block = isNative ? this.#index.find(explicitKey(key)) : undefined;
    if (block !== undefined && column !== REFUSED)
      this.#combined.set(column, this.#sharedOf(block, block, whole, head));
    return column;
  }

  // The first column of the buckets. If other histograms write some of the series, all are added up first.
  #explicitColumnOf(metric: CollectedHistogram, { key, scope, whole }: Entry, head: Head): number {
    const series = this.#labels.ofHistogram(metric, whole);
    const block = this.#index.find(explicitKey(key));
    const count = this.#index.find(classicKey(whole, "_count"));
    const native = this.#index.find(key);
    const column = block ?? count ?? this.#add(explicitKey(key), scope, series, false);
    if (column === REFUSED) return column;
    const isAlone =
      native === undefined && (block === undefined ? count === undefined : this.#isEntryOf(block, series));
    if (isAlone) return column;
    const own = count === undefined ? column : block;
    const shared = this.#sharedOf(column, own, whole, head);
    if (native !== undefined) this.#combined.set(native, shared);
    return column;
  }

  #isEntryOf(block: number, series: readonly Labels[]): boolean {
    const known = this.#index.entryAt(block);
    return (
      known.length === series.length &&
      known.every(({ __name__: name, le }, i) => name === series[i]!["__name__"] && le === series[i]!["le"])
    );
  }

  // @param block the first of adjacent columns of one histogram, if there are such
  #sharedOf(column: number, block: number | undefined, whole: Labels, head: Head): SharedHistogram {
    const known = this.#combined.get(column);
    if (known !== undefined) return known;
    const { __name__: name = "" } = whole;
    const series = block === undefined ? [] : this.#index.entryAt(block);
    const columns = new Map<string, number>();
    for (const [i, { __name__: own = "", le = "" }] of series.entries())
      columns.set(own.slice(name.length) + le, block! + i);
    const shared = new SharedHistogram((suffix, bound) => {
      const place = suffix + (bound ?? "");
      const at = columns.get(place) ?? this.#classicColumnOf(whole, suffix, bound);
      columns.set(place, at);
      return at === REFUSED ? undefined : at;
    });
    if (block !== undefined) shared.seed(finiteBoundsOf(series), head);
    this.#touched.add(shared);
    this.#combined.set(column, shared);
    return shared;
  }

  // One text for all series of a scope.
  #scopeKeyOf(scope: Scope): string {
    if (this.#lastScope?.scope !== scope)
      this.#lastScope = { scope, key: this.#labels.text(scopeKey(scope)) };
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
    if (this.#view?.takes(this.#combined.get(column) ?? column) === false) return;
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

  // In the order of `EntryLabels.ofHistogram`.
  #setExplicit(
    metric: CollectedHistogram,
    column: number,
    cells: Float64Array,
    offset: number,
    head: Head,
  ): void {
    const shared = this.#combined.get(column);
    if (shared !== undefined) {
      this.#buckets.readExplicit(cells, offset, metric);
      return this.#share(shared);
    }
    const { boundaries, hasSum } = metric;
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
      const shared = this.#combined.get(column);
      return shared === undefined ? this.#setClassic(column, head) : this.#share(shared);
    }
    const before = head.histogramAt(column);
    const sum = before === undefined ? this.#native : addedNative(runsOf(before), this.#native);
    if (sum !== undefined) head.setHistogram(column, packedHistogram(sum));
  }

  #share(shared: SharedHistogram): void {
    shared.add(this.#buckets);
    this.#touched.add(shared);
  }

  #setClassic(native: number, head: Head): void {
    const labels = this.#index.labelsOf(native);
    if (labels === undefined) return;
    const { length, bounds, cumulativeCounts, count, sum } = this.#buckets;
    const set = (suffix: string, value: number, bound?: number): void => {
      const le = bound === undefined ? undefined : canonicalBound(bound);
      const column = this.#classicColumnOf(labels, suffix, le);
      if (column !== REFUSED) head.set(column, value, true);
    };
    for (let i = 0; i < length; i++) set("_bucket", cumulativeCounts[i]!, bounds[i]);
    set("_bucket", count, Infinity);
    set("_count", count);
    if (sum !== undefined) set("_sum", sum);
  }

  // The column of one series of a histogram, which is an entry of its own.
  #classicColumnOf(whole: Labels, suffix: string, bound?: string): number {
    const key = classicKey(whole, suffix, bound);
    return this.#index.find(key) ?? this.#add(key, "", [this.#labels.suffixed(whole, suffix, bound)], false);
  }
}

/** The rows of a source, and the form that its metric had. */
interface KnownRows {
  readonly plan: MetricPlan;
  readonly form: MetricForm;
  readonly ids: RowIds;
}

/** A new series: its key, that of its scope, and its labels, with the name of the metric. */
interface Entry {
  readonly key: string;
  readonly scope: string;
  readonly whole: Labels;
}

// Explicit and exponential histograms of one name have columns of their own.
function explicitKey(key: string): string {
  return `explicit ${key}`;
}

function classicKey(whole: Labels, suffix: string, bound = ""): string {
  return `${JSON.stringify(whole)}${suffix}${bound}`;
}
