import type { Labels } from "../source.ts";

const NAME = "__name__";
// Type and unit belong to the name, and are dropped with it.
const OF_NAME: readonly string[] = [NAME, "__type__", "__unit__"];

/** Part of a set: the labels of a list. */
interface Projection {
  /** The list. */
  readonly list: readonly string[];
  readonly signature: string;
  kept: LabelSet | undefined;
}

/**
 * The labels of a series during an evaluation. Dropping the name copies nothing. Sets of series in memory live on for the
 * next evaluation, so they remember what is asked again.
 */
export class LabelSet {
  readonly #labels: Labels;
  readonly #isNameless: boolean;
  #signature: string | undefined;
  #nameless: LabelSet | undefined;
  #projection: Projection | undefined;

  constructor(labels: Labels, isNameless = false) {
    this.#labels = labels;
    this.#isNameless = isNameless;
  }

  /** A label's value; empty if it is missing. */
  get(label: string): string {
    if (this.#isNameless && OF_NAME.includes(label)) return "";
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

  /** Equal for sets alone that agree in the labels of a {@link labelList}. */
  signatureOf(list: readonly string[]): string {
    return this.#projectionOn(list).signature;
  }

  /** Equal for sets alone that agree in all other labels. The name is not compared. */
  signatureWithout(labels: ReadonlySet<string>): string {
    if (labels.size === 0 && this.#hasNameAlone) return this.withoutName().signature;
    let signature = "";
    for (const label of this.#names())
      if (label !== NAME && !labels.has(label)) signature += part(label) + part(this.get(label));
    return signature;
  }

  /** Whether both have the same name, type and unit. */
  hasNameOf(other: LabelSet): boolean {
    return OF_NAME.every((label) => this.get(label) === other.get(label));
  }

  /** Drops the name, and its type and unit. */
  withoutName(): LabelSet {
    if (OF_NAME.every((label) => this.get(label) === "")) return this;
    return (this.#nameless ??= new LabelSet(this.#labels, true));
  }

  /** Keeps the labels of a {@link labelList} alone. */
  kept(list: readonly string[]): LabelSet {
    const projection = this.#projectionOn(list);
    return (projection.kept ??= this.keep(list));
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

  get #hasNameAlone(): boolean {
    return OF_NAME.every((label) => label === NAME || this.get(label) === "");
  }

  // Most sets are asked for one list only.
  #projectionOn(list: readonly string[]): Projection {
    if (this.#projection?.list === list) return this.#projection;
    let signature = "";
    if (list.length === 1) signature = this.get(list[0]!);
    else for (const label of list) signature += part(this.get(label));
    return (this.#projection = { list, signature, kept: undefined });
  }

  #names(): string[] {
    const names = Object.keys(this.#labels);
    return this.#isNameless ? names.filter((label) => !OF_NAME.includes(label)) : names;
  }

  #entries(): [label: string, value: string][] {
    return this.#names().map((label) => [label, this.get(label)]);
  }
}

/** Whether a string of an expression is the name of a label: not empty, and UTF-8. */
export function isLabelName(label: string): boolean {
  // In expressions, U+FFFD stands for bytes that are not UTF-8.
  return label !== "" && !label.includes("\ufffd");
}

const MAX_LISTS = 1_000;
const lists = new Map<string, readonly string[]>();

/** The names of labels, sorted and without duplicates. Equal ones are the same object, mostly. */
export function labelList(labels: readonly string[]): readonly string[] {
  // Names may contain any character.
  const key = JSON.stringify(labels);
  const known = lists.get(key);
  if (known !== undefined) return known;
  if (lists.size >= MAX_LISTS) lists.clear();
  const list = [...new Set(labels)].toSorted();
  lists.set(key, list);
  return list;
}

const sets = new WeakMap<Labels, LabelSet>();

/** The set of a series in memory, which has the same labels each time. */
export function labelSetInMemory(labels: Labels): LabelSet {
  let set = sets.get(labels);
  if (set === undefined) sets.set(labels, (set = new LabelSet(labels)));
  return set;
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
