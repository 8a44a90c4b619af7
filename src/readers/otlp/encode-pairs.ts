/** Attribute pairs, each encoded once and kept. */
import type { SeriesSource } from "../../engine/collection/series-source.ts";
import { Interner } from "../../engine/series/interner.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { writePair } from "./encode-attributes.ts";

const FIRST_IDS = 256;
const FIRST_BYTES = 4096;

/**
 * The `KeyValue`s of a provider's pairs, by id:
 *
 *     id     │ 1      2      3      …
 *     ends   │ 14     31     0      …    0: not there
 *     starts │ 1      14     0
 *     kept   │ . KeyValue  KeyValue …│ what is for one series only
 *                                     ▲ #keptEnd
 *
 * At most `maxBytes` are kept; what comes beyond is encoded each time anew. Given to another pair an id has another
 * stamp, and its old bytes are waste; where half is waste, all are forgotten.
 */
export class PairCache {
  readonly #maxBytes: number;
  #kept = new ByteWriter(FIRST_BYTES);
  #interner = new Interner();
  #stamps = new Int32Array(FIRST_IDS);
  #starts = new Uint32Array(FIRST_IDS);
  #ends = new Uint32Array(FIRST_IDS);
  #keptEnd = 0;
  #waste = 0;
  // Those of the series that was asked for last.
  #ids = new Int32Array(16);
  #count = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Says whose pairs are asked for from now on. */
  use(interner: Interner): void {
    if (interner !== this.#interner || 2 * this.#waste > this.#keptEnd) this.#clear();
    this.#interner = interner;
    // A single text may have been huge.
    if (this.#kept.capacity > 4 * this.#maxBytes) {
      this.#kept = new ByteWriter(FIRST_BYTES);
      this.#clear();
    }
  }

  /** Notes a visited series' pairs for {@link write}; how many bytes that will write. */
  take(series: SeriesSource, row: number): number {
    if (this.#kept.length > this.#keptEnd) this.#kept.truncate(this.#keptEnd);
    const count = series.pairCountOf(row);
    if (count > this.#ids.length) this.#ids = new Int32Array(2 * count);
    this.#count = count;
    let size = count;
    for (let i = 0; i < count; i++) {
      const id = series.pairAt(row, i);
      if (this.#stamps[id] !== this.#interner.stampOf(id)) this.#encode(id);
      this.#ids[i] = id;
      size += this.#ends[id]! - this.#starts[id]!;
    }
    return size;
  }

  /** Writes the pairs of the series that was taken last, each with the tag before it. */
  write(writer: ByteWriter, tag: number): void {
    const { bytes } = this.#kept;
    for (let i = 0; i < this.#count; i++) {
      const id = this.#ids[i]!;
      writer.byte(tag);
      writer.copy(bytes, this.#starts[id]!, this.#ends[id]!);
    }
  }

  #encode(id: number): void {
    if (id >= this.#stamps.length) this.#makeRoom();
    const stamp = this.#interner.stampOf(id);
    if (this.#stamps[id] !== 0) this.#waste += this.#ends[id]! - this.#starts[id]!;
    this.#starts[id] = this.#kept.length;
    writePair(this.#kept, this.#interner.keyOf(id), this.#interner.valueOf(id));
    this.#ends[id] = this.#kept.length;
    const isKept = this.#kept.length <= this.#maxBytes;
    // Stamps of held pairs are never 0.
    this.#stamps[id] = isKept ? stamp : 0;
    if (isKept) this.#keptEnd = this.#kept.length;
  }

  #makeRoom(): void {
    const room = 2 * this.#interner.idLimit;
    this.#stamps = grown(this.#stamps, new Int32Array(room));
    this.#starts = grown(this.#starts, new Uint32Array(room));
    this.#ends = grown(this.#ends, new Uint32Array(room));
  }

  #clear(): void {
    this.#stamps.fill(0);
    this.#kept.truncate(0);
    this.#keptEnd = 0;
    this.#waste = 0;
  }
}

function grown<Numbers extends Int32Array | Uint32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
