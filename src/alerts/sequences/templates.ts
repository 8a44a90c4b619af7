// Templates in the labels and annotations of rules over sequences.
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { Parser } from "../../options/parser.ts";
import type { Alert } from "../alert.ts";
import { Template, templateRemedy } from "../templates/template.ts";
import type { CheckedSequenceRule } from "./check-rules.ts";

type Texts = Readonly<Record<string, string>>;

/** Adds a problem for each text that is not a valid template. */
export function refuseTemplates(parser: Parser, rules: readonly CheckedSequenceRule[], place: string): void {
  for (const rule of rules)
    for (const text of templateTexts(rule)) {
      try {
        void new Template(text, rule.name);
      } catch (error) {
        parser.problem(
          place,
          text,
          `have valid templates (${errorMessage(error)}; ${templateRemedy(error)})`,
        );
      }
    }
}

/** Values that templates can use. */
export interface TemplateValues {
  /** Labels that identify this application. */
  readonly labels: Texts;
  /** URL of this application. */
  readonly url: () => string | undefined;
}

/** The templates of rules, by their texts. Values of keys are not templates. */
export class SequenceTemplates {
  readonly #templates: ReadonlyMap<string, Template>;
  readonly #values: TemplateValues;

  constructor(rules: readonly CheckedSequenceRule[], values: TemplateValues) {
    this.#values = values;
    this.#templates = new Map(
      rules.flatMap((rule) => templateTexts(rule).map((text) => [text, new Template(text, rule.name)])),
    );
  }

  /** The labels of an alert that begins, with their templates filled in. */
  labels(alert: Alert): Texts {
    return this.#expanded(alert.labels, alert);
  }

  /** The alert with the templates of its annotations filled in. */
  expanded(alert: Alert): Alert {
    return { ...alert, annotations: this.#expanded(alert.annotations, alert) };
  }

  #expanded(texts: Texts, alert: Alert): Texts {
    return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, this.#expand(text, alert)]));
  }

  #expand(text: string, { labels, value }: Alert): string {
    const expanded = this.#templates.get(text)?.expand({
      labels,
      value,
      externalLabels: this.#values.labels,
      externalUrl: this.#values.url() ?? "",
      query: () => {
        throw new Error("rules over sequences of events have no metrics");
      },
    });
    return typeof expanded === "string" ? expanded : text;
  }
}

function templateTexts({ labels, annotations }: CheckedSequenceRule): readonly string[] {
  return [...Object.values(labels), ...Object.values(annotations)].filter((text) => text.includes("{{"));
}
