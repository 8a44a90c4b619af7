// A collection in one of the text formats, written step by step.
import type { Collection } from "../../engine/collection/collection.ts";
import { ClassicBuckets } from "../series/buckets.ts";
import type { Family, FamilyMetric, ListedFamily, Series } from "../series/family.ts";
import { MergedSeries } from "../series/merged-series.ts";
import type { Body } from "./body.ts";
import { type LabelFragments, labelText } from "./label-fragments.ts";
import { RowWriter, type RowTools } from "./row-writer.ts";
import { SampleLines } from "./sample-lines.ts";
import { SeriesContext } from "./series-context.ts";
import type { TextKit } from "./text-kit.ts";
import { startsOf } from "./text-plan.ts";
import { type FamilySyntax, headLines } from "./text-syntax.ts";

// So many rows are written between two looks at the clock: some tens of microseconds.
const STEP_NUMBERS = 128;
const STEP_HISTOGRAMS = 8;

/** Writes families to one body. */
export class TextDocument {
  readonly #kit: TextKit;
  readonly #body: Body;

  constructor(kit: TextKit, body: Body) {
    this.#kit = kit;
    this.#body = body;
  }

  /**
   * Writes a collection. Between two steps the collection may go on recording.
   *
   * @param fragments of the collection's interner.
   * @param names only families that have one of them, or a sample of it; all where it is not given.
   */
  *write(
    collection: Collection,
    fragments: LabelFragments,
    names?: ReadonlySet<string>,
  ): Generator<void, void> {
    const { translation } = this.#kit;
    const info = translation.targetInfo(collection);
    const families = translation.families(collection);
    const taken = new Set(families.map(({ name }) => name));
    if (info !== undefined && isWanted(info.name, this.#kit.syntaxOf(info, taken), names))
      this.list(info, taken);
    const tools = this.#tools(collection, fragments);
    for (const family of families) {
      const syntax = this.#kit.syntaxOf(family, taken);
      if (!isWanted(family.name, syntax, names)) continue;
      this.#head(family, syntax);
      const start = this.#body.mark();
      if (!(yield* this.#rows(family, syntax, tools))) {
        this.#body.rewind(start);
        yield* this.#merged(family, syntax, collection);
      }
      yield;
    }
  }

  /** Writes a family whose series are in a list. */
  list(family: ListedFamily, taken: ReadonlySet<string>): void {
    const syntax = this.#kit.syntaxOf(family, taken);
    this.#head(family, syntax);
    const series = this.#seriesLines(family, syntax);
    for (const one of family.series) series(one);
  }

  /** Ends the document. */
  end(): void {
    if (this.#kit.settings.format === "openmetrics") this.#body.text("# EOF\n");
  }

  #head(family: Family | ListedFamily, syntax: FamilySyntax): void {
    this.#body.text(headLines(family, syntax, this.#kit.settings.format));
  }

  // Whether all rows could be told apart; where not, what was written is of no use.
  *#rows({ metrics }: Family, syntax: FamilySyntax, tools: RowTools): Generator<void, boolean> {
    const plans = metrics.map(({ plan }) => this.#kit.planOf(plan, syntax));
    if (!areScopesTold(metrics) || plans.some(({ shapes }) => !shapes.isPlain)) return false;
    for (const [i, { metric }] of metrics.entries()) {
      const plan = plans[i]!;
      const writer = new RowWriter(metric, plan, this.#lines(plan.starts), tools);
      for (const [from, to] of stepsOf(metric)) {
        metric.series.visit(from, to, writer);
        if (!plan.shapes.isPlain || (metrics.length > 1 && plan.shapes.hasScopeNames)) return false;
        yield;
      }
    }
    return true;
  }

  *#merged(family: Family, syntax: FamilySyntax, collection: Collection): Generator<void, void> {
    const merged = new MergedSeries(this.#kit.translation, collection, { exemplars: syntax.isCounting });
    for (const each of family.metrics) {
      for (const [from, to] of stepsOf(each.metric)) {
        merged.add(each, from, to);
        yield;
      }
    }
    const series = this.#seriesLines(family, syntax);
    for (const one of merged.series) {
      series(one);
      yield;
    }
  }

  #seriesLines(family: Family | ListedFamily, syntax: FamilySyntax): (series: Series) => void {
    const starts = startsOf(family, syntax, this.#kit.literals, this.#kit.translation.names);
    const lines = this.#lines(starts);
    const { created } = this.#kit.settings;
    return ({ labels, value, timeUnixMillis = 0, startTimeUnixMillis = 0, exemplars = [] }) => {
      const text = labels.map((label) => `${labelText(label.name, label.value)},`).join("");
      lines.begin(Buffer.byteLength(text), 3 * text.length);
      this.#body.text(text);
      const context = {
        timeUnixMillis,
        startTimeUnixMillis: created && syntax.isCounting ? startTimeUnixMillis : 0,
        exemplars: syntax.isCounting ? exemplars : [],
      };
      if (typeof value === "number") lines.number(Float64Array.of(value), 0, context);
      else lines.histogram({ length: value.bounds.length, ...value }, context, undefined);
    };
  }

  #lines(starts: ReturnType<typeof startsOf>): SampleLines {
    const { literals, settings, translation } = this.#kit;
    return new SampleLines(this.#body, literals, { ...settings, names: translation.names }, starts);
  }

  #tools({ interner, timeUnixMillis }: Collection, fragments: LabelFragments): RowTools {
    const { literals, settings } = this.#kit;
    const isOpenMetrics = settings.format === "openmetrics";
    const context = new SeriesContext(timeUnixMillis, {
      showsTimes: settings.timestamps,
      showsCreated: isOpenMetrics && settings.created,
      showsExemplars: isOpenMetrics,
    });
    return { body: this.#body, interner, fragments, literals, context, buckets: new ClassicBuckets() };
  }
}

function isWanted(name: string, syntax: FamilySyntax, names: ReadonlySet<string> | undefined): boolean {
  if (names === undefined || names.has(name) || names.has(syntax.name)) return true;
  if (names.has(`${syntax.name}_created`)) return true;
  return syntax.type === "histogram" && ["_bucket", "_sum", "_count"].some((end) => names.has(name + end));
}

// Whether no series of one metric can look like one of another, but by attributes that are called as a scope's labels.
function areScopesTold(metrics: readonly FamilyMetric[]): boolean {
  if (metrics.length === 1) return true;
  const texts = metrics.map(({ plan }) => JSON.stringify(plan.constantLabels));
  return new Set(texts).size === metrics.length;
}

function* stepsOf({ kind, series }: FamilyMetric["metric"]): Generator<readonly [from: number, to: number]> {
  const step = kind === "sum" || kind === "gauge" ? STEP_NUMBERS : STEP_HISTOGRAMS;
  for (let from = 0; from < series.length; from += step) yield [from, from + step];
}
