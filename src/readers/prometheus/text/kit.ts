import type { FamilyHead, MetricPlan } from "../../../translation/family.ts";
import type { Translation } from "../../../translation/translation.ts";
import type { Body } from "../document/body.ts";
import type {
  FamilyNames,
  FamilySyntax,
  FamilyWriter,
  FormatKit,
  KitSettings,
  MetricRows,
  Shown,
} from "../document/format-kit.ts";
import type { LabelVariants } from "../document/labels.ts";
import { Literals } from "../document/labels.ts";
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

// 1 MiB; more only if instruments are made again and again.
const MAX_WORDS = 1 << 18;

/** A text format under one scheme of names. */
export class TextKit implements FormatKit {
  readonly translation: Translation;
  readonly literals: Literals = new Literals();
  readonly encodeLabels: typeof textLabels = textLabels;
  readonly encodeLongLabel: typeof longTextLabel = longTextLabel;
  readonly shows: Shown;
  readonly hasNative = false;
  readonly format: TextFormat;
  readonly #variants: LabelVariants;
  #plans = new WeakMap<MetricPlan, TextPlan>();

  constructor(
    translation: Translation,
    variants: LabelVariants,
    format: TextFormat,
    { timestamps }: KitSettings,
  ) {
    const isOpenMetrics = format === "openmetrics";
    this.translation = translation;
    this.#variants = variants;
    this.format = format;
    this.shows = {
      showsTimes: timestamps,
      showsCreated: isOpenMetrics,
      showsExemplars: isOpenMetrics,
    };
  }

  tidy(): void {
    if (this.literals.used <= MAX_WORDS) return;
    this.literals.cut(0);
    this.#plans = new WeakMap();
  }

  syntaxOf(head: FamilyHead, names: FamilyNames): FamilySyntax {
    return syntaxOf(head, this.format, names);
  }

  planOf(plan: MetricPlan, syntax: FamilySyntax): TextPlan {
    const known = this.#plans.get(plan);
    if (known !== undefined && known.syntax.type === syntax.type) return known;
    const made = new TextPlan(plan, syntax, this.format, this.#variants, this.literals);
    this.#plans.set(plan, made);
    return made;
  }

  begin(body: Body): FamilyWriter {
    return new TextWriter(this, body);
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
