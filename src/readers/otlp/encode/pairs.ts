import type { SeriesSource } from "../../../engine/collection/series-source.ts";
import { Interner } from "../../../engine/series/interner.ts";
import { ByteWriter } from "../../../io/bytes/writer.ts";
import { isLarge } from "../../../translation/label-value.ts";
import { pairSteps, writePair } from "./attributes.ts";

const FIRST_IDS = 256;
const FIRST_WORDS = 1024;
// Initial size of the buffer in which a pair is encoded before it is cached.
const SCRATCH_BYTES = 256;
const MAX_SCRATCH_BYTES = 1024 * 1024;
// A series with more pairs is written in steps.
const MANY_PAIRS = 128;
// Bytes of a pair without its texts.
const PAIR_BYTES = 16;

// Three numbers, adjacent because they are read together, and one of padding.
const ENTRY = 4;
const STAMP = 0;
const START = 1;
const SIZE = 2;

/**
 * Cache of encoded `KeyValue`s, by the id of the interned pair:
 * ```
 * entries │ – │ stamp, start, size │ stamp, start, size │ …       of id 0 (none), 1, 2, …
 * words   │ ∙KeyValue·· │ ∙KeyValue··· │ …                        ∙: a byte for the tag; ·: up to a whole word
 * ```
 *
 * At most `maxBytes` are cached; further pairs are encoded each time. If an id is reused for another pair, its stamp
 * changes and the old bytes are waste. Once half is waste, the cache is cleared.
 */
export class PairCache {
  readonly #maxWords: number;
  #interner = new Interner();
  #entries = new Int32Array(ENTRY * FIRST_IDS);
  #words = new Uint32Array(FIRST_WORDS);
  // Scratch: the pairs of the current series.
  readonly #ids = new Int32Array(MANY_PAIRS);
  #end = 0;
  #waste = 0;
  #scratch = new ByteWriter(SCRATCH_BYTES);

  constructor(maxBytes: number) {
    this.#maxWords = maxBytes >>> 2;
  }

  /** Sets the interner of the pairs written from now on. */
  use(interner: Interner): void {
    if (interner === this.#interner && 2 * this.#waste <= this.#end) return;
    this.#interner = interner;
    this.#entries.fill(0);
    this.#end = 0;
    this.#waste = 0;
  }

  /**
   * Writes the pairs of a visited series, each as a field with this tag. Returns false if they should be written in
   * steps; some may be written then.
   */
  write(writer: ByteWriter, tag: number, series: SeriesSource, row: number): boolean {
    const ids = this.#ids;
    const count = series.pairsOf(row, ids);
    if (count > ids.length) return false;
    const entries = this.#entries;
    const words = this.#words;
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      const entry = ENTRY * id;
      if (entries[entry + STAMP] === this.#interner.stampOf(id))
        writer.taggedWords(tag, words, entries[entry + START]!, entries[entry + SIZE]!);
      else if (isLarge(this.#interner.valueOf(id))) return false;
      else this.#writeNew(writer, tag, id);
    }
    return true;
  }

  idsOf(series: SeriesSource, row: number): Int32Array {
    const ids = new Int32Array(series.pairsOf(row, this.#ids));
    series.pairsOf(row, ids);
    return ids;
  }

  /** The approximate size of the pairs, computed in steps. Elements of lists and objects are not counted. */
  *sizeSteps(ids: Int32Array, interner: Interner): Generator<undefined, number> {
    let size = 0;
    for (const [i, id] of ids.entries()) {
      const value: unknown = interner.valueOf(id);
      const text = typeof value === "string" ? value : "";
      size += PAIR_BYTES + Buffer.byteLength(interner.keyOf(id)) + Buffer.byteLength(text);
      if (i % MANY_PAIRS === 0) yield;
    }
    return size;
  }

  /** Writes pairs, each as a field with this tag, in steps; those of another interner may be written in between. */
  *writeSteps(
    writer: ByteWriter,
    tag: number,
    ids: Int32Array,
    interner: Interner,
  ): Generator<undefined, void> {
    for (const [i, id] of ids.entries()) {
      const value = interner.valueOf(id);
      if (isLarge(value)) {
        writer.byte(tag);
        yield* pairSteps(writer, interner.keyOf(id), value);
      } else {
        if (i % MANY_PAIRS === 0) yield;
        this.use(interner);
        const entry = ENTRY * id;
        if (this.#entries[entry + STAMP] === interner.stampOf(id))
          writer.taggedWords(tag, this.#words, this.#entries[entry + START]!, this.#entries[entry + SIZE]!);
        else this.#writeNew(writer, tag, id);
      }
    }
  }

  #writeNew(writer: ByteWriter, tag: number, id: number): void {
    const scratch = this.#scratch;
    scratch.truncate(0);
    scratch.byte(tag);
    writePair(scratch, this.#interner.keyOf(id), this.#interner.valueOf(id));
    writer.copy(scratch.bytes, 0, scratch.length);
    this.#keep(id);
    // A text may be very large.
    if (scratch.capacity > MAX_SCRATCH_BYTES) this.#scratch = new ByteWriter(SCRATCH_BYTES);
  }

  // Caches the scratch buffer if there is room for it.
  #keep(id: number): void {
    const { bytes, length } = this.#scratch;
    const start = this.#end;
    const end = start + wordsOf(length);
    if (end > this.#maxWords) return;
    if (end > this.#words.length) this.#makeRoomForWords(end);
    for (let i = start, at = 0; i < end; i++, at += 4)
      this.#words[i] = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    this.#end = end;
    const entry = ENTRY * id;
    if (entry >= this.#entries.length) this.#makeRoomForEntries();
    this.#waste += wordsOf(this.#entries[entry + SIZE]!);
    this.#entries[entry + STAMP] = this.#interner.stampOf(id);
    this.#entries[entry + START] = start;
    this.#entries[entry + SIZE] = length;
  }

  #makeRoomForWords(needed: number): void {
    const words = new Uint32Array(Math.max(needed, 2 * this.#words.length));
    words.set(this.#words);
    this.#words = words;
  }

  #makeRoomForEntries(): void {
    const entries = new Int32Array(2 * ENTRY * this.#interner.idLimit);
    entries.set(this.#entries);
    this.#entries = entries;
  }
}

function wordsOf(size: number): number {
  return Math.ceil(size / 4);
}
