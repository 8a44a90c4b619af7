import type { CollectedMetric } from "../../engine/collection/collected-metric.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import { millisFromHrTime } from "../../engine/collection/resource-metrics.ts";
import type { SeriesVisitor } from "../../engine/collection/series-source.ts";
import { ClassicBuckets } from "../../translation/buckets.ts";
import type { FamilyHead, FamilyMetric, Label, Series } from "../../translation/family.ts";
import { encodedPieces } from "../../translation/label-steps.ts";
import { MergedSeries } from "../../translation/merged-series.ts";
import { haveDistinctSeries } from "../../translation/snapshot.ts";
import type { Translation } from "../../translation/translation.ts";
import {
  labelsJson,
  type LineLabel,
  type LineLabels,
  longLabelJson,
  HistogramJson,
  numberJson,
} from "./line-json.ts";

export const LINE_BEGIN = '{"name":';

// Rows written between two checks of the clock: some tens of microseconds.
const STEP_NUMBERS = 64;
const STEP_HISTOGRAMS = 8;
// Rows with more labels are written in steps of their own.
const MAX_LABELS = 128;
// Characters of one line converted to bytes at once.
const PIECE_LENGTH = 64 * 1024;

export interface LineTools {
  readonly translation: Translation;
  readonly labels: LineLabels;
}

/**
 * The lines of one collection, with the keys and values of the document. If two series of a metric could have the same
 * key, the metric's series are merged first, as for the document.
 */
export class SeriesLines {
  readonly #collection: Collection;
  readonly #tools: LineTools;
  readonly #steps: Iterator<void, void>;
  readonly #buckets = new ClassicBuckets();
  readonly #histograms = new HistogramJson();
  readonly #ids = new Int32Array(MAX_LABELS);
  // The output: bytes, followed by text.
  #bytes: Buffer[] = [];
  #byteLength = 0;
  #text = "";
  #isOver = false;

  constructor(collection: Collection, tools: LineTools) {
    this.#collection = collection;
    this.#tools = tools;
    tools.labels.begin(collection.interner);
    this.#steps = this.#write();
  }

  /** Runs one step, some tens of microseconds. */
  write(): void {
    this.#isOver = this.#steps.next().done === true;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Number of characters and bytes that are written and not yet taken. */
  get length(): number {
    return this.#byteLength + this.#text.length;
  }

  /** Returns and removes the written lines, all of them complete. */
  take(): Buffer {
    const text = Buffer.from(this.#text);
    const all = this.#bytes.length === 0 ? text : Buffer.concat([...this.#bytes, text]);
    this.#bytes = [];
    this.#byteLength = 0;
    this.#text = "";
    return all;
  }

  *#write(): Generator<void, void> {
    const { translation } = this.#tools;
    for (const family of translation.families(this.#collection)) {
      if (yield* haveDistinctSeries(family, this.#collection)) {
        for (const { metric } of family.metrics) yield* walk(metric, this.#rowWriter(metric, family));
      } else yield* this.#writeMerged(family, family.metrics);
    }
  }

  #rowWriter(metric: CollectedMetric, head: FamilyHead): SeriesVisitor {
    const { interner, timeUnixMillis } = this.#collection;
    const begin = beginOf(head);
    const { series } = metric;
    const time = timeUnixMillis / 1e3;
    const row: LineLabel[] = [];
    return {
      series: (cells, offset, position) => {
        const count = series.pairsOf(position, this.#ids);
        row.length = 0;
        for (let i = 0; i < count; i++) insert(row, this.#tools.labels.labelOf(this.#ids[i]!, interner));
        let labels = "";
        for (let i = 0; i < count; i++) labels += i === 0 ? row[i]!.text : `,${row[i]!.text}`;
        const own = series.timesOf?.(position);
        const seconds = own === undefined ? time : millisFromHrTime(own.endTime) / 1e3;
        this.#line(begin, labels, this.#valueOf(metric, cells, offset), seconds);
      },
    };
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
    const begin = beginOf(head);
    for (const one of merged.of(metrics)) {
      if (one === undefined) {
        yield;
        continue;
      }
      const value = this.#valueJson(one.value);
      yield* this.#longLine(begin, one.labels, value, (one.timeUnixMillis ?? 0) / 1e3);
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

  // Kept apart until the line is complete, so that `take` returns only complete lines.
  *#longLine(begin: string, labels: readonly Label[], value: string, seconds: number): Generator<void, void> {
    const bytes: Buffer[] = [];
    let text = "";
    for (const piece of encodedPieces(labels, labelsJson, longLabelJson)) {
      // Each piece of labels begins with a comma.
      text += bytes.length === 0 && text === "" ? begin + piece.slice(1) : piece;
      if (text.length <= PIECE_LENGTH) continue;
      bytes.push(Buffer.from(text));
      text = "";
      yield;
    }
    if (bytes.length > 0) {
      bytes.unshift(Buffer.from(this.#text));
      this.#text = "";
      for (const each of bytes) this.#byteLength += each.length;
      this.#bytes.push(...bytes);
    }
    this.#line(bytes.length === 0 && text === "" ? begin : text, "", value, seconds);
  }

  #line(begin: string, labels: string, value: string, seconds: number): void {
    this.#text += `${begin}${labels}},"value":${value},"timestamp":${seconds}}\n`;
  }
}

function beginOf({ name, kind, unit }: FamilyHead): string {
  return `${LINE_BEGIN}${JSON.stringify(name)},"type":"${kind}","unit":${JSON.stringify(unit)},"labels":{`;
}

// Insertion sort: rows are short and mostly in order.
function insert(row: LineLabel[], label: LineLabel): void {
  let at = row.length;
  while (at > 0 && row[at - 1]!.name > label.name) {
    row[at] = row[at - 1]!;
    at--;
  }
  row[at] = label;
}

function* walk({ kind, series }: CollectedMetric, visitor: SeriesVisitor): Generator<void, void> {
  const step = kind === "sum" || kind === "gauge" ? STEP_NUMBERS : STEP_HISTOGRAMS;
  for (let from = 0; from < series.length; from += step) {
    series.visit(from, from + step, visitor);
    yield;
  }
}
