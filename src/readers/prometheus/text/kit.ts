import type { FamilyHead, MetricPlan } from "../../../translation/family.ts";
import type { Translation } from "../../../translation/translation.ts";
import type { Body } from "../document/body.ts";
import {
  type FamilyNames,
  type FamilySyntax,
  type FamilyWriter,
  FormatKit,
  type MetricRows,
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
import { SampleLines } from "./sample-lines.ts";

/** A text format under one escaping scheme. */
export class TextKit extends FormatKit<TextPlan> {
  readonly encodeLabels: typeof textLabels = textLabels;
  readonly encodeLongLabel: typeof longTextLabel = longTextLabel;
  readonly shows: Shown;
  readonly hasNative = false;
  readonly format: TextFormat;

  constructor(translation: Translation, variants: LabelVariants, format: TextFormat, showsTimes: boolean) {
    super(translation, variants);
    this.format = format;
    const isOpenMetrics = format === "openmetrics";
    this.shows = { showsTimes, showsCreated: isOpenMetrics, showsExemplars: isOpenMetrics };
  }

  syntaxOf(head: FamilyHead, names: FamilyNames): FamilySyntax {
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

  samplesOf(head: FamilyHead, syntax: FamilySyntax): SampleLines {
    const { literals } = this.#kit;
    return this.#lines(startsOf(head, syntax, literals));
  }

  end(): void {}

  finish(): void {
    if (this.#kit.format === "openmetrics") this.#body.text("# EOF\n");
  }

  #lines(starts: FamilyStarts): SampleLines {
    const { format, literals, shows, translation } = this.#kit;
    const settings = { format, names: translation.names, timestamps: shows.showsTimes };
    return new SampleLines(this.#body, literals, settings, starts);
  }
}
