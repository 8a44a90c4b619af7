import type {
  CollectedExponentialHistogram,
  CollectedMetric,
} from "../../../engine/collection/collected-metric.ts";
import type { SeriesSource, SeriesVisitor } from "../../../engine/collection/series-source.ts";
import { millisFromHrTime } from "../../../engine/collection/resource-metrics.ts";
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import type { Interner } from "../../../engine/series/interner.ts";
import type { ClassicBuckets } from "../../../translation/buckets.ts";
import type { NativeBuckets } from "../../../translation/native-buckets.ts";
import type { Body } from "./body.ts";
import type { RowPlan, SampleContext, SampleWriter, Shown } from "./format-kit.ts";
import type { LabelFragments, Literal, Literals } from "./labels.ts";
import type { RowShapes } from "./row-shapes.ts";

// Repeated in this file: V8 does not treat an import as a constant.
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

// Rows with more labels are written in steps of their own; see `MergedSeries`.
const MAX_LABELS = 128;

const NO_EXEMPLARS: readonly Exemplar[] = [];

/** Shared by all rows of one rendering. */
export interface RowTools {
  readonly body: Body;
  readonly interner: Interner;
  readonly fragments: LabelFragments;
  readonly literals: Literals;
  readonly context: SeriesContext;
  readonly buckets: ClassicBuckets;
  readonly native: NativeBuckets;
}

/** Times and exemplars of a series; one object, filled again for each series. */
export class SeriesContext implements SampleContext, Shown {
  timeUnixMillis = 0;
  startTimeUnixMillis = 0;
  exemplars: readonly Exemplar[] = [];
  readonly showsTimes: boolean;
  readonly showsCreated: boolean;
  readonly showsExemplars: boolean;
  readonly #collectedUnixMillis: number;

  constructor(collectedUnixMillis: number, shows: Shown) {
    this.#collectedUnixMillis = collectedUnixMillis;
    this.showsTimes = shows.showsTimes;
    this.showsCreated = shows.showsCreated;
    this.showsExemplars = shows.showsExemplars;
  }

  read({ series }: CollectedMetric, row: number, isCounting: boolean): void {
    this.timeUnixMillis = this.#collectedUnixMillis;
    if (this.showsTimes) {
      const times = series.timesOf?.(row);
      if (times !== undefined) this.timeUnixMillis = millisFromHrTime(times.endTime);
    }
    this.startTimeUnixMillis = this.showsCreated && isCounting ? series.startTimeOf(row) : 0;
    this.exemplars = this.showsExemplars && isCounting ? series.exemplarsOf(row) : NO_EXEMPLARS;
  }
}

/** Writes rows one by one, as long as the plan's shapes guarantee different texts. */
export class RowWriter implements SeriesVisitor {
  readonly #metric: CollectedMetric;
  readonly #series: SeriesSource;
  readonly #plan: RowPlan;
  readonly #samples: SampleWriter;
  readonly #tools: RowTools;
  readonly #shapes: RowShapes;
  readonly #hasContext: boolean;
  // Scratch: the attribute pairs of the current row.
  readonly #ids = new Int32Array(MAX_LABELS);
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
    if (!this.#shapes.isPlain || !this.#writeLabels(row)) return;
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

  // Histograms without a native form are written with classic buckets.
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

  // Returns false if there are too many labels: a step writes many rows and must not take long.
  #writeLabels(row: number): boolean {
    const { body, fragments, interner, literals } = this.#tools;
    const ids = this.#ids;
    const count = this.#series.pairsOf(row, ids);
    if (count > ids.length) {
      this.#shapes.isPlain = false;
      return false;
    }
    const size = fragments.gather(ids, count, interner);
    const { places, lengths } = fragments;
    const shape = this.#shapes.find(fragments.variants, count, literals);
    this.#samples.begin(size + shape.size);
    const { gaps, order } = shape;
    // Inlined from `Body.words`: fewer calls make a first scrape faster.
    const gapWords = literals.words;
    const labelWords = fragments.literals.words;
    const { view } = body;
    let { at } = body;
    for (let i = 0; i <= count; i++) {
      let from = gaps[2 * i]!;
      let end = at + gaps[2 * i + 1]!;
      for (; at < end; at += 4) view.setInt32(at, gapWords[from++]!, IS_LITTLE_ENDIAN);
      at = end;
      if (i === count) break;
      const label = order[i]!;
      from = places[label]!;
      end = at + lengths[label]!;
      for (; at < end; at += 4) view.setInt32(at, labelWords[from++]!, IS_LITTLE_ENDIAN);
      at = end;
    }
    body.at = at;
    fragments.endRow();
    return true;
  }
}
