// What each format has to offer, so that all documents are written alike.
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import type { FamilyHead, Label, MetricPlan } from "../../../translation/family.ts";
import type { NativeHistogram } from "../../../translation/native-buckets.ts";
import type { Translation } from "../../../translation/translation.ts";
import type { Body } from "./body.ts";
import type { EncodeLabels } from "./encode-labels.ts";
import type { FamilyNames } from "./family-names.ts";
import type { Literal, Literals } from "./literals.ts";
import type { RowShapes } from "./row-shapes.ts";

/** How documents differ that show the same. */
export interface KitSettings {
  /** Whether each sample has the time of its collection. */
  readonly timestamps: boolean;
  /** Whether it is told since when a series counts, where the format can show it. */
  readonly created: boolean;
}

/** What is shown beside labels and values. */
export interface Shown {
  /** Whether samples have times. */
  readonly showsTimes: boolean;
  /** Whether it is told since when a series counts. */
  readonly showsCreated: boolean;
  /** Whether exemplars are shown. */
  readonly showsExemplars: boolean;
}

/** One format under one scheme of names. It keeps what was worked out for a metric until the next document. */
export interface FormatKit {
  readonly translation: Translation;
  /** All that is no label of a series. */
  readonly literals: Literals;
  readonly encodeLabels: EncodeLabels;
  /** A label whose value is a long text, in pieces. */
  readonly encodeLongLabel: (label: Label) => Iterable<string | Uint8Array>;
  readonly shows: Shown;
  /** Whether exponential histograms keep their buckets. */
  readonly hasNative: boolean;
  /** Forgets what it made of metrics that may be no more. Nobody may be writing with it. */
  tidy(): void;
  /** What a family is called. */
  syntaxOf(head: FamilyHead, names: FamilyNames): FamilySyntax;
  /** Begins a document. */
  begin(body: Body): FamilyWriter;
}

/** What a family is called in a format, and what of it may be shown. */
export interface FamilySyntax {
  /** The name in what stands above the samples. */
  readonly name: string;
  readonly type: string;
  /** Whether it may have exemplars, and say since when it counts. */
  readonly isCounting: boolean;
}

/** Writes what stands around the samples of one document. */
export interface FamilyWriter {
  /** Begins a family: its samples come next. */
  begin(head: FamilyHead, syntax: FamilySyntax): void;
  /** How the rows of one of a family's metrics are written. */
  rowsOf(plan: MetricPlan, syntax: FamilySyntax): MetricRows;
  /** Writes samples of a family, whichever metric they are of. */
  samplesOf(head: FamilyHead, syntax: FamilySyntax): SampleWriter;
  /** Ends the family. */
  end(): void;
  /** Ends the document. */
  finish(): void;
}

/** What is known of one metric in one format. */
export interface RowPlan {
  readonly syntax: FamilySyntax;
  readonly shapes: RowShapes;
  /** The literals of a histogram's buckets, that of infinity last; none where the format needs none. */
  boundsOf(boundaries: readonly number[], literals: Literals): readonly Literal[];
}

/** The rows of one metric. */
export interface MetricRows {
  readonly plan: RowPlan;
  readonly samples: SampleWriter;
}

/** When a series was collected, since when it counts, and its exemplars: as far as the format shows them. */
export interface SampleContext {
  readonly timeUnixMillis: number;
  /** 0 where it is not known or not shown. */
  readonly startTimeUnixMillis: number;
  readonly exemplars: readonly Exemplar[];
}

/** A histogram of classic buckets. */
export interface ClassicHistogram {
  /** How many bounds count. */
  readonly length: number;
  readonly bounds: ArrayLike<number>;
  readonly cumulativeCounts: ArrayLike<number>;
  readonly count: number;
  /** `undefined` where it is not shown. */
  readonly sum: number | undefined;
}

/** Writes series, each with its labels first. */
export interface SampleWriter {
  /** Begins a series whose labels take `length` bytes; they are what is appended next. */
  begin(length: number): void;
  /** Ends it with the number that is in a cell. */
  number(cells: Float64Array, cell: number, context: SampleContext | undefined): void;
  /**
   * Ends it with a histogram.
   *
   * @param texts what `RowPlan.boundsOf` made of its bounds, where that is known.
   */
  histogram(
    buckets: ClassicHistogram,
    context: SampleContext | undefined,
    texts: readonly Literal[] | undefined,
  ): void;
  /** Ends it with a native histogram, where the format has such. */
  native?(histogram: NativeHistogram, context: SampleContext | undefined): void;
}
