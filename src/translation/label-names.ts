// From the keys of attributes to the names of labels.
import { labelNameFromKey } from "./snapshot-document.ts";
import { type Escaping, escapedLabelName } from "./escape-name.ts";
import { escapesNames, type TranslationStrategy } from "./strategy.ts";

// A scrape meets few keys, many times each; this many only if keys are made up as the program runs.
const MAX_REMEMBERED = 10_000;

/** Names of labels, each worked out once. */
export class LabelNames {
  readonly #names = new Map<string, string>();
  readonly #strategy: TranslationStrategy;
  readonly #escaping: Escaping;

  constructor(strategy: TranslationStrategy, escaping: Escaping) {
    this.#strategy = strategy;
    this.#escaping = escaping;
  }

  nameOf(key: string): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const escaped = escapedLabelName(this.#translated(key), this.#escaping);
    // Prometheus keeps the name of the metric in it.
    const name = escaped === "__name__" ? `exported_${escaped}` : escaped;
    if (this.#names.size >= MAX_REMEMBERED) this.#names.clear();
    this.#names.set(key, name);
    return name;
  }

  #translated(key: string): string {
    if (escapesNames(this.#strategy)) return labelNameFromKey(key);
    return key === "" ? "_" : key;
  }
}
