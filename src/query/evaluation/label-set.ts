import type { Labels } from "../source.ts";

const NAME = "__name__";

/** The labels of a series during an evaluation. Dropping the name copies nothing. */
export class LabelSet {
  readonly #labels: Labels;
  readonly #isNameless: boolean;
  #signature: string | undefined;

  constructor(labels: Labels, isNameless = false) {
    this.#labels = labels;
    this.#isNameless = isNameless;
  }

  /** A label's value; empty if it is missing. */
  get(label: string): string {
    if (this.#isNameless && label === NAME) return "";
    // A label may be named like a method of all objects.
    const value: unknown = this.#labels[label];
    return typeof value === "string" ? value : "";
  }

  /** Equal for equal sets alone. */
  get signature(): string {
    if (this.#signature === undefined) {
      let signature = "";
      for (const label of this.#names()) signature += part(label) + part(this.get(label));
      this.#signature = signature;
    }
    return this.#signature;
  }

  /** Equal for sets alone that agree in these labels. */
  signatureOf(labels: readonly string[]): string {
    if (labels.length === 1) return this.get(labels[0]!);
    let signature = "";
    for (const label of labels) signature += part(this.get(label));
    return signature;
  }

  /** Equal for sets alone that agree in all other labels. The name is not compared. */
  signatureWithout(labels: ReadonlySet<string>): string {
    let signature = "";
    for (const label of this.#names())
      if (label !== NAME && !labels.has(label)) signature += part(label) + part(this.get(label));
    return signature;
  }

  withoutName(): LabelSet {
    return this.get(NAME) === "" ? this : new LabelSet(this.#labels, true);
  }

  /** Keeps these labels alone. */
  keep(labels: Iterable<string>): LabelSet {
    const entries: [label: string, value: string][] = [];
    for (const label of labels) {
      const value = this.get(label);
      if (value !== "") entries.push([label, value]);
    }
    return new LabelSet(labelsFrom(entries));
  }

  without(labels: ReadonlySet<string>): LabelSet {
    return new LabelSet(labelsFrom(this.#entries().filter(([label]) => !labels.has(label))));
  }

  /** Replaces one label; removes it if `value` is empty. */
  with(label: string, value: string): LabelSet {
    const entries = this.#entries().filter(([each]) => each !== label);
    if (value !== "") entries.push([label, value]);
    return new LabelSet(labelsFrom(entries));
  }

  toLabels(): Labels {
    return this.#isNameless ? labelsFrom(this.#entries()) : this.#labels;
  }

  /** Prometheus' text, such as `{__name__="up", job="api"}`. */
  toString(): string {
    const texts = this.#entries().map(
      ([label, value]) =>
        `${/^[a-zA-Z_]\w*$/.test(label) ? label : JSON.stringify(label)}=${JSON.stringify(value)}`,
    );
    return `{${texts.join(", ")}}`;
  }

  /** Text whose order is that of label by label, first by names, then by values. */
  get sortKey(): string {
    let key = "";
    for (const label of this.#names()) key += `${label}\u0000${this.get(label)}\u0000`;
    return key;
  }

  #names(): string[] {
    const names = Object.keys(this.#labels);
    return this.#isNameless ? names.filter((label) => label !== NAME) : names;
  }

  #entries(): [label: string, value: string][] {
    return this.#names().map((label) => [label, this.get(label)]);
  }
}

/** Without any label. */
export const NO_LABELS: LabelSet = new LabelSet({});

// The length makes the end of a part clear.
function part(text: string): string {
  return `${text.length}:${text}`;
}

function labelsFrom(entries: [label: string, value: string][]): Labels {
  return Object.fromEntries(
    entries.toSorted(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)),
  );
}
