/** Sample lines of the text formats, in prom-client's form. */
import type { Interner } from "../engine/series/interner.ts";
import type { SeriesTable } from "../engine/series/series-table.ts";
import type { Body } from "../readers/prometheus/document/body.ts";
import { type Literal, Literals } from "../readers/prometheus/document/labels.ts";
import type { Exemplar } from "./exemplar.ts";
import { type GivenLabels, isObject } from "./label-checks.ts";

// Repeated in this file: V8 does not treat an import as a constant.
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** A sample as `get()` of any metric returns it. */
export interface Sample {
  readonly value?: unknown;
  readonly labels?: GivenLabels | undefined;
  /** Labels that several samples have in common; written after the others. */
  readonly sharedLabels?: GivenLabels | undefined;
  readonly metricName?: string | undefined;
  readonly exemplar?: Exemplar | null | undefined;
}

/** The lines of one metric. */
export class SampleLines {
  readonly isOpenMetrics: boolean;
  /** Name of the samples of a counter or gauge. */
  readonly name: string;
  readonly #body: Body;
  readonly #literals = new Literals();
  readonly #defaultLabels: GivenLabels | undefined;

  constructor(body: Body, name: string, isOpenMetrics: boolean, defaultLabels: GivenLabels | undefined) {
    this.#body = body;
    this.name = name;
    this.isOpenMetrics = isOpenMetrics;
    this.#defaultLabels = defaultLabels;
  }

  /** Text of the default labels, if none of them is among `names`; otherwise `undefined`. */
  fixedLabels(names: readonly string[]): string | undefined {
    const labels = this.#defaultLabels;
    if (labels === undefined) return "";
    return names.some((name) => name in labels) ? undefined : labelTexts(labels).join(",");
  }

  /** Stores a text that is written often. */
  literal(text: string): Literal {
    return this.#literals.put(text);
  }

  /** Adds a line as it is. */
  line(text: string): void {
    this.#body.text(text);
    this.#body.endLine();
  }

  /** Adds any sample. */
  sample({ metricName = this.name, labels = {}, sharedLabels = {}, value, exemplar }: Sample): void {
    const all = this.#defaultLabels === undefined ? labels : { ...labels, ...this.#defaultLabels, ...labels };
    const texts = [...labelTexts(all, sharedLabels), ...labelTexts(sharedLabels)];
    const text = texts.length === 0 ? "" : `{${texts.join(",")}}`;
    this.line(`${metricName}${text} ${numberText(value)}${this.exemplarText(exemplar)}`);
  }

  /** End of the line of a sample with an exemplar. */
  exemplarText(exemplar: Exemplar | null | undefined): string {
    if (!this.isOpenMetrics || !isObject(exemplar)) return "";
    const { labelSet, value, timestamp } = exemplar;
    return ` # {${labelTexts(labelSet).join(",")}} ${numberText(value)} ${timestamp}`;
  }

  /**
   * Starts a line: `open`, the gathered labels, each with a comma, and `close`, which replaces the last comma if it is a
   * brace.
   */
  start(open: Literal, pairs: PairTexts, close: Literal, isBrace: boolean): void {
    const body = this.#body;
    body.reserve(open.length + pairs.size + close.length);
    const { words } = this.#literals;
    const { count, places, lengths, words: pairWords } = pairs;
    // Inlined from `Body.words` (bench: "metrics(), 10,000 series").
    const { view } = body;
    let { at } = body;
    let end = at + open.length;
    for (let from = open.place; at < end; at += 4) view.setInt32(at, words[from++]!, IS_LITTLE_ENDIAN);
    at = end;
    for (let i = 0; i < count; i++) {
      end = at + lengths[i]!;
      for (let from = places[i]!; at < end; at += 4) view.setInt32(at, pairWords[from++]!, IS_LITTLE_ENDIAN);
      at = end;
    }
    if (isBrace) at--;
    end = at + close.length;
    for (let from = close.place; at < end; at += 4) view.setInt32(at, words[from++]!, IS_LITTLE_ENDIAN);
    body.at = end;
  }

