// A collection as lines of JSON, one a series, written step by step.
import type { CollectedMetric } from "../../engine/collection/collected-metric.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import { millisFromHrTime } from "../../engine/collection/resource-metrics.ts";
import type { SeriesSource, SeriesVisitor } from "../../engine/collection/series-source.ts";
import { ClassicBuckets } from "../series/buckets.ts";
import type { FamilyHead, FamilyMetric, Series } from "../series/family.ts";
import { BUCKET_LABEL } from "../series/labels.ts";
import { MergedSeries } from "../series/merged-series.ts";
import type { Translation } from "../series/translation.ts";
import { labelJson, type LineLabel, type LineLabels } from "./line-labels.ts";
import { HistogramJson, numberJson } from "./value-json.ts";

/** What each line begins with. */
export const LINE_BEGIN = '{"name":';

// So many rows are written between two looks at the clock: some tens of microseconds.
const STEP_NUMBERS = 64;
const STEP_HISTOGRAMS = 8;
const FEW_LABELS = 32;

/** What lines are made with, from one collection to the next. */
export interface LineTools {
  readonly translation: Translation;
  readonly labels: LineLabels;
}

/**
 * The lines of one collection. Keys and figures are those of the document; where two series of one metric could have
 * one key, the metric's series are gathered first, as they are for the document.
 */
export class SeriesLines {
  readonly #collection: Collection;
  readonly #tools: LineTools;
  readonly #steps: Iterator<void, void>;
  readonly #buckets = new ClassicBuckets();
  readonly #histograms = new HistogramJson();
  #ids = new Int32Array(16);
  #text = "";
  #isOver = false;

  constructor(collection: Collection, tools: LineTools) {
    this.#collection = collection;
    this.#tools = tools;
    tools.labels.begin(collection.interner);
    this.#steps = this.#write();
  }

  /**
   * Writes on until all is written, the text is `maxLength` characters long, or `performance.now()` is `end`. Gives back
   * whether all is written.
   */
  writeUntil(end: number, maxLength: number): boolean {
    do {
      this.#isOver = this.#steps.next().done === true;
    } while (!this.#isOver && this.#text.length < maxLength && performance.now() < end);
    return this.#isOver;
  }

  /** Whether all is written. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** How much is written and not taken. */
  get length(): number {
    return this.#text.length;
  }

  /** Takes what is written: whole lines. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  *#write(): Generator<void, void> {
    const { translation } = this.#tools;
    for (const family of translation.families(this.#collection)) {
      const [first, second] = family.metrics;
      const isAlone = first !== undefined && second === undefined;
      if (isAlone && (yield* this.#areAllDistinct(first.metric, family))) {
        yield* walk(first.metric, this.#rowWriter(first.metric, family));
      } else yield* this.#writeMerged(family, family.metrics);
    }
  }

  /** Whether each row has a key of its own, without a look at the keys: each label name is of one attribute and type. */
  *#areAllDistinct(metric: CollectedMetric, { kind }: FamilyHead): Generator<void, boolean> {
    const { interner } = this.#collection;
    const variants: number[] = [];
    let areDistinct = true;
    const series = (_cells: Float64Array, _offset: number, row: number): void => {
      const count = this.#readPairs(metric.series, row);
      for (let i = 0; i < count; i++) {
        const label = this.#tools.labels.labelOf(this.#ids[i]!, interner);
        const variant = (variants[label.nameId] ??= label.variant);
        if (variant !== label.variant || !label.isDistinct) areDistinct = false;
        // It is called otherwise there.
        if (kind === "histogram" && label.name === BUCKET_LABEL) areDistinct = false;
      }
    };
    for (const _ of walk(metric, { series })) {
      if (!areDistinct) return false;
      yield;
    }
    return areDistinct;
  }

