// What the text of one metric's series has in common, scrape after scrape.
import type { FamilyHead, MetricPlan } from "../../../translation/family.ts";
import { BUCKET_LABEL } from "../../../translation/labels.ts";
import type { FamilySyntax, RowPlan } from "../document/format-kit.ts";
import type { LabelVariants } from "../document/label-variants.ts";
import type { Literal, Literals } from "../document/literals.ts";
import { RowShapes } from "../document/row-shapes.ts";
import { SPAN_LABEL, TRACE_LABEL } from "./exemplar-bytes.ts";
import { textLabels } from "./labels.ts";
import { boundText, sampleStart, type TextFormat } from "./syntax.ts";

/** The beginnings of one kind of a family's lines. */
export interface LineStart {
  /** As far as the labels. */
  readonly labelled: Literal;
  /** As far as the value, where there are no labels. */
  readonly bare: Literal;
}

/** The beginnings of a family's lines, as literals. */
export interface FamilyStarts {
  /** Of a number, or of a histogram's buckets. */
  readonly main: LineStart;
  readonly sum: LineStart;
  readonly count: LineStart;
  readonly created: LineStart;
  /** Of an exemplar, as far as the identifier of its trace, and from there as far as that of its span. */
  readonly trace: Literal;
  readonly span: Literal;
  readonly isHistogram: boolean;
}

/** What lines begin with, for all metrics of a family. */
export function startsOf(head: FamilyHead, syntax: FamilySyntax, literals: Literals): FamilyStarts {
  const isHistogram = head.kind === "histogram";
  const start = (name: string): LineStart => {
    const { labelled, bare } = sampleStart(name);
    return { labelled: literals.put(labelled), bare: literals.put(bare) };
  };
  return {
    main: start(isHistogram ? `${head.name}_bucket` : head.name),
    sum: start(`${head.name}_sum`),
    count: start(`${head.name}_count`),
    created: start(`${syntax.name}_created`),
    trace: literals.put(` # {${TRACE_LABEL}="`),
    span: literals.put(`",${SPAN_LABEL}="`),
    isHistogram,
  };
}

/** What is known of one metric in a text format. */
export class TextPlan implements RowPlan {
  readonly syntax: FamilySyntax;
  readonly starts: FamilyStarts;
  readonly shapes: RowShapes;
  readonly #format: TextFormat;
  #boundaries: readonly number[] = [];
  #bounds: readonly Literal[] | undefined;

  constructor(
    { head, constantLabels }: MetricPlan,
    syntax: FamilySyntax,
    format: TextFormat,
    variants: LabelVariants,
    literals: Literals,
  ) {
    this.syntax = syntax;
    this.starts = startsOf(head, syntax, literals);
    this.shapes = new RowShapes(variants, constantLabels, this.starts.isHistogram, textLabels);
    this.#format = format;
  }

  /** The ends of the labels of a histogram's buckets, as far as the count, that of infinity last. */
  boundsOf(boundaries: readonly number[], literals: Literals): readonly Literal[] {
    // Under another provider each collection may have boundaries of its own.
    if (this.#bounds !== undefined && isSame(this.#boundaries, boundaries)) return this.#bounds;
    const shown = boundaries.filter(
      (bound, i) => Math.abs(bound) !== Infinity && bound !== boundaries[i + 1],
    );
    const texts = [...shown.map((bound) => boundText(bound + 0, this.#format)), "+Inf"];
    this.#boundaries = boundaries;
    this.#bounds = texts.map((text) => literals.put(bucketEnd(text)));
    return this.#bounds;
  }
}

/** The end of a bucket's labels, as far as its count. */
export function bucketEnd(bound: string): string {
  return `${BUCKET_LABEL}="${bound}"} `;
}

function isSame(left: readonly number[], right: readonly number[]): boolean {
  return left === right || (left.length === right.length && left.every((bound, i) => bound === right[i]));
}
