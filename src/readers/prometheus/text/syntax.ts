// Names, labels and metadata lines of the text formats.
import { escapeLabelValue } from "../../../translation/snapshot-document.ts";
import { isLegacyLabelName, isLegacyMetricName } from "../../../translation/escape-name.ts";
import type { FamilyHead, Label, MetricPlan } from "../../../translation/family.ts";
import { canonicalBound } from "../../../translation/bound-text.ts";
import { textPieces } from "../../../translation/label-steps.ts";
import type { FamilyNames, FamilySyntax, RowPlan } from "../document/format-kit.ts";
import { shownBounds } from "../../../translation/buckets.ts";
import { BUCKET_LABEL } from "../../../translation/labels.ts";
import type { LabelVariants, Literal, Literals } from "../document/labels.ts";
import { RowShapes } from "../document/row-shapes.ts";
import { SPAN_LABEL, TRACE_LABEL } from "../document/exemplars.ts";

/** The text formats: Prometheus' own, in either version, and OpenMetrics 1 and 2. */
export type TextFormat = "text" | "openmetrics" | "openmetrics2";

/**
 * The name and type of a family. OpenMetrics omits `_total` of a counter and `_info` of `target_info`. Such a family is
 * `unknown` if its name has no such suffix, or if another family has a name that OpenMetrics reserves for its type. A
 * histogram cannot be `unknown`; in that case it has no start time. OpenMetrics 2 reserves no names.
 */
export function syntaxOf({ name, kind }: FamilyHead, format: TextFormat, names: FamilyNames): FamilySyntax {
  if (format === "text") {
    return { name, type: kind === "info" ? "gauge" : kind, isCounting: false };
  }
  if (format === "openmetrics2") {
    const type = kind === "untyped" ? "unknown" : kind;
    return { name, type, isCounting: kind === "counter" || kind === "histogram" };
  }
  switch (kind) {
    case "counter": {
      const bare = name.replace(/_total$/, "");
      const reserved = [bare, `${bare}_created`, `${bare}_created_total`];
      const isGood = bare !== name && bare !== "" && !reserved.some((each) => names.has(each));
      return isGood
        ? { name: bare, type: kind, isCounting: true }
        : { name, type: "unknown", isCounting: false };
    }
    case "info": {
      const bare = name.replace(/_info$/, "");
      return names.has(bare) || names.has(`${bare}_total`)
        ? { name, type: "unknown", isCounting: false }
        : { name: bare, type: kind, isCounting: false };
    }
    case "untyped":
      return { name, type: "unknown", isCounting: false };
    case "gauge":
    case "histogram":
      return { name, type: kind, isCounting: kind === "histogram" && !names.hasFamily(`${name}_created`) };
    default:
      return kind satisfies never;
  }
}

/** Labels, each followed by a comma: `method="GET",route="/a",`. */
export function textLabels(labels: readonly Label[]): string {
  return labels.map(({ name, value }) => `${labelText(name, value)},`).join("");
}

/** A label with a long value, in pieces, followed by a comma. */
export function* longTextLabel({ name, value }: Label): Generator<string> {
  yield* textPieces(quotedLabelName(name), value);
  yield ",";
}

/** A label; its name is quoted if older formats do not allow it. */
export function labelText(name: string, value: string | number | boolean): string {
  return `${quotedLabelName(name)}="${escapeLabelValue(String(value))}"`;
}

function quotedLabelName(name: string): string {
  return isLegacyLabelName(name) ? name : `"${escapeLabelValue(name)}"`;
}

/** The lines above a family's samples. Before OpenMetrics 2, a unit is valid only if the name ends in it. */
export function headLines(
  { help, unit }: FamilyHead,
  { name, type }: FamilySyntax,
  format: TextFormat,
): string {
  const quoted = isLegacyMetricName(name) ? name : `"${escapeLabelValue(name)}"`;
  const helpLine = help === undefined ? "" : `# HELP ${quoted} ${escapeHelp(help, format)}\n`;
  const typeLine = `# TYPE ${quoted} ${type}\n`;
  const unitLine = `# UNIT ${quoted} ${unit}\n`;
  if (format === "openmetrics2") return typeLine + (/^\w+$/.test(unit) ? unitLine : "") + helpLine;
  const hasUnit = format === "openmetrics" && unit !== "" && name.endsWith(`_${unit}`);
  return helpLine + typeLine + (hasUnit ? unitLine : "");
}

/** The start of a sample line: up to its labels, or up to its value without labels. */
function sampleStart(name: string): { readonly labelled: string; readonly bare: string } {
  if (isLegacyMetricName(name)) return { labelled: `${name}{`, bare: `${name} ` };
  const quoted = `{"${escapeLabelValue(name)}"`;
  return { labelled: `${quoted},`, bare: `${quoted}} ` };
}

/** The bound of a bucket as a label value. */
export function boundText(bound: number, format: TextFormat): string {
  return format === "text" ? String(bound) : canonicalBound(bound);
}

function escapeHelp(help: string, format: TextFormat): string {
  return format === "text" ? help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n") : escapeLabelValue(help);
}

/** The starts of one kind of line of a family. A composite value has only the main one. */
export interface LineStart {
  readonly labelled: Literal;
  /** Up to the value, without labels. */
  readonly bare: Literal;
}

export interface FamilyStarts {
  /** For a number, or for the buckets of a histogram. */
  readonly main: LineStart;
  readonly sum: LineStart;
  readonly count: LineStart;
  readonly created: LineStart;
  /** For an exemplar: up to its trace id, and from there up to its span id. */
  readonly trace: Literal;
  readonly span: Literal;
  readonly isHistogram: boolean;
}

/** The starts of lines, shared by all metrics of a family. */
export function startsOf(
  head: FamilyHead,
  syntax: FamilySyntax,
  format: TextFormat,
  literals: Literals,
): FamilyStarts {
  const isHistogram = head.kind === "histogram" && format !== "openmetrics2";
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
    this.starts = startsOf(head, syntax, format, literals);
    this.shapes = new RowShapes(variants, constantLabels, head.kind === "histogram", textLabels);
    this.#format = format;
  }

  /** The ends of the labels of a histogram's buckets, up to the count, that of infinity last. */
  boundsOf(boundaries: readonly number[], literals: Literals): readonly Literal[] {
    // Another provider may create new boundaries in each collection.
    if (this.#bounds !== undefined && isSame(this.#boundaries, boundaries)) return this.#bounds;
    const texts = [...shownBounds(boundaries).map((bound) => boundText(bound + 0, this.#format)), "+Inf"];
    this.#boundaries = boundaries;
    const textAt = this.#format === "openmetrics2" ? bucketField : bucketEnd;
    this.#bounds = texts.map((text, i) => literals.put(textAt(text, i)));
    return this.#bounds;
  }
}

export function bucketEnd(bound: string): string {
  return `${BUCKET_LABEL}="${bound}"} `;
}

/** The start of the `index`th bucket in a list of OpenMetrics 2. */
export function bucketField(bound: string, index: number): string {
  return `${index === 0 ? "" : ","}${bound}:`;
}

function isSame(left: readonly number[], right: readonly number[]): boolean {
  return left === right || (left.length === right.length && left.every((bound, i) => bound === right[i]));
}
