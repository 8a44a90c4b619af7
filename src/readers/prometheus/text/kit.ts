import type { FamilyHead, MetricPlan } from "../../../translation/family.ts";
import type { Translation } from "../../../translation/translation.ts";
import type { Body } from "../document/body.ts";
import {
  type FamilyNames,
  type FamilySyntax,
  type FamilyWriter,
  FormatKit,
  type MetricRows,
  type SampleWriter,
  type Shown,
} from "../document/format-kit.ts";
import type { LabelVariants } from "../document/labels.ts";
import {
  type FamilyStarts,
  startsOf,
  TextPlan,
  headLines,
  longTextLabel,
  syntaxOf,
  type TextFormat,
  textLabels,
} from "./syntax.ts";
import { CompositeLines } from "./composite-lines.ts";
import { SampleLines } from "./sample-lines.ts";

/** A text format under one escaping scheme. */
export class TextKit extends FormatKit<TextPlan> {
  readonly encodeLabels: typeof textLabels = textLabels;
  readonly encodeLongLabel: typeof longTextLabel = longTextLabel;
  readonly shows: Shown;
  readonly hasNative: boolean;
  readonly format: TextFormat;

  constructor(translation: Translation, variants: LabelVariants, format: TextFormat, showsTimes: boolean) {
    super(translation, variants);
    this.format = format;
    const isOpenMetrics = format !== "text";
    this.hasNative = format === "openmetrics2";
    this.shows = { showsTimes, showsCreated: isOpenMetrics, showsExemplars: isOpenMetrics };
  }

  override syntaxOf(head: FamilyHead, names: FamilyNames): FamilySyntax {
    return syntaxOf(head, this.format, names);
  }

  begin(body: Body): FamilyWriter {
    return new TextWriter(this, body);
  }

  protected makePlan(plan: MetricPlan, syntax: FamilySyntax): TextPlan {
    return new TextPlan(plan, syntax, this.format, this.variants, this.literals);
  }
}

class TextWriter implements FamilyWriter {
  readonly #kit: TextKit;
  readonly #body: Body;

  constructor(kit: TextKit, body: Body) {
    this.#kit = kit;
    this.#body = body;
  }

  begin(head: FamilyHead, syntax: FamilySyntax): void {
    this.#body.text(headLines(head, syntax, this.#kit.format));
  }

  rowsOf(metric: MetricPlan, syntax: FamilySyntax): MetricRows {
    const plan = this.#kit.planOf(metric, syntax);
    return { plan, samples: this.#lines(plan.starts) };
  }

  samplesOf(head: FamilyHead, syntax: FamilySyntax): SampleWriter {
    const { literals, format } = this.#kit;
    return this.#lines(startsOf(head, syntax, format, literals));
  }

  end(): void {}

  finish(): void {
    if (this.#kit.format !== "text") this.#body.text("# EOF\n");
  }

  #lines(starts: FamilyStarts): SampleWriter {
    const { format, literals, shows, translation } = this.#kit;
    const settings = { format, names: translation.names, timestamps: shows.showsTimes };
    return format === "openmetrics2"
      ? new CompositeLines(this.#body, literals, settings, starts)
      : new SampleLines(this.#body, literals, settings, starts);
  }
}
