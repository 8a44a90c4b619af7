// Texts of remote write, which refers to them by numbers.
import { ByteWriter } from "../../../io/bytes/writer.ts";

/** Names of labels that the encoder adds, sorted. `le` is only that of buckets. */
export const ADDED_LABELS = ["__name__", "instance", "job", "le"] as const;

/** The id of the empty text, which is also its reference in each request. */
export const EMPTY = 0;

const SYMBOL_TAG = 0x22;
const FIRST_SYMBOLS = 256;
const FIRST_BYTES = 4_096;

/** All texts of an encoder, with ids that stay the same from request to request. */
export class Symbols {
  readonly #ids = new Map<string, number>();
  readonly #texts: string[] = [];
  // The texts as fields of a request, one after the other. The start of each is the end of the one before.
  readonly #fields = new ByteWriter(FIRST_BYTES);
  #starts = new Int32Array(FIRST_SYMBOLS);
  #ranks = new Uint8Array(FIRST_SYMBOLS);

  constructor() {
    this.idOf("");
  }

  get size(): number {
    return this.#texts.length;
  }

  find(text: string): number | undefined {
    return this.#ids.get(text);
  }

  idOf(text: string): number {
    return this.#ids.get(text) ?? this.#add(text);
  }

  textOf(id: number): string {
    return this.#texts[id]!;
  }

  /** The number of {@link ADDED_LABELS} that are sorted before a text. */
  rankOf(id: number): number {
    return this.#ranks[id]!;
  }

  copyField(id: number, to: ByteWriter): void {
    to.copy(this.#fields.bytes, this.#starts[id]!, this.#starts[id + 1]!);
  }

  #add(text: string): number {
    const id = this.#texts.push(text) - 1;
    this.#ids.set(text, id);
    if (id + 1 >= this.#starts.length) this.#grow();
    this.#ranks[id] = ADDED_LABELS.filter((name) => name < text).length;
    writeSymbol(this.#fields, text);
    this.#starts[id + 1] = this.#fields.length;
    return id;
  }

  #grow(): void {
    const starts = new Int32Array(2 * this.#starts.length);
    starts.set(this.#starts);
    this.#starts = starts;
    const ranks = new Uint8Array(starts.length);
    ranks.set(this.#ranks);
    this.#ranks = ranks;
  }
}

/** The table of one request: the texts that it uses, in the order of their first use. */
export class SymbolTable {
  readonly #symbols: Symbols;
  readonly #fields = new ByteWriter(FIRST_BYTES);
  // The reference of each id; 0 for a text that is not used yet.
  #references: Int32Array;
  // Texts of this request alone, such as the ids of spans.
  readonly #own = new Map<string, number>();
  #count = 1;

  constructor(symbols: Symbols) {
    this.#symbols = symbols;
    this.#references = new Int32Array(symbols.size);
    symbols.copyField(EMPTY, this.#fields);
  }

  /** The number of texts. */
  get size(): number {
    return this.#count;
  }

  /** Whether it has texts that no other request has. */
  get hasOwn(): boolean {
    return this.#own.size > 0;
  }

  get byteLength(): number {
    return this.#fields.length;
  }

  get bytes(): Uint8Array {
    return this.#fields.bytes.subarray(0, this.#fields.length);
  }

  referenceOf(id: number): number {
    return (id < this.#references.length ? this.#references[id]! : 0) || this.#add(id);
  }

  /** The reference of a text that will hardly occur again. */
  referenceOfOwn(text: string): number {
    const id = this.#symbols.find(text);
    if (id !== undefined) return this.referenceOf(id);
    let reference = this.#own.get(text);
    if (reference === undefined) {
      reference = this.#count++;
      this.#own.set(text, reference);
      writeSymbol(this.#fields, text);
    }
    return reference;
  }

  #add(id: number): number {
    if (id === EMPTY) return EMPTY;
    if (id >= this.#references.length) {
      const grown = new Int32Array(2 * this.#symbols.size);
      grown.set(this.#references);
      this.#references = grown;
    }
    const own = this.#own.size === 0 ? undefined : this.#own.get(this.#symbols.textOf(id));
    if (own !== undefined) return (this.#references[id] = own);
    this.#symbols.copyField(id, this.#fields);
    return (this.#references[id] = this.#count++);
  }
}

function writeSymbol(writer: ByteWriter, text: string): void {
  writer.reserve(1);
  writer.byte(SYMBOL_TAG);
  writer.text(text);
}
