// The parts of each format, so that all documents are written alike.
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import type { FamilyHead, Label, MetricPlan } from "../../../translation/family.ts";
import type { NativeHistogram } from "../../../translation/native-buckets.ts";
import type { Translation } from "../../../translation/translation.ts";
import type { Body } from "./body.ts";
import { type EncodeLabels, type LabelVariants, type Literal, Literals } from "./labels.ts";
import type { RowShapes } from "./row-shapes.ts";

// 1 MiB; more only if instruments are made again and again.
const MAX_WORDS = 1 << 18;

export interface Shown {
  readonly showsTimes: boolean;
  readonly showsCreated: boolean;
  readonly showsExemplars: boolean;
}

/** One format under one scheme of names, with the plans of its metrics. */
export abstract class FormatKit<Plan extends RowPlan = RowPlan> {
  readonly translation: Translation;
  /** All texts but the labels of series. */
  readonly literals: Literals = new Literals();
  abstract readonly encodeLabels: EncodeLabels;
  /** A label whose value is a long text, in pieces. */
  abstract readonly encodeLongLabel: (label: Label) => Iterable<string | Uint8Array>;
  abstract readonly shows: Shown;
  /** Whether exponential histograms keep their buckets. */
  abstract readonly hasNative: boolean;
  protected readonly variants: LabelVariants;
  #plans = new WeakMap<MetricPlan, Plan>();

  constructor(translation: Translation, variants: LabelVariants) {
    this.translation = translation;
    this.variants = variants;
  }

  /** Forgets plans of metrics that may be no more. Nothing may be written meanwhile. */
  tidy(): void {
    if (this.literals.used <= MAX_WORDS) return;
    this.literals.cut(0);
    this.#plans = new WeakMap();
  }

  planOf(metric: MetricPlan, syntax: FamilySyntax): Plan {
    const known = this.#plans.get(metric);
    if (known !== undefined && known.syntax.type === syntax.type) return known;
    const made = this.makePlan(metric, syntax);
    this.#plans.set(metric, made);
    return made;
  }

  abstract syntaxOf(head: FamilyHead, names: FamilyNames): FamilySyntax;
  abstract begin(body: Body): FamilyWriter;
  protected abstract makePlan(metric: MetricPlan, syntax: FamilySyntax): Plan;
}

export interface FamilySyntax {
  /** The name above the samples. */
  readonly name: string;
  readonly type: string;
  /** Whether it may have exemplars and a start time. */
  readonly isCounting: boolean;
}

// Reserved by OpenMetrics for each histogram, shown or not.
const OF_HISTOGRAMS = ["_bucket", "_sum", "_count", "_created"];

/** The names in one document, so that no two families have samples of one name. */
export class FamilyNames {
  readonly #families: ReadonlySet<string>;
  readonly #samples: ReadonlySet<string>;

  constructor(heads: readonly Pick<FamilyHead, "name" | "kind">[]) {
    this.#families = new Set(heads.map(({ name }) => name));
    const histograms = heads.filter(({ kind }) => kind === "histogram");
    this.#samples = new Set(histograms.flatMap(({ name }) => OF_HISTOGRAMS.map((ending) => name + ending)));
  }

  hasFamily(name: string): boolean {
    return this.#families.has(name);
  }

  /** Whether a family, or a sample of a histogram, has this name. */
  has(name: string): boolean {
    return this.#families.has(name) || this.#samples.has(name);
  }
}

/** Writes all of a document but its samples. */
export interface FamilyWriter {
  begin(head: FamilyHead, syntax: FamilySyntax): void;
  rowsOf(plan: MetricPlan, syntax: FamilySyntax): MetricRows;
  /** The writer of a family's samples, of any metric. */
  samplesOf(head: FamilyHead, syntax: FamilySyntax): SampleWriter;
  end(): void;
  finish(): void;
}

export interface RowPlan {
  readonly syntax: FamilySyntax;
  readonly shapes: RowShapes;
  /** The literals of a histogram's buckets, that of infinity last, if the format needs any. */
  boundsOf(boundaries: readonly number[], literals: Literals): readonly Literal[];
}

export interface MetricRows {
  readonly plan: RowPlan;
  readonly samples: SampleWriter;
}

/** A series' times and exemplars, as far as the format shows them. */
export interface SampleContext {
  readonly timeUnixMillis: number;
  /** 0 if it is not known or not shown. */
  readonly startTimeUnixMillis: number;
  readonly exemplars: readonly Exemplar[];
}

export interface ClassicHistogram {
  readonly length: number;
  readonly bounds: ArrayLike<number>;
  readonly cumulativeCounts: ArrayLike<number>;
  readonly count: number;
  readonly sum: number | undefined;
}

/** Writes series, each with its labels first. */
export interface SampleWriter {
  /** Begins a series whose labels take `length` bytes and are appended next. */
  begin(length: number): void;
  /** Ends it with the number in a cell. */
  number(cells: Float64Array, cell: number, context: SampleContext | undefined): void;
  /** Ends it with a histogram. @param texts `RowPlan.boundsOf` of its bounds, if known. */
  histogram(
    buckets: ClassicHistogram,
    context: SampleContext | undefined,
    texts: readonly Literal[] | undefined,
  ): void;
  /** Ends it with a native histogram, if the format has such. */
  native?(histogram: NativeHistogram, context: SampleContext | undefined): void;
}
