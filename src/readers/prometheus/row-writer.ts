// The series of one metric, written as they are walked.
import type {
  CollectedExponentialHistogram,
  CollectedMetric,
} from "../../engine/collection/collected-metric.ts";
import type { SeriesSource, SeriesVisitor } from "../../engine/collection/series-source.ts";
import type { Interner } from "../../engine/series/interner.ts";
import type { ClassicBuckets } from "../series/buckets.ts";
import type { NativeBuckets } from "../series/native-buckets.ts";
import type { Body } from "./body.ts";
import type { RowPlan, SampleContext, SampleWriter } from "./format-kit.ts";
import { ENTRY, type LabelFragments, LENGTH, PLACE, VARIANT } from "./label-fragments.ts";
import type { Literal, Literals } from "./literals.ts";
import type { RowShapes } from "./row-shapes.ts";
import type { SeriesContext } from "./series-context.ts";

/** What the rows of all metrics of one rendering are written with. */
export interface RowTools {
  readonly body: Body;
  readonly interner: Interner;
  readonly fragments: LabelFragments;
  readonly literals: Literals;
  readonly context: SeriesContext;
  readonly buckets: ClassicBuckets;
  readonly native: NativeBuckets;
}

/** Writes rows one by one, as long as their texts differ, as the plan's shapes tell. */
export class RowWriter implements SeriesVisitor {
  readonly #metric: CollectedMetric;
  readonly #series: SeriesSource;
  readonly #plan: RowPlan;
  readonly #samples: SampleWriter;
  readonly #tools: RowTools;
  readonly #shapes: RowShapes;
  readonly #hasContext: boolean;
  // Of the row that is being written: its labels' bytes and what they are.
  #ids = new Int32Array(16);
  #places = new Int32Array(16);
  #lengths = new Int32Array(16);
  #variants = new Int32Array(16);
  readonly #bounds: readonly Literal[];

  constructor(metric: CollectedMetric, plan: RowPlan, samples: SampleWriter, tools: RowTools) {
    this.#metric = metric;
    this.#series = metric.series;
    this.#plan = plan;
    this.#samples = samples;
    this.#tools = tools;
    this.#shapes = plan.shapes;
    const { showsTimes, showsCreated, showsExemplars } = tools.context;
    this.#hasContext = showsTimes || (plan.syntax.isCounting && (showsCreated || showsExemplars));
    this.#bounds = metric.kind === "histogram" ? plan.boundsOf(metric.boundaries, tools.literals) : [];
  }

  series(cells: Float64Array, offset: number, row: number): void {
    if (!this.#shapes.isPlain) return;
    this.#writeLabels(row);
    const { context } = this.#tools;
    if (this.#hasContext) context.read(this.#metric, row, this.#plan.syntax.isCounting);
    const shown = this.#hasContext ? context : undefined;
    const metric = this.#metric;
    const { buckets } = this.#tools;
    if (metric.kind === "histogram") {
      buckets.readExplicit(cells, offset, metric);
      this.#samples.histogram(buckets, shown, this.#bounds);
    } else if (metric.kind === "exponentialHistogram") {
      this.#exponential(metric, cells, offset, shown);
    } else this.#samples.number(cells, offset, shown);
  }

  // What the format or Prometheus cannot have as a native histogram has classic buckets.
  #exponential(
    metric: CollectedExponentialHistogram,
    cells: Float64Array,
    offset: number,
    shown: SampleContext | undefined,
  ): void {
    const samples = this.#samples;
    const { buckets, native } = this.#tools;
    if (samples.native !== undefined && native.read(cells, offset, metric)) samples.native(native, shown);
    else {
      buckets.readExponential(cells, offset, metric);
      samples.histogram(buckets, shown, undefined);
    }
  }

  #writeLabels(row: number): void {
    const { body, fragments, interner, literals } = this.#tools;
    const ids = this.#ids;
    const count = this.#series.pairsOf(row, ids);
    if (count > ids.length) {
      this.#makeRoom(count);
      return this.#writeLabels(row);
    }
    const places = this.#places;
    const lengths = this.#lengths;
    const variants = this.#variants;
    let { entries } = fragments;
    let size = 0;
    fragments.beginRow();
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      const entry = ENTRY * id;
      if (entry < entries.length && entries[entry] === interner.stampOf(id)) {
        places[i] = entries[entry + PLACE]!;
        lengths[i] = entries[entry + LENGTH]!;
        variants[i] = entries[entry + VARIANT]!;
      } else {
        const made = fragments.make(id, interner);
        entries = fragments.entries;
        places[i] = made.place;
        lengths[i] = made.length;
        variants[i] = made.variant;
      }
      size += lengths[i]!;
    }
    const { gaps, order, size: gapSize } = this.#shapes.find(variants, count, literals);
    this.#samples.begin(size + gapSize);
    const labelWords = fragments.literals.words;
    const gapWords = literals.words;
    for (let i = 0; i < count; i++) {
      if (gaps[2 * i + 1] !== 0) body.words(gapWords, gaps[2 * i]!, gaps[2 * i + 1]!);
      const label = order[i]!;
      body.words(labelWords, places[label]!, lengths[label]!);
    }
    if (gaps[2 * count + 1] !== 0) body.words(gapWords, gaps[2 * count]!, gaps[2 * count + 1]!);
  }

  #makeRoom(count: number): void {
    this.#ids = new Int32Array(2 * count);
    this.#places = new Int32Array(2 * count);
    this.#lengths = new Int32Array(2 * count);
    this.#variants = new Int32Array(2 * count);
  }
}
