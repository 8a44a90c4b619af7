// What the documents of one text format and one scheme of names have in common.
import type { FamilyHead, MetricPlan } from "../series/family.ts";
import type { Translation } from "../series/translation.ts";
import type { LabelVariants } from "./label-variants.ts";
import { Literals } from "./literals.ts";
import { TextPlan } from "./text-plan.ts";
import { type FamilySyntax, syntaxOf, type TextFormat } from "./text-syntax.ts";

/** How documents differ that show the same. */
export interface TextSettings {
  readonly format: TextFormat;
  /** Whether each sample has the time of its collection. */
  readonly timestamps: boolean;
  /** Whether it is told since when a series counts, where the format can show it. */
  readonly created: boolean;
}

// 1 MiB; more only where instruments are made again and again.
const MAX_WORDS = 1 << 18;

/** Keeps what was worked out for a metric until the next document. */
export class TextKit {
  readonly translation: Translation;
  readonly variants: LabelVariants;
  readonly settings: TextSettings;
  /** All that is no label of a series. */
  readonly literals: Literals = new Literals();
  #plans = new WeakMap<MetricPlan, TextPlan>();

  constructor(translation: Translation, variants: LabelVariants, settings: TextSettings) {
    this.translation = translation;
    this.variants = variants;
    this.settings = settings;
  }

  /** Forgets what it made of metrics that may be no more. Nobody may be writing with it. */
  tidy(): void {
    if (this.literals.used <= MAX_WORDS) return;
    this.literals.cut(0);
    this.#plans = new WeakMap();
  }

  /** What a family is called. */
  syntaxOf(head: FamilyHead, taken: ReadonlySet<string>): FamilySyntax {
    return syntaxOf(head, this.settings.format, (name) => taken.has(name));
  }

  /** What the lines of one of a family's metrics have in common. */
  planOf(plan: MetricPlan, syntax: FamilySyntax): TextPlan {
    const known = this.#plans.get(plan);
    if (known !== undefined && known.syntax.type === syntax.type) return known;
    const made = new TextPlan(plan, syntax, this.settings.format, this.variants, this.literals);
    this.#plans.set(plan, made);
    return made;
  }
}
