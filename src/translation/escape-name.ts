// Escaping of arbitrary names into names that Prometheus can read.

import { labelNameFromKey } from "./snapshot-document.ts";
import { escapesNames, type TranslationStrategy } from "./strategy.ts";

/**
 * Escaping scheme for characters that Prometheus did not accept before version 3. `values` is reversible, `dots` mostly;
 * `allow-utf-8` keeps names as they are.
 *
 * @see https://prometheus.io/docs/instrumenting/escaping_schemes/
 */
export type Escaping = "underscores" | "dots" | "values" | "allow-utf-8";

/** The name of a metric under an escaping scheme. */
export function escapedMetricName(name: string, escaping: Escaping): string {
  return escaped(name, escaping, METRIC);
}

/** The name of a label under an escaping scheme; unlike a metric name it has no colons. */
export function escapedLabelName(name: string, escaping: Escaping): string {
  return escaped(name, escaping, LABEL);
}

/** Whether a metric name is valid without quotes. */
export function isLegacyMetricName(name: string): boolean {
  return METRIC.whole.test(name);
}

/** Whether a label name is valid without quotes. */
export function isLegacyLabelName(name: string): boolean {
  return LABEL.whole.test(name);
}

interface LegacySyntax {
  readonly whole: RegExp;
  readonly first: RegExp;
  readonly others: RegExp;
}

const METRIC: LegacySyntax = { whole: /^[a-zA-Z_:][\w:]*$/, first: /[a-zA-Z_:]/, others: /[\w:]/ };
const LABEL: LegacySyntax = { whole: /^[a-zA-Z_]\w*$/, first: /[a-zA-Z_]/, others: /\w/ };

function escaped(given: string, escaping: Escaping, { whole, first, others }: LegacySyntax): string {
  const name = given.toWellFormed();
  const isKept = (char: string, i: number): boolean => (i === 0 ? first : others).test(char);
  switch (escaping) {
    case "allow-utf-8":
      // Prometheus treats NUL as the end of its input, and then refuses the whole scrape.
      return name.replaceAll("\0", "_");
    case "underscores":
      return whole.test(name) ? name : mapped(name, (char, i) => (isKept(char, i) ? char : "_"));
    case "dots":
      return mapped(name, (char, i) => {
        if (char === "_") return "__";
        if (char === ".") return "_dot_";
        return isKept(char, i) ? char : "_";
      });
    case "values":
      if (whole.test(name)) return name;
      return `U__${mapped(name, (char, i) => {
        if (char === "_") return "__";
        return isKept(char, i) ? char : `_${char.codePointAt(0)!.toString(16)}_`;
      })}`;
    default:
      return escaping satisfies never;
  }
}

function mapped(name: string, replace: (char: string, i: number) => string): string {
  return Array.from(name, replace).join("");
}

// A scrape has few distinct keys. This limit is reached only if the application generates keys at run time.
const MAX_REMEMBERED = 10_000;

/** Cache of label names by attribute key. */
export class LabelNames {
  readonly #names = new Map<string, string>();
  readonly #strategy: TranslationStrategy;
  readonly #escaping: Escaping;
  readonly #reserved: ReadonlySet<string>;

  /** @param reserved names that get the prefix `exported_`. */
  constructor(strategy: TranslationStrategy, escaping: Escaping, reserved: readonly string[] = []) {
    this.#strategy = strategy;
    this.#escaping = escaping;
    // Prometheus stores the name of the metric in this one.
    this.#reserved = new Set(["__name__", ...reserved]);
  }

  nameOf(key: string): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const label = escapedLabelName(this.#translated(key), this.#escaping);
    const name = this.#reserved.has(label) ? `exported_${label}` : label;
    if (this.#names.size >= MAX_REMEMBERED) this.#names.clear();
    this.#names.set(key, name);
    return name;
  }

  #translated(key: string): string {
    if (escapesNames(this.#strategy)) return labelNameFromKey(key);
    return key === "" ? "_" : key;
  }
}
