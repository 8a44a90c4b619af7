// Documents of all formats, written step by step.
import type { CollectedMetric } from "../../../engine/collection/collected-metric.ts";
import type { Collection } from "../../../engine/collection/collection.ts";
import { ClassicBuckets } from "../../../translation/buckets.ts";
import { allSteps } from "../../../io/yield.ts";
import { encodedPieces } from "../../../translation/label-steps.ts";
import type { Family, FamilyMetric, ListedFamily, Series } from "../../../translation/family.ts";
import { MergedSeries } from "../../../translation/merged-series.ts";
import { NativeBuckets } from "../../../translation/native-buckets.ts";
import type { Body } from "./body.ts";
import { FamilyNames, type FamilySyntax, type FamilyWriter, type FormatKit } from "./format-kit.ts";
import type { LabelFragments } from "./labels.ts";
import { type RowTools, RowWriter, SeriesContext } from "./row-writer.ts";

// Rows written between two checks of the clock: some tens of microseconds.
const STEP_NUMBERS = 128;
const STEP_HISTOGRAMS = 8;

export class Document {
  readonly #kit: FormatKit;
  readonly #body: Body;
  readonly #writer: FamilyWriter;
  // One for each kind, kept with the document; see `Renderer`.
  readonly #rowWriters = new Map<CollectedMetric["kind"], RowWriter>();

  constructor(kit: FormatKit, body: Body) {
    this.#kit = kit;
    this.#body = body;
    this.#writer = kit.begin(body);
  }

  /**
   * Writes a collection; `names` selects families. Measurements may be recorded between two steps.
   *
   * @param fragments of the collection's interner.
   */
  *write(
    collection: Collection,
    fragments: LabelFragments,
    names?: ReadonlySet<string>,
  ): Generator<void, void> {
    const { translation } = this.#kit;
    const info = translation.targetInfo(collection);
    const families = translation.families(collection);
    const taken = new FamilyNames(info === undefined ? families : [info, ...families]);
    if (info !== undefined && isWanted(info.name, this.#kit.syntaxOf(info, taken), names)) {
      this.#listed(info, taken);
    }
    const tools = this.#tools(collection, fragments);
    for (const family of families) {
      const syntax = this.#kit.syntaxOf(family, taken);
      if (!isWanted(family.name, syntax, names)) continue;
      this.#writer.begin(family, syntax);
      const start = this.#body.mark();
      if (!(yield* this.#rows(family, syntax, tools))) {
        this.#body.rewind(start);
        yield* this.#merged(family, syntax, collection);
      }
      this.#writer.end();
      yield;
    }
    this.#writer.finish();
  }

  list(families: readonly ListedFamily[]): void {
    const taken = new FamilyNames(families);
    for (const family of families) this.#listed(family, taken);
    this.#writer.finish();
  }

  #listed(family: ListedFamily, taken: FamilyNames): void {
    const syntax = this.#kit.syntaxOf(family, taken);
    this.#writer.begin(family, syntax);
    const write = this.#writerOf(family, syntax);
    for (const one of family.series) allSteps(write(one));
    this.#writer.end();
  }

  // Writes rows directly. Returns false if some might be identical; the rows written so far are then discarded.
  *#rows({ metrics }: Family, syntax: FamilySyntax, tools: RowTools): Generator<void, boolean> {
    const rows = metrics.map(({ plan }) => this.#writer.rowsOf(plan, syntax));
    if (!areScopesTold(metrics) || rows.some(({ plan }) => !plan.shapes.isPlain)) return false;
    for (const [i, { metric }] of metrics.entries()) {
      const { plan, samples } = rows[i]!;
      const writer = new RowWriter(metric, plan, samples, tools);
      const { kind, series } = metric;
      this.#rowWriters.set(kind, writer);
      const step = kind === "sum" || kind === "gauge" ? STEP_NUMBERS : STEP_HISTOGRAMS;
      for (let from = 0; from < series.length; from += step) {
        series.visit(from, from + step, writer);
        if (!plan.shapes.isPlain || (metrics.length > 1 && plan.shapes.hasScopeNames)) return false;
        yield;
      }
    }
    return true;
  }

  *#merged(family: Family, syntax: FamilySyntax, collection: Collection): Generator<void, void> {
    const { hasNative, translation } = this.#kit;
    const options = { exemplars: syntax.isCounting, native: hasNative };
    const merged = new MergedSeries(translation, collection, options);
    const write = this.#writerOf(family, syntax);
    for (const one of merged.of(family.metrics)) {
      if (one !== undefined) yield* write(one);
      yield;
    }
  }

  #writerOf(family: Family | ListedFamily, syntax: FamilySyntax): (series: Series) => Generator<void, void> {
    const samples = this.#writer.samplesOf(family, syntax);
    const { encodeLabels, encodeLongLabel, shows } = this.#kit;
    const body = this.#body;
    return function* (series) {
      const { labels, value, native, timeUnixMillis = 0, startTimeUnixMillis = 0, exemplars = [] } = series;
      const pieces: Uint8Array[] = [];
      for (const piece of encodedPieces(labels, encodeLabels, encodeLongLabel)) {
        if (pieces.push(Buffer.from(piece)) > 1) yield;
      }
      samples.begin(pieces.reduce((size, { length }) => size + length, 0));
      for (const [i, piece] of pieces.entries()) {
        body.put(piece);
        if (i > 0) yield;
      }
      const context = {
        timeUnixMillis,
        startTimeUnixMillis: shows.showsCreated && syntax.isCounting ? startTimeUnixMillis : 0,
        exemplars: shows.showsExemplars && syntax.isCounting ? exemplars : [],
      };
      if (typeof value === "number") samples.number(Float64Array.of(value), 0, context);
      else if (native !== undefined && samples.native !== undefined) samples.native(native, context);
      else samples.histogram({ length: value.bounds.length, ...value }, context, undefined);
    };
  }

  #tools({ interner, timeUnixMillis }: Collection, fragments: LabelFragments): RowTools {
    const { literals, shows } = this.#kit;
    const context = new SeriesContext(timeUnixMillis, shows);
    const [buckets, native] = [new ClassicBuckets(), new NativeBuckets()];
    return { body: this.#body, interner, fragments, literals, context, buckets, native };
  }
}

function isWanted(name: string, syntax: FamilySyntax, names: ReadonlySet<string> | undefined): boolean {
  if (names === undefined || names.has(name) || names.has(syntax.name)) return true;
  if (names.has(`${syntax.name}_created`)) return true;
  return syntax.type === "histogram" && ["_bucket", "_sum", "_count"].some((end) => names.has(name + end));
}

// Whether the constant labels of the metrics differ. Then only attributes named like scope labels can make two series
// identical.
function areScopesTold(metrics: readonly FamilyMetric[]): boolean {
  if (metrics.length === 1) return true;
  const texts = metrics.map(({ plan }) => JSON.stringify(plan.constantLabels));
  return new Set(texts).size === metrics.length;
}
