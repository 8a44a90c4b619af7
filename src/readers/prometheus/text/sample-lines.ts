// Sample lines after their labels: values, times, exemplars, and the labels repeated for further lines.
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import type { Body } from "../document/body.ts";
import { BucketExemplars, latestOf } from "../document/exemplars.ts";
import type { ClassicHistogram, SampleContext, SampleWriter } from "../document/format-kit.ts";
import type { Literal, Literals } from "../document/labels.ts";
import { LineEnds, type LineSettings } from "./line-ends.ts";
import { bucketEnd, type FamilyStarts, type LineStart, boundText } from "./syntax.ts";

// `le="…"} ` with the longest number.
const MAX_BOUND_BYTES = 48;
const SPACE = 32;
const CLOSING_BRACE = 125;

/** Completes lines whose labels have been written, each followed by a comma, and adds the further lines of the series. */
export class SampleLines implements SampleWriter {
  readonly #body: Body;
  readonly #literals: Literals;
  readonly #settings: LineSettings;
  readonly #starts: FamilyStarts;
  readonly #ends: LineEnds;
  readonly #exemplars = new BucketExemplars();
  // Position of the first line of the series, and of its labels.
  #view: DataView<ArrayBuffer>;
  #lineAt = 0;
  #labelsAt = 0;
  #labelsLength = 0;

  constructor(body: Body, literals: Literals, settings: LineSettings, starts: FamilyStarts) {
    this.#body = body;
    this.#literals = literals;
    this.#settings = settings;
    this.#starts = starts;
    this.#ends = new LineEnds(body, literals, settings, starts);
    this.#view = body.view;
  }

  begin(length: number): void {
    const body = this.#body;
    const { main, isHistogram } = this.#starts;
    const start = length > 0 || isHistogram ? main.labelled : main.bare;
    body.reserve(start.length + length + MAX_BOUND_BYTES);
    this.#view = body.view;
    this.#lineAt = body.at;
    body.words(this.#literals.words, start.place, start.length);
    this.#labelsAt = body.at;
    this.#labelsLength = length;
  }

  number(cells: Float64Array, cell: number, context: SampleContext | undefined): void {
    const body = this.#body;
    if (this.#labelsLength > 0) this.#closeLabels();
    body.cell(cells, cell);
    if (context === undefined) return body.endLine();
    this.#ends.timestamp(context);
    this.#ends.exemplar(latestOf(context.exemplars));
    body.endLine();
    this.#created(context);
  }

  histogram(
    buckets: ClassicHistogram,
    context: SampleContext | undefined,
    texts: readonly Literal[] | undefined,
  ): void {
    const { length, bounds, cumulativeCounts, count } = buckets;
    const isText = this.#settings.format === "text";
    // OpenMetrics does not allow a sum with negative bounds, or one that is not a number of zero or more.
    const hasSum = isText || ((length === 0 || bounds[0]! >= 0) && Number(buckets.sum) >= 0);
    const sum = hasSum ? buckets.sum : undefined;
    const exemplars = context && this.#exemplars.of(buckets, context.exemplars);
    for (let i = 0; i <= length; i++) {
      if (i > 0) this.#againToBucket();
      const text = texts?.[i];
      if (text !== undefined) this.#body.words(this.#literals.words, text.place, text.length);
      else this.#body.text(bucketEnd(i < length ? boundText(bounds[i]!, this.#settings.format) : "+Inf"));
      this.#end(i < length ? cumulativeCounts[i]! : count, context, exemplars?.[i]);
    }
    if (sum !== undefined) {
      this.#again(this.#starts.sum);
      this.#end(sum, context);
    }
    // OpenMetrics requires both or neither.
    if (sum !== undefined || isText) {
      this.#again(this.#starts.count);
      this.#end(count, context);
    }
    if (context !== undefined) this.#created(context);
  }

  #end(value: number, context: SampleContext | undefined, exemplar?: Exemplar): void {
    this.#body.number(value);
    if (context !== undefined) {
      this.#ends.timestamp(context);
      this.#ends.exemplar(exemplar);
    }
    this.#body.endLine();
  }

  // Begins another line with the same labels, up to its value.
  #again({ labelled, bare }: LineStart): void {
    const body = this.#body;
    const length = this.#labelsLength;
    const start = length > 0 ? labelled : bare;
    body.reserveAgain(length, start.length);
    body.words(this.#literals.words, start.place, start.length);
    if (length === 0) return;
    body.again(this.#view, this.#labelsAt, length - 1);
    body.byte(CLOSING_BRACE);
    body.byte(SPACE);
  }

  #againToBucket(): void {
    const length = this.#labelsAt - this.#lineAt + this.#labelsLength;
    this.#body.reserveAgain(length, MAX_BOUND_BYTES);
    this.#body.again(this.#view, this.#lineAt, length);
  }

  // Replaces the comma after the last label.
  #closeLabels(): void {
    const body = this.#body;
    body.bytes[body.at - 1] = CLOSING_BRACE;
    body.byte(SPACE);
  }

  #created(context: SampleContext): void {
    if (!(context.startTimeUnixMillis > 0)) return;
    this.#again(this.#starts.created);
    this.#body.seconds(context.startTimeUnixMillis);
    this.#ends.timestamp(context);
    this.#body.endLine();
  }
}
