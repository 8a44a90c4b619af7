// The JSON document of a collection, built at once or in steps: a single series may have a million labels.
import { MetricsExporter, type MetricsSource } from "../../collector/metrics-exporter.ts";
import { assertFile, replaceFile } from "../../io/files/replace.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import { type Snapshot, snapshotNumber } from "../../translation/snapshot-document.ts";
import type { Label } from "../../translation/family.ts";
import { encodedPieces, piecesOf, textPieces } from "../../translation/label-steps.ts";
import { entryOf, type ShownSeries, snapshotSteps } from "../../translation/snapshot.ts";
import { MAX_LENGTH } from "../../translation/label-value.ts";

/**
 * Writes a source's snapshot to a file, as one JSON document: `timestamp`, `metrics` by key, `events_count`, `running`.
 * The file is replaced atomically, so a reader never sees a partial document.
 *
 * @example
 * await new JSONExporter("/var/lib/app/metrics.json").exportMetrics(collector);
 */
export class JSONExporter extends MetricsExporter {
  readonly #file: string;

  /** @throws FileError if `file` is not a valid file name. */
  constructor(file: string) {
    super();
    assertFile(file);
    this.#file = file;
  }

  /** @throws FileError (rejection) if the file cannot be written. */
  override async exportMetrics(source: MetricsSource): Promise<void> {
    await replaceFile(this.#file, documentText(await source.getSnapshot(), 2));
  }
}

// Series converted to text per step.
const BATCH = 32;
// A series with more labels, or longer ones, is written in steps of its own.
const MAX_LABELS = 128;
// Characters converted to bytes at once.
const PIECE_LENGTH = 128 * 1024;

/** The document without its series. */
export type DocumentFrame = Omit<Snapshot, "metrics">;

/** A snapshot as JSON text, in one step. @param indent spaces per level; 0 writes one line. */
export function documentText(snapshot: Snapshot, indent: number): string {
  const { timestamp, metrics, events_count, running } = snapshot;
  return `${jsonText({ timestamp, metrics, events_count, running }, indent)}\n`;
}

// Numbers that JSON cannot represent become strings.
function jsonText(part: unknown, indent = 0): string {
  const writable = (_key: string, value: unknown): unknown =>
    typeof value === "number" ? snapshotNumber(value) : value;
  return JSON.stringify(part, writable, indent);
}

/**
 * The documents of one collection, one for each of `indents`, in the form of {@link documentText}. The collection must
 * stay valid until the last step.
 */
export function* documentSteps(
  collection: Collection,
  frame: DocumentFrame,
  indents: readonly number[],
): Generator<void, readonly (readonly Buffer[])[]> {
  const writers = indents.map((indent) => new DocumentWriter(frame, indent));
  let few: ShownSeries[] = [];
  for (const shown of snapshotSteps(collection)) {
    const large = shown !== undefined && hasLongLabels(shown) ? shown : undefined;
    if (shown !== undefined && large === undefined) few.push(shown);
    if (few.length === BATCH || (large !== undefined && few.length > 0)) {
      const metrics = Object.fromEntries(few.map((each) => entryOf(each)));
      for (const writer of writers) writer.few(metrics);
      few = [];
      yield;
    }
    if (large !== undefined) for (const writer of writers) yield* writer.large(large);
    if (shown === undefined) yield;
  }
  const rest = Object.fromEntries(few.map((each) => entryOf(each)));
  return writers.map((writer) => writer.finish(rest));
}

function hasLongLabels({ labels }: ShownSeries): boolean {
  if (labels.length > MAX_LABELS) return true;
  let length = 0;
  for (const { value } of labels) if (typeof value === "string") length += value.length;
  return length > MAX_LENGTH;
}

class DocumentWriter {
  readonly #indent: number;
  readonly #space: string;
  readonly #end: string;
  readonly #pieces: Buffer[] = [];
  #text: string;
  #isEmpty = true;

  constructor({ timestamp, events_count, running }: DocumentFrame, indent: number) {
    const text = jsonText({ timestamp, metrics: {}, events_count, running }, indent);
    const [begin = "", end = ""] = text.split("{}");
    this.#indent = indent;
    this.#space = indent === 0 ? "" : " ";
    this.#text = `${begin}{`;
    this.#end = `}${end}\n`;
  }

  few(metrics: Snapshot["metrics"]): void {
    const text = jsonText({ metrics }, this.#indent);
    const from = `{${this.#line(1)}"metrics":${this.#space}{`.length;
    this.#add(this.#comma() + text.slice(from, -`${this.#line(1)}}${this.#line(0)}}`.length));
  }

  /** Writes one series in steps. */
  *large({ name, labels, value, timestamp }: ShownSeries): Generator<void, void> {
    const key = encodedPieces(labels, keyText, keyPieces);
    yield* this.#parts(`${this.#comma()}${this.#line(2)}"${inner(name)}{`, key);
    const figure = jsonText(value, this.#indent).replaceAll("\n", this.#line(3));
    this.#add(`}":${this.#space}{${this.#line(3)}"value":${this.#space}${figure},`);
    const written = encodedPieces(
      labels,
      (few) => this.#labels(few),
      (long) => this.#longLabel(long),
    );
    yield* this.#parts(`${this.#line(3)}"labels":${this.#space}{`, written);
    this.#add(`${this.#line(3)}},${this.#line(3)}"timestamp":${this.#space}${timestamp}${this.#line(2)}}`);
  }

  /** The document, with these series appended. */
  finish(metrics: Snapshot["metrics"]): readonly Buffer[] {
    if (Object.keys(metrics).length > 0) this.few(metrics);
    this.#text += this.#isEmpty ? this.#end : this.#line(1) + this.#end;
    this.#pieces.push(Buffer.from(this.#text));
    return this.#pieces;
  }

  // Puts a comma before each part.
  *#parts(begin: string, parts: Iterable<string>): Generator<void, void> {
    let isFirst = true;
    for (const part of parts) {
      this.#add(isFirst ? begin + part.slice(1) : part);
      isFirst = false;
      yield;
    }
  }

  #labels(labels: readonly Label[]): string {
    const before = `,${this.#line(4)}`;
    const between = `:${this.#space}`;
    return labels
      .map(({ name, value }) => `${before}${JSON.stringify(name)}${between}${jsonText(value)}`)
      .join("");
  }

  *#longLabel({ name, value }: Label): Generator<string> {
    yield `,${this.#line(4)}${JSON.stringify(name)}:${this.#space}"`;
    for (const piece of piecesOf(String(value))) yield inner(piece);
    yield '"';
  }

  #comma(): string {
    const comma = this.#isEmpty ? "" : ",";
    this.#isEmpty = false;
    return comma;
  }

  #line(level: number): string {
    return this.#indent === 0 ? "" : `\n${" ".repeat(level * this.#indent)}`;
  }

  #add(text: string): void {
    this.#text += text;
    if (this.#text.length < PIECE_LENGTH) return;
    this.#pieces.push(Buffer.from(this.#text));
    this.#text = "";
  }
}

function keyText(labels: readonly Label[]): string {
  return inner(labels.map(({ name, value }) => `,${[...textPieces(name, value)].join("")}`).join(""));
}

function* keyPieces({ name, value }: Label): Generator<string> {
  yield ",";
  for (const piece of textPieces(name, value)) yield inner(piece);
}

// A JSON string without its quotes.
function inner(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
