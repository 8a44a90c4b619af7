// Texts of a metric's series that stay the same from scrape to scrape.
import type { FamilyHead, MetricPlan } from "../../../translation/family.ts";
import { BUCKET_LABEL } from "../../../translation/labels.ts";
import type { FamilySyntax, RowPlan } from "../document/format-kit.ts";
import type { LabelVariants } from "../document/label-variants.ts";
import type { Literal, Literals } from "../document/literals.ts";
import { RowShapes } from "../document/row-shapes.ts";
import { SPAN_LABEL, TRACE_LABEL } from "../document/exemplars.ts";
import { boundText, sampleStart, type TextFormat, textLabels } from "./syntax.ts";

/** The begins of one kind of a family's lines. */
export interface LineStart {
  /** Up to the labels. */
  readonly labelled: Literal;
  /** Up to the value, without labels. */
  readonly bare: Literal;
}

/** The begins of a family's lines, as literals. */
export interface FamilyStarts {
  /** Of a number, or of a histogram's buckets. */
  readonly main: LineStart;
  readonly sum: LineStart;
  readonly count: LineStart;
  readonly created: LineStart;
  /** Of an exemplar: up to its trace's identifier, and from there up to its span's. */
  readonly trace: Literal;
  readonly span: Literal;
  readonly isHistogram: boolean;
}

/** The begins of lines, the same for all metrics of a family. */
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

/** The plan for one metric in a text format. */
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

  /** The ends of the labels of a histogram's buckets, up to the count, that of infinity last. */
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

/** The end of a bucket's labels, up to its count. */
export function bucketEnd(bound: string): string {
  return `${BUCKET_LABEL}="${bound}"} `;
}

function isSame(left: readonly number[], right: readonly number[]): boolean {
  return left === right || (left.length === right.length && left.every((bound, i) => bound === right[i]));
}
