// Lines of OpenMetrics 2: a histogram is one line, with a composite value and its start time.
import type { BucketRun, NativeHistogram } from "../../../translation/native-buckets.ts";
import type { Body } from "../document/body.ts";
import { BucketExemplars, latestOf } from "../document/exemplars.ts";
import type { ClassicHistogram, SampleContext, SampleWriter } from "../document/format-kit.ts";
import type { Literal, Literals } from "../document/labels.ts";
import { endOfSpan, isPopulated, nextPopulated } from "../document/native-spans.ts";
import { LineEnds, type LineSettings } from "./line-ends.ts";
import { boundText, bucketField, type FamilyStarts } from "./syntax.ts";

const SPACE = 32;
const COMMA = 44;
const COLON = 58;
const CLOSING_BRACKET = 93;
const CLOSING_BRACE = 125;
// `} ` after the labels.
const CLOSING_BYTES = 2;

/** Completes lines whose labels have been written, each followed by a comma. */
export class CompositeLines implements SampleWriter {
  readonly #body: Body;
  readonly #literals: Literals;
  readonly #settings: LineSettings;
  readonly #starts: FamilyStarts;
  readonly #ends: LineEnds;
  readonly #exemplars = new BucketExemplars();
  #labelsLength = 0;

  constructor(body: Body, literals: Literals, settings: LineSettings, starts: FamilyStarts) {
    this.#body = body;
    this.#literals = literals;
    this.#settings = settings;
    this.#starts = starts;
    this.#ends = new LineEnds(body, literals, settings, starts);
  }

  begin(length: number): void {
    const body = this.#body;
    const { main } = this.#starts;
    const start = length > 0 ? main.labelled : main.bare;
    body.reserve(start.length + length + CLOSING_BYTES);
    body.words(this.#literals.words, start.place, start.length);
    this.#labelsLength = length;
  }

  number(cells: Float64Array, cell: number, context: SampleContext | undefined): void {
    this.#closeLabels();
    this.#body.cell(cells, cell);
    if (context !== undefined) {
      this.#times(context);
      this.#ends.exemplar(latestOf(context.exemplars));
    }
    this.#body.endLine();
  }

  histogram(
    buckets: ClassicHistogram,
    context: SampleContext | undefined,
    texts: readonly Literal[] | undefined,
  ): void {
    const { length, bounds, cumulativeCounts, count } = buckets;
    const body = this.#body;
    this.#closeLabels();
    this.#field("{count:", count);
    // A histogram of an instrument whose sum has no meaning has none, but the format requires one.
    this.#field(",sum:", buckets.sum ?? Number.NaN);
    body.text(",bucket:[");
    for (let i = 0; i <= length; i++) {
      const text = texts?.[i];
      if (text !== undefined) {
        body.reserve(text.length);
        body.words(this.#literals.words, text.place, text.length);
      } else body.text(bucketField(i < length ? boundText(bounds[i]!, this.#settings.format) : "+Inf", i));
      body.number(i < length ? cumulativeCounts[i]! : count);
    }
    body.text("]}");
    if (context !== undefined) {
      this.#times(context);
      for (const exemplar of this.#exemplars.of(buckets, context.exemplars) ?? [])
        this.#ends.exemplar(exemplar);
    }
    body.endLine();
  }

  native(histogram: NativeHistogram, context: SampleContext | undefined): void {
    const { schema, count, sum, zeroCount, negative, positive } = histogram;
    const body = this.#body;
    this.#closeLabels();
    this.#field("{count:", count);
    this.#field(",sum:", sum);
    this.#field(",schema:", schema);
    // A bucket of OpenMetrics 2 must not have values of the zero bucket. Recorded values may be below any threshold above 0.
    this.#field(",zero_threshold:", 0);
    this.#field(",zero_count:", zeroCount);
    if (isPopulated(negative)) this.#run(",negative_spans:[", ",negative_buckets:[", negative);
    if (isPopulated(positive)) this.#run(",positive_spans:[", ",positive_buckets:[", positive);
    body.reserve(1);
    body.byte(CLOSING_BRACE);
    if (context !== undefined) {
      this.#times(context);
      for (const exemplar of context.exemplars) this.#ends.exemplar(exemplar);
    }
    body.endLine();
  }

  // Prometheus numbers a bucket by its upper boundary, so spans begin after -1.
  #run(spans: string, buckets: string, run: BucketRun): void {
    const { counts, base, first, last } = run;
    const body = this.#body;
    body.text(spans);
    let end = -1;
    for (let from = first; from <= last; from = nextPopulated(run, end)) {
      if (from > first) this.#byte(COMMA);
      body.reserve(0);
      body.number(from - end);
      this.#byte(COLON);
      end = endOfSpan(run, from);
      body.number(end - from);
    }
    this.#byte(CLOSING_BRACKET);
    body.text(buckets);
    for (let from = first; from <= last;) {
      end = endOfSpan(run, from);
      for (let i = from; i < end; i++) {
        if (i > first) this.#byte(COMMA);
        else body.reserve(0);
        body.number(counts[base + i]!);
      }
      from = nextPopulated(run, end);
    }
    this.#byte(CLOSING_BRACKET);
  }

  #field(start: string, value: number): void {
    this.#body.text(start);
    this.#body.number(value);
  }

  #byte(byte: number): void {
    this.#body.reserve(1);
    this.#body.byte(byte);
  }

  // Replaces the comma after the last label.
  #closeLabels(): void {
    if (this.#labelsLength === 0) return;
    const body = this.#body;
    body.bytes[body.at - 1] = CLOSING_BRACE;
    body.byte(SPACE);
  }

  #times(context: SampleContext): void {
    this.#ends.timestamp(context);
    if (!(context.startTimeUnixMillis > 0)) return;
    this.#body.text(" st@");
    this.#body.seconds(context.startTimeUnixMillis);
  }
}
