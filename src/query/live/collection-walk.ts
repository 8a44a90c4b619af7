// A walk over a collection that writes each series to its column.
import { EXPLICIT } from "../../engine/collection/cell-layout.ts";
import {
  beginsWithZero,
  type CollectedHistogram,
  type CollectedMetric,
} from "../../engine/collection/collected-metric.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import type { SeriesSource } from "../../engine/collection/series-source.ts";
import type { Interner } from "../../engine/series/interner.ts";
import { canonicalBound } from "../../translation/bound-text.ts";
import type {
  ClassicHistogram,
  Family,
  FamilyHead,
  FamilyMetric,
  MetricPlan,
  Series,
} from "../../translation/family.ts";
import { keySteps } from "../../translation/label-steps.ts";
import { MergedSeries } from "../../translation/merged-series.ts";
import { NativeBuckets } from "../../translation/native-buckets.ts";
import { NO_ID, RowIds } from "../../translation/row-ids.ts";
import { RowLabels } from "../../translation/row-labels.ts";
import type { TranslationSettings } from "../../translation/strategy.ts";
import { Translation } from "../../translation/translation.ts";
import { EXACT_LOOKBACK_MILLIS } from "../exact.ts";
import type { Labels } from "../source.ts";
import { EntryLabels } from "./entry-labels.ts";
import type { Head } from "./head.ts";
import { copyOf, formOf, hasSameForm, type MetricForm } from "./metric-form.ts";
import { packedHistogram } from "./packed-histogram.ts";
import type { SeriesIndex } from "./series-index.ts";

// Rows per step: some tens of microseconds.
const STEP_NUMBERS = 64;
const STEP_HISTOGRAMS = 8;
// Column of a row that is not kept, since there are too many series.
const REFUSED = -3;
// Series without histograms that take as much memory as one with native histograms: its latest has up to 160 buckets.
const NATIVE_WEIGHT = 4;
const HISTOGRAM_SUFFIXES = ["", "_bucket", "_count", "_sum"];
// Passes over the rows of a family in one collection. Each pass may find further shared columns.
const MAX_PASSES = 8;

/** Type, description and unit of a metric. */
export type Metadata = Pick<FamilyHead, "kind" | "help" | "unit">;

/**
 * Writes collections to columns, with the names and labels that the Prometheus reader exports. Rows write columns of their
 * own. Once two of them write the same one, the translation merges these rows in each collection, as in a scrape.
 */
