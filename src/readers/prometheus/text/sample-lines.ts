// Sample lines after their labels: values, times, exemplars, and the labels repeated for further lines.
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import type { LabelNames } from "../../../translation/escape-name.ts";
import type { Body } from "../document/body.ts";
import {
  BucketExemplars,
  exemplarLabels,
  type ExemplarStarts,
  latestOf,
  writeUsual,
} from "../document/exemplars.ts";
import type { ClassicHistogram, SampleContext, SampleWriter } from "../document/format-kit.ts";
import type { Literal, Literals } from "../document/labels.ts";
import {
  bucketEnd,
  type FamilyStarts,
  type LineStart,
  boundText,
  labelText,
  type TextFormat,
} from "./syntax.ts";

export interface LineSettings {
  readonly format: TextFormat;
  readonly names: LabelNames;
  readonly timestamps: boolean;
}

// `le="…"} ` with the longest number.
const MAX_BOUND_BYTES = 48;
// Enough for usual exemplars, so that they are in one chunk.
const EXEMPLAR_BYTES = 256;
const SPACE = 32;
const QUOTE = 34;
const CLOSING_BRACE = 125;

/** Completes lines whose labels have been written, each followed by a comma, and adds the further lines of the series. */
export class SampleLines implements SampleWriter {
  readonly #body: Body;
  readonly #literals: Literals;
  readonly #settings: LineSettings;
  readonly #starts: FamilyStarts;
  readonly #exemplarStarts: ExemplarStarts;
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
    this.#exemplarStarts = { literals, trace: starts.trace, span: starts.span, names: settings.names };
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
    this.#timestamp(context);
    this.#exemplar(latestOf(context.exemplars));
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
      this.#timestamp(context);
      this.#exemplar(exemplar);
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

  #timestamp({ timeUnixMillis }: SampleContext): void {
    const { timestamps, format } = this.#settings;
    if (!timestamps) return;
    this.#body.reserve(1);
    this.#body.byte(SPACE);
    if (format === "text") this.#body.number(Math.trunc(timeUnixMillis));
    else this.#body.seconds(timeUnixMillis);
  }

  // Writes ` # {trace_id="…",span_id="…",route="/a"} 0.5 1700000000.123`; attributes beyond OpenMetrics' limit are left
  // out.
  #exemplar(exemplar: Exemplar | undefined): void {
    if (exemplar === undefined) return;
    const body = this.#body;
    const starts = this.#exemplarStarts;
    body.reserve(EXEMPLAR_BYTES);
    if (writeUsual(body, exemplar, starts)) {
      body.byte(QUOTE);
      body.byte(CLOSING_BRACE);
      body.byte(SPACE);
    } else {
      const labels = exemplarLabels(exemplar, starts.names);
      body.text(` # {${labels.map(({ name, value }) => labelText(name, value)).join(",")}} `);
    }
    body.number(exemplar.value);
    body.reserve(1);
    body.byte(SPACE);
    body.seconds(exemplar.timestamp[0] * 1e3 + exemplar.timestamp[1] / 1e6);
  }

  #created(context: SampleContext): void {
    if (!(context.startTimeUnixMillis > 0)) return;
    this.#again(this.#starts.created);
    this.#body.seconds(context.startTimeUnixMillis);
    this.#timestamp(context);
    this.#body.endLine();
  }
}