  /** Starts a line without labels. */
  startBare(open: Literal): void {
    this.#body.reserve(open.length);
    this.#body.words(this.#literals.words, open.place, open.length);
  }

  /** Ends a line with the number in a cell. */
  endWith(cells: Float64Array, cell: number, exemplar: Exemplar | undefined): void {
    const body = this.#body;
    if (Number.isNaN(cells[cell])) body.text(numberText(Number.NaN));
    else body.cell(cells, cell);
    if (exemplar !== undefined) body.text(this.exemplarText(exemplar));
    body.endLine();
  }
}

/** A number in the text formats. Not a number is `Nan`, as in prom-client. */
export function numberText(value: unknown): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return Number.isNaN(value) ? "Nan" : String(value);
}

// Fewer are not made again.
const MIN_TEXTS = 100;

/** Texts of the pairs that a metric's rows have, each with a comma. They are made once for each pair. */
export class PairTexts {
  /** Number of pairs of the gathered row, the size of their texts, and their places and lengths. */
  count = 0;
  size = 0;
  places: Int32Array = new Int32Array(8);
  lengths: Int32Array = new Int32Array(8);
  readonly #table: SeriesTable;
  #literals = new Literals();
  // Number of texts, with those of removed pairs.
  #made = 0;
  #ids = new Int32Array(8);
  // By pair: the stamp, the place and the length.
  #known = new Int32Array(3 * 16);

  constructor(table: SeriesTable) {
    this.#table = table;
  }

  /** The texts; valid until the next call of `gather`. */
  get words(): Int32Array {
    return this.#literals.words;
  }

  /** Starts a document. The texts are made again if most of them are of pairs that were removed. */
  begin(): void {
    if (this.#made <= 2 * this.#table.interner.size + MIN_TEXTS) return;
    this.#literals = new Literals();
    this.#known.fill(0);
    this.#made = 0;
  }

  /** Finds the texts of a row. */
  gather(row: number): void {
    const { interner } = this.#table;
    const count = this.#table.pairsOf(row, this.#ids);
    if (count > this.#ids.length) return this.#gatherMany(row, count);
    const { places, lengths } = this;
    const ids = this.#ids;
    let known = this.#known;
    let size = 0;
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      const at = 3 * id;
      if (at >= known.length || known[at] !== interner.stampOf(id)) {
        this.#make(id, interner);
        known = this.#known;
      }
      const length = known[at + 2]!;
      places[i] = known[at + 1]!;
      lengths[i] = length;
      size += length;
    }
    this.count = count;
    this.size = size;
  }

  #gatherMany(row: number, count: number): void {
    this.#ids = new Int32Array(2 * count);
    this.places = new Int32Array(2 * count);
    this.lengths = new Int32Array(2 * count);
    this.gather(row);
  }

  #make(id: number, interner: Interner): void {
    if (3 * id + 2 >= this.#known.length) {
      const grown = new Int32Array(Math.max(2 * this.#known.length, 3 * id + 3));
      grown.set(this.#known);
      this.#known = grown;
    }
    const { place, length } = this.#literals.put(`${labelText(interner.keyOf(id), interner.valueOf(id))},`);
    this.#known.set([interner.stampOf(id), place, length], 3 * id);
    this.#made++;
  }
}

/** Escapes a text for a line of metadata. */
export function escapedText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function labelTexts(labels: GivenLabels, without: GivenLabels = {}): string[] {
  return Object.entries(labels)
    .filter(([name]) => !Object.hasOwn(without, name))
    .map(([name, value]) => labelText(name, value));
}

/** A label, as a line has it. */
export function labelText(name: string, value: unknown): string {
  const text = typeof value === "string" ? escapedText(value).replaceAll('"', '\\"') : String(value);
  return `${name}="${text}"`;
}