export class CollectionWalk {
  readonly #index: SeriesIndex;
  readonly #translation: Translation;
  readonly #maxSeries: number;
  readonly #onRefused: () => void;
  #rows = new WeakMap<SeriesSource, KnownRows>();
  // Columns whose rows are merged.
  readonly #shared = new Set<number>();
  // Exact increases count from later starts alone: the first collection may be hours after the start of a process.
  #knownSince = Infinity;
  // Whether a row of the current family may have written a column before it became shared.
  #needsPass = false;
  // Series of the rows of shared columns, in the current family.
  #merged: MergedSeries | undefined;
  readonly #native = new NativeBuckets();
  readonly #labels = new EntryLabels();

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
    this.#shared.clear();
  }

  /** Writes all series of a collection to `head`, in steps. Returns the metadata by the names of metrics. */
  *write(
    collection: Collection,
    head: Head,
    timeUnixMillis: number,
  ): Generator<void, ReadonlyMap<string, Metadata>> {
    this.#knownSince = Math.min(this.#knownSince, timeUnixMillis - EXACT_LOOKBACK_MILLIS);
    const metadata = new Map<string, Metadata>();
    const info = this.#translation.targetInfo(collection);
    if (info !== undefined) {
      metadata.set(info.name, info);
      for (const series of info.series) yield* this.#writeSeries(info.name, series, undefined, head);
    }
    for (const family of this.#translation.families(collection)) {
      metadata.set(family.name, family);
      yield* this.#writeFamily(family, collection, head);
    }
    this.#merged = undefined;
    yield* this.#index.takeBegins(timeUnixMillis, this.#knownSince);
    return metadata;
  }

  *#writeFamily(family: Family, collection: Collection, head: Head): Generator<void, void> {
    for (let pass = 1; ; pass++) {
      this.#needsPass = false;
      this.#merged = undefined;
      for (const each of family.metrics) yield* this.#writeMetric(each, collection, head);
      if (this.#merged !== undefined) yield* this.#writeMerged(family, this.#merged, head);
      if (!this.#needsPass || pass === MAX_PASSES) return;
      for (const suffix of family.kind === "histogram" ? HISTOGRAM_SUFFIXES : [""])
        for (const column of this.#index.columnsNamed(family.name + suffix)) head.unset(column);
    }
  }

  *#writeMetric(each: FamilyMetric, collection: Collection, head: Head): Generator<void, void> {
    const { metric, plan } = each;
    const { interner } = collection;
    const { series } = metric;
    const ids = this.#idsOf(metric, plan, interner);
    const labels = new RowLabels(this.#translation, interner);
    const isNumber = metric.kind === "sum" || metric.kind === "gauge";
    const step = isNumber ? STEP_NUMBERS : STEP_HISTOGRAMS;
    const later: { readonly row: number; readonly known: number; readonly cells: Float64Array }[] = [];
    const set = (id: number, cells: Float64Array, offset: number): void => {
      if (!this.#set(metric, id, cells, offset, head)) this.#share(id);
    };
    const visitor = {
      series: (cells: Float64Array, offset: number, row: number): void => {
        const id = ids.find(row);
        if (id >= 0 && !this.#shared.has(id)) set(id, cells, offset);
        // The cells are valid during the visit only.
        else if (id !== REFUSED) later.push({ row, known: id, cells: copyOf(metric, cells, offset) });
      },
    };
    for (let from = 0; from < series.length; from += step) {
      series.visit(from, from + step, visitor);
      for (const { row, known, cells } of later.splice(0)) {
        const id = known >= 0 ? known : yield* this.#columnOf(metric, plan, row, cells, ids, labels);
        if (this.#shared.has(id)) {
          this.#merged ??= new MergedSeries(this.#translation, collection, { native: true });
          yield* this.#merged.add(each, row, cells);
        } else if (id !== REFUSED) set(id, cells, 0);
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
    cells: Float64Array,
    ids: RowIds,
    rowLabels: RowLabels,
  ): Generator<void, number> {
    const pairs = ids.pairsOf(row);
    const known = yield* ids.findSteps(row, pairs);
    if (known !== NO_ID) return known;
    const { name } = plan.head;
    const labels = yield* rowLabels.ofRow(metric, plan, row);
    const key = `${name}{${yield* keySteps(labels)}`;
    const column = this.#columnOfRow(metric, key, this.#labels.of(name, labels), cells);
    this.#begun(column, beginsWithZero(metric) ? metric.series.startTimeOf(row) : undefined);
    yield* ids.setSteps(row, column, pairs);
    return column;
  }

  // The series of a histogram have adjacent columns. If other histograms have columns for some of them, the row shares
  // a column of theirs. A histogram with classic buckets only is always written as a merged one.
  #columnOfRow(metric: CollectedMetric, key: string, whole: Labels, cells: Float64Array): number {
    const own = this.#index.find(key);
    if (metric.kind === "sum" || metric.kind === "gauge") return own ?? this.#add(key, [whole], false);
    const block = this.#index.find(explicitKey(key));
    const countKey = classicKey(whole, "_count");
    const count = this.#index.find(countKey);
    if (metric.kind === "exponentialHistogram") {
      if (block === undefined && count === undefined && this.#native.read(cells, 0, metric))
        return own ?? this.#add(key, [whole], true);
    } else if (own === undefined && count === undefined) {
      const series = this.#labels.ofHistogram(metric, whole);
      if (block === undefined) return this.#add(explicitKey(key), series, false);
      if (this.#isEntryOf(block, series)) return block;
    }
    const known = own ?? block ?? count;
    if (known !== undefined) return this.#share(known);
    return this.#share(this.#add(countKey, [this.#labels.suffixed(whole, "_count")], false), true);
  }

  // From now on the rows of the column are merged. No row has written a new one yet.
  #share(column: number, isNew = false): number {
    if (column === REFUSED || this.#shared.has(column)) return column;
    this.#shared.add(column);
    if (!isNew) this.#needsPass = true;
    return column;
  }

  #isEntryOf(block: number, series: readonly Labels[]): boolean {
    const known = this.#index.entryAt(block);
    return (
      known.length === series.length &&
      known.every(({ __name__: name, le }, i) => name === series[i]!["__name__"] && le === series[i]!["le"])
    );
  }

  // Returns false if another row has written the series in this collection, or if the histogram has no native form.
  #set(metric: CollectedMetric, column: number, cells: Float64Array, offset: number, head: Head): boolean {
    switch (metric.kind) {
      case "sum":
      case "gauge":
        return head.set(column, cells[offset]!);
      case "histogram":
        return setExplicit(metric, column, cells, offset, head);
      case "exponentialHistogram":
        return (
          this.#native.read(cells, offset, metric) && head.setHistogram(column, packedHistogram(this.#native))
        );
      default:
        return metric satisfies never;
    }
  }

  *#writeMerged({ name, metrics }: Family, merged: MergedSeries, head: Head): Generator<void, void> {
    const isFromZero = metrics.every(({ metric }) => beginsWithZero(metric));
    for (const series of merged.of([])) {
      if (series === undefined) continue;
      yield* this.#writeSeries(name, series, isFromZero ? series.startTimeUnixMillis : undefined, head);
      yield;
    }
  }

  // A series as a scrape has it. Its columns are shared: with the labels of its scope, another row may have the same ones.
  *#writeSeries(name: string, series: Series, begin: number | undefined, head: Head): Generator<void, void> {
    const { labels, value, native } = series;
    const key = `${name}{${yield* keySteps(labels)}`;
    const whole = (): Labels => this.#labels.of(name, labels);
    const known = this.#index.find(key);
    const block = typeof value === "number" ? undefined : this.#index.find(explicitKey(key));
    for (const each of [known, block]) if (each !== undefined) this.#share(each);
    if (typeof value !== "number" && native === undefined) {
      this.#writeBuckets(block, whole(), value, begin, head);
      return;
    }
    const column = known ?? this.#share(this.#add(key, [whole()], native !== undefined), true);
    if (this.#begun(column, begin) === REFUSED) return;
    if (native !== undefined) head.setHistogram(column, packedHistogram(native));
    else if (typeof value === "number") head.set(column, value);
  }

  // Columns of their own, apart from those of a histogram that had the series alone.
  #writeBuckets(
    block: number | undefined,
    whole: Labels,
    buckets: ClassicHistogram,
    begin: number | undefined,
    head: Head,
  ): void {
    const { __name__: name = "" } = whole;
    const columns = new Map<string, number>();
    for (const [i, { __name__: own = "", le = "" }] of (block === undefined
      ? []
      : this.#index.entryAt(block)
    ).entries())
      columns.set(own.slice(name.length) + le, block! + i);
    const set = (value: number, suffix: string, bound?: number): void => {
      const le = bound === undefined ? undefined : canonicalBound(bound);
      const ownKey = classicKey(whole, suffix, le);
      const known = columns.get(suffix + (le ?? "")) ?? this.#index.find(ownKey);
      const column = known ?? this.#add(ownKey, [this.#labels.suffixed(whole, suffix, le)], false);
      if (this.#begun(column, begin) !== REFUSED) head.set(column, value);
    };
    const { bounds, cumulativeCounts, count, sum } = buckets;
    for (const [i, bound] of bounds.entries()) set(cumulativeCounts[i]!, "_bucket", bound);
    set(count, "_bucket", Infinity);
    set(count, "_count");
    if (sum !== undefined) set(sum, "_sum");
  }

  #begun(column: number, begin: number | undefined): number {
    if (column !== REFUSED && begin !== undefined) this.#index.noteBegin(column, Math.round(begin));
    return column;
  }

  #add(key: string, series: readonly Labels[], isNative: boolean): number {
    const { count, nativeCount } = this.#index;
    const taken = count + (NATIVE_WEIGHT - 1) * nativeCount;
    if (taken + (isNative ? NATIVE_WEIGHT : series.length) <= this.#maxSeries)
      return this.#index.add(key, series, isNative);
    this.#onRefused();
    return REFUSED;
  }
}

// In the order of `EntryLabels.ofHistogram`.
function setExplicit(
  { boundaries, hasSum }: CollectedHistogram,
  column: number,
  cells: Float64Array,
  offset: number,
  head: Head,
): boolean {
  let total = 0;
  const last = boundaries.length;
  for (let i = 0; i < last; i++) {
    total += cells[offset + EXPLICIT.buckets + i]!;
    head.set(column + i, total);
  }
  const count = cells[offset + EXPLICIT.count]!;
  if (hasSum) head.set(column + last + 2, cells[offset + EXPLICIT.sum]!);
  head.set(column + last + 1, count);
  return head.set(column + last, count);
}

/** The rows of a source, and the form that its metric had. */
interface KnownRows {
  readonly plan: MetricPlan;
  readonly form: MetricForm;
  readonly ids: RowIds;
}

// Explicit and exponential histograms of one name have columns of their own.
function explicitKey(key: string): string {
  return `explicit ${key}`;
}

function classicKey(whole: Labels, suffix: string, bound = ""): string {
  return `${JSON.stringify(whole)}${suffix}${bound}`;
}
