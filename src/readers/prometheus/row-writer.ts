// The series of one metric, written as they are walked.
import type { CollectedMetric } from "../../engine/collection/collected-metric.ts";
import type { SeriesVisitor } from "../../engine/collection/series-source.ts";
import type { Interner } from "../../engine/series/interner.ts";
import type { ClassicBuckets } from "../series/buckets.ts";
import type { Body } from "./body.ts";
import type { LabelFragments } from "./label-fragments.ts";
import type { Literal, Literals } from "./literals.ts";
import type { RowShapes } from "./row-shapes.ts";
import type { SampleLines } from "./sample-lines.ts";
import type { SeriesContext } from "./series-context.ts";
import type { TextPlan } from "./text-plan.ts";

/** What the rows of all metrics of one rendering are written with. */
export interface RowTools {
  readonly body: Body;
  readonly interner: Interner;
  readonly fragments: LabelFragments;
  readonly literals: Literals;
  readonly context: SeriesContext;
  readonly buckets: ClassicBuckets;
}

/** Writes rows one by one, as long as their texts differ: `isPlain` tells. */
export class RowWriter implements SeriesVisitor {
  readonly #metric: CollectedMetric;
  readonly #plan: TextPlan;
  readonly #lines: SampleLines;
  readonly #tools: RowTools;
  readonly #shapes: RowShapes;
  readonly #hasContext: boolean;
  // Of the row that is being written: its labels' bytes and what they are.
  #places = new Int32Array(16);
  #lengths = new Int32Array(16);
  #variants = new Int32Array(16);
  readonly #bounds: readonly Literal[];

  constructor(metric: CollectedMetric, plan: TextPlan, lines: SampleLines, tools: RowTools) {
    this.#metric = metric;
    this.#plan = plan;
    this.#lines = lines;
    this.#tools = tools;
    this.#shapes = plan.shapes;
    const { showsTimes, showsCreated, showsExemplars } = tools.context;
    this.#hasContext = showsTimes || (plan.syntax.isCounting && (showsCreated || showsExemplars));
    this.#bounds = metric.kind === "histogram" ? plan.boundsOf(metric.boundaries, tools.literals) : [];
  }

  /** Whether all rows so far can be told apart by their texts. Where not, they are written in vain. */
  get isPlain(): boolean {
    return this.#shapes.isPlain;
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
      this.#lines.histogram(buckets, shown, this.#bounds);
    } else if (metric.kind === "exponentialHistogram") {
      buckets.readExponential(cells, offset, metric);
      this.#lines.histogram(buckets, shown, undefined);
    } else this.#lines.number(cells[offset]!, shown);
  }

  #writeLabels(row: number): void {
    const { series } = this.#metric;
    const { body, fragments, interner, literals } = this.#tools;
    const count = series.pairCountOf(row);
    if (count > this.#places.length) this.#makeRoom(count);
    const places = this.#places;
    const lengths = this.#lengths;
    const variants = this.#variants;
    fragments.beginRow();
    let size = 0;
    for (let i = 0; i < count; i++) {
      fragments.find(series.pairAt(row, i), interner);
      places[i] = fragments.place;
      lengths[i] = fragments.length;
      variants[i] = fragments.variant;
      size += fragments.length;
    }
    const shape = this.#shapes.find(variants, count, literals);
    this.#lines.begin(size + shape.size);
    const { words } = fragments.literals;
    const { gaps, order } = shape;
    for (let i = 0; i < count; i++) {
      const gap = gaps[i]!;
      if (gap.length > 0) body.words(literals.words, gap.place, gap.length);
      const label = order[i]!;
      body.words(words, places[label]!, lengths[label]!);
    }
    const gap = gaps[count]!;
    if (gap.length > 0) body.words(literals.words, gap.place, gap.length);
  }

  #makeRoom(count: number): void {
    this.#places = new Int32Array(2 * count);
    this.#lengths = new Int32Array(2 * count);
    this.#variants = new Int32Array(2 * count);
  }
}