  #rowWriter(metric: CollectedMetric, head: FamilyHead): SeriesVisitor {
    const { interner, timeUnixMillis } = this.#collection;
    const begin = beginOf(head);
    const { series } = metric;
    const time = timeUnixMillis / 1e3;
    const row: LineLabel[] = [];
    return {
      series: (cells, offset, position) => {
        const count = this.#readPairs(series, position);
        row.length = 0;
        for (let i = 0; i < count; i++) row.push(this.#tools.labels.labelOf(this.#ids[i]!, interner));
        sortByName(row);
        let labels = "";
        for (let i = 0; i < count; i++) labels += i === 0 ? row[i]!.text : `,${row[i]!.text}`;
        const own = series.timesOf?.(position);
        const seconds = own === undefined ? time : millisFromHrTime(own.endTime) / 1e3;
        this.#line(begin, labels, this.#valueOf(metric, cells, offset), seconds);
      },
    };
  }

  // Answers how many there are at the start of `#ids`.
  #readPairs(series: SeriesSource, row: number): number {
    const count = series.pairsOf(row, this.#ids);
    if (count <= this.#ids.length) return count;
    this.#ids = new Int32Array(2 * count);
    return series.pairsOf(row, this.#ids);
  }

  #valueOf(metric: CollectedMetric, cells: Float64Array, offset: number): string {
    switch (metric.kind) {
      case "sum":
      case "gauge":
        return numberJson(cells[offset]!);
      case "histogram":
        this.#buckets.readExplicit(cells, offset, metric);
        return this.#histograms.textOf(this.#buckets);
      case "exponentialHistogram":
        this.#buckets.readExponential(cells, offset, metric);
        return this.#histograms.textOf(this.#buckets);
      default:
        return metric satisfies never;
    }
  }

  *#writeMerged(head: FamilyHead, metrics: readonly FamilyMetric[]): Generator<void, void> {
    const merged = new MergedSeries(this.#tools.translation, this.#collection, { laterScope: "name" });
    for (const each of metrics) {
      for (const [from, to] of stepsOf(each.metric)) {
        yield* merged.add(each, from, to);
        yield;
      }
    }
    const begin = beginOf(head);
    for (const one of merged.series) {
      const labels = one.labels.map((label) => labelJson(label)).join(",");
      this.#line(begin, labels, this.#valueJson(one.value), (one.timeUnixMillis ?? 0) / 1e3);
      yield;
    }
  }

  #valueJson(value: Series["value"]): string {
    if (typeof value === "number") return numberJson(value);
    const { bounds, cumulativeCounts, ...rest } = value;
    return this.#histograms.textOf({
      ...rest,
      length: bounds.length,
      bounds: Float64Array.from(bounds),
      cumulativeCounts: Float64Array.from(cumulativeCounts),
    });
  }

  #line(begin: string, labels: string, value: string, seconds: number): void {
    this.#text += `${begin}${labels}},"value":${value},"timestamp":${seconds}}\n`;
  }
}

function beginOf({ name, kind, unit }: FamilyHead): string {
  return `${LINE_BEGIN}${JSON.stringify(name)},"type":"${kind}","unit":${JSON.stringify(unit)},"labels":{`;
}

// Rows are short, and mostly in order.
function sortByName(row: LineLabel[]): void {
  if (row.length > FEW_LABELS) row.sort((a, b) => (a.name < b.name ? -1 : 1));
  else for (let i = 1; i < row.length; i++) insert(row, i);
}

// Moves the label at `from` to its place among those before it, which are sorted.
function insert(row: LineLabel[], from: number): void {
  const label = row[from]!;
  let at = from;
  for (; at > 0 && row[at - 1]!.name > label.name; at--) row[at] = row[at - 1]!;
  row[at] = label;
}

function* walk(metric: CollectedMetric, visitor: SeriesVisitor): Generator<void, void> {
  for (const [from, to] of stepsOf(metric)) {
    metric.series.visit(from, to, visitor);
    yield;
  }
}

function* stepsOf({ kind, series }: CollectedMetric): Generator<readonly [from: number, to: number]> {
  const step = kind === "sum" || kind === "gauge" ? STEP_NUMBERS : STEP_HISTOGRAMS;
  for (let from = 0; from < series.length; from += step) yield [from, from + step];
}
