// Interface between the documents and their formats.
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import type { FamilyHead, Label, MetricPlan } from "../../../translation/family.ts";
import type { NativeHistogram } from "../../../translation/native-buckets.ts";
import type { Translation } from "../../../translation/translation.ts";
import type { Body } from "./body.ts";
import { type EncodeLabels, type LabelVariants, type Literal, Literals } from "./labels.ts";
import type { RowShapes } from "./row-shapes.ts";

// 1 MiB; exceeded only if instruments are created repeatedly.
const MAX_WORDS = 1 << 18;

export interface Shown {
  readonly showsTimes: boolean;
  readonly showsCreated: boolean;
  readonly showsExemplars: boolean;
}

/** One format under one escaping scheme, with the plans of its metrics. */
export abstract class FormatKit<Plan extends RowPlan = RowPlan> {
  readonly translation: Translation;
  /** All texts except the labels of series. */
  readonly literals: Literals = new Literals();
  abstract readonly encodeLabels: EncodeLabels;
  /** Encodes a label with a long text value, in pieces. */
  abstract readonly encodeLongLabel: (label: Label) => Iterable<string | Uint8Array>;
  abstract readonly shows: Shown;
  /** Whether exponential histograms are written as native ones. */
  abstract readonly hasNative: boolean;
  protected readonly variants: LabelVariants;
  #plans = new WeakMap<MetricPlan, Plan>();

  constructor(translation: Translation, variants: LabelVariants) {
    this.translation = translation;
    this.variants = variants;
  }

  /** Removes plans of metrics that may no longer exist. Must not be called while a document is written. */
  tidy(): void {
    if (this.literals.used <= MAX_WORDS) return;
    this.literals.cut(0);
    this.#plans = new WeakMap();
  }

  planOf(metric: MetricPlan, syntax: FamilySyntax): Plan {
    const known = this.#plans.get(metric);
    // A metric that appears later may take a name that the family's samples had.
    const isSame = known?.syntax.type === syntax.type && known.syntax.isCounting === syntax.isCounting;
    if (known !== undefined && isSame) return known;
    const made = this.makePlan(metric, syntax);
    this.#plans.set(metric, made);
    return made;
  }

  syntaxOf({ name, kind }: FamilyHead, _names: FamilyNames): FamilySyntax {
    return { name, type: kind, isCounting: kind === "counter" || kind === "histogram" };
  }

  abstract begin(body: Body): FamilyWriter;
  protected abstract makePlan(metric: MetricPlan, syntax: FamilySyntax): Plan;
}

export interface FamilySyntax {
  /** The name in the lines above the samples. */
  readonly name: string;
  readonly type: string;
  /** Whether samples may have exemplars and a start time. */
  readonly isCounting: boolean;
}

// Names that OpenMetrics reserves for each histogram, whether written or not.
const OF_HISTOGRAMS = ["_bucket", "_sum", "_count", "_created"];

/** The names used in one document, so that no two families have samples of the same name. */
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

/** Writes a document except its samples. */
export interface FamilyWriter {
  begin(head: FamilyHead, syntax: FamilySyntax): void;
  rowsOf(plan: MetricPlan, syntax: FamilySyntax): MetricRows;
  /** Returns the writer of a family's samples, for any metric. */
  samplesOf(head: FamilyHead, syntax: FamilySyntax): SampleWriter;
  end(): void;
  finish(): void;
}

export interface RowPlan {
  readonly syntax: FamilySyntax;
  readonly shapes: RowShapes;
  /** The literals of a histogram's buckets, that of infinity last, if the format uses any. */
  boundsOf(boundaries: readonly number[], literals: Literals): readonly Literal[];
}

export interface MetricRows {
  readonly plan: RowPlan;
  readonly samples: SampleWriter;
}

/** Times and exemplars of a series, as far as the format supports them. */
export interface SampleContext {
  readonly timeUnixMillis: number;
  /** 0 if unknown or not written. */
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

/** Writes series; the labels come first. */
export interface SampleWriter {
  /** Begins a series; the labels, `length` bytes, are appended next. */
  begin(length: number): void;
  /** Ends the series with the number in a cell. */
  number(cells: Float64Array, cell: number, context: SampleContext | undefined): void;
  /** Ends the series with a histogram. @param texts `RowPlan.boundsOf` of its bounds, if known. */
  histogram(
    buckets: ClassicHistogram,
    context: SampleContext | undefined,
    texts: readonly Literal[] | undefined,
  ): void;
  /** Ends the series with a native histogram, if the format supports them. */
  native?(histogram: NativeHistogram, context: SampleContext | undefined): void;
}
