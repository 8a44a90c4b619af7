// The bytes of one scrape, and the memory they are written to.
import type { ScrapeBody } from "../exposition.ts";
import { MAX_NUMBER_BYTES, writeCell } from "./number-bytes.ts";

// Words are always copied whole, so up to three bytes after each copy are overwritten.
const SLACK_BYTES = 8;
const ROOM_BYTES = MAX_NUMBER_BYTES + SLACK_BYTES;
const FIRST_ROOM_BYTES = 1024;
const ROOM_GROWTH = 4;
const LATIN_TEXT_LENGTH = 24;
const LONG_BYTES = 64 * 1024;
const LINE_FEED = 10;
const PLUS = 43;
const POINT = 46;
const ZERO = 48;
// 1 for ASCII characters that are neither letters nor digits.
const OTHER = Uint8Array.from({ length: 128 }, (_, code) =>
  Number(!/[\da-z]/i.test(String.fromCharCode(code))),
);
// Words must be written in the byte order they were read in. Repeated in other files: V8 does not treat an import as a
// constant.
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

const oneCell = new Float64Array(1);

const CHUNK_BYTES = 64 * 1024;

interface Chunk {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
}

/** Reusable chunks of bodies. Between bodies it keeps as many chunks as the last one used. */
export class ChunkPool {
  readonly #free: Chunk[] = [];

  /** Returns a chunk of 64 KiB, or of `leastBytes` if that is more; its content is undefined. */
  take(leastBytes: number): Chunk {
    if (leastBytes > CHUNK_BYTES) return chunkOf(leastBytes);
    return this.#free.pop() ?? chunkOf(CHUNK_BYTES);
  }

  give(chunks: readonly Chunk[]): void {
    for (const chunk of chunks) if (chunk.bytes.length === CHUNK_BYTES) this.#free.push(chunk);
  }

  keep(count: number): void {
    if (this.#free.length > count) this.#free.length = count;
  }
}

function chunkOf(length: number): Chunk {
  // Zero-filling would take longer than writing a chunk.
  const bytes = Buffer.allocUnsafeSlow(length);
  return { bytes, view: new DataView(bytes.buffer) };
}

export interface Mark {
  readonly chunks: number;
  readonly at: number;
}

/** Bytes in chunks. Writers reserve space first: reserved bytes are contiguous. Fields are public for loops over bytes. */
export class Body {
  readonly #pool: ChunkPool;
  readonly #chunks: Chunk[];
  // Used bytes of each chunk except the last, and their sum.
  readonly #used: number[] = [];
  #usedBefore = 0;
  /** The last chunk. */
  bytes: Buffer;
  view: DataView<ArrayBuffer>;
  /** Index of the next byte in the last chunk. */
  at = 0;
  // Usable bytes of the last chunk. Few for the first chunk: V8 discards optimized code at the first branch it has
  // never taken (bench: "the first scrape of a process").
  #room = FIRST_ROOM_BYTES;

  constructor(pool: ChunkPool) {
    const chunk = pool.take(0);
    this.#pool = pool;
    this.#chunks = [chunk];
    this.bytes = chunk.bytes;
    this.view = chunk.view;
  }

  get length(): number {
    return this.#usedBefore + this.at;
  }

  /** Reserves `length` bytes and space for a number. */
  reserve(length: number): void {
    if (this.at + length + ROOM_BYTES > this.#room) this.#makeRoom(length);
  }

  byte(byte: number): void {
    this.bytes[this.at++] = byte;
  }

  /** Appends `length` bytes, stored in words. */
  words(words: Int32Array, place: number, length: number): void {
    const { view, at } = this;
    let from = place;
    for (let to = at; to < at + length; to += 4) view.setInt32(to, words[from++]!, IS_LITTLE_ENDIAN);
    this.at = at + length;
  }

  /** Reserves space for {@link Body.again} with `length` bytes, and for `further` bytes and a number. */
  reserveAgain(length: number, further: number): void {
    this.reserve(further + (length > LONG_BYTES ? 0 : length));
  }

  /** Appends `length` bytes of this body again; `source` is the chunk that was last when they were written. */
  again(source: DataView<ArrayBuffer>, from: number, length: number): void {
    if (length > LONG_BYTES) return this.#share(source, from, length);
    const { view, at } = this;
    const distance = from - at;
    for (let to = at; to < at + length; to += 4)
      view.setInt32(to, source.getInt32(to + distance, IS_LITTLE_ENDIAN), IS_LITTLE_ENDIAN);
    this.at = at + length;
  }

  put(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  number(value: number): void {
    oneCell[0] = value;
    this.cell(oneCell, 0);
  }

  /** Appends the number in a cell. Prometheus writes a sign before infinity. */
  cell(cells: Float64Array, cell: number): void {
    if (cells[cell] === Infinity) this.byte(PLUS);
    this.at = writeCell(this.bytes, this.view, this.at, cells, cell);
  }

  /** Appends milliseconds as seconds, with three decimals. */
  seconds(millis: number): void {
    const whole = Math.floor(millis / 1e3);
    const rest = Math.trunc(millis - whole * 1e3);
    this.number(whole);
    if (rest === 0) return;
    this.byte(POINT);
    this.bytes[this.at] = ZERO + ((rest / 100) | 0);
    this.bytes[this.at + 1] = ZERO + (((rest / 10) | 0) % 10);
    this.bytes[this.at + 2] = ZERO + (rest % 10);
    this.at += rest % 10 !== 0 ? 3 : rest % 100 !== 0 ? 2 : 1;
  }

  /**
   * Appends a text of ASCII letters and digits, to reserved space. For any other text, returns false and appends nothing.
   */
  plain(text: string): boolean {
    const { bytes, at } = this;
    let other = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      other |= OTHER[code & 127]! | (code >>> 7);
      bytes[at + i] = code;
    }
    if (other !== 0) return false;
    this.at = at + text.length;
    return true;
  }

  /** Appends a text as UTF-8; reserves space for it and a number. */
  text(text: string): void {
    this.reserve(3 * text.length);
    if (text.length <= LATIN_TEXT_LENGTH && this.#ascii(text)) return;
    this.at += this.bytes.write(text, this.at);
  }

  endLine(): void {
    this.byte(LINE_FEED);
  }

  mark(): Mark {
    return { chunks: this.#chunks.length, at: this.at };
  }

  rewind({ chunks, at }: Mark): void {
    if (this.#chunks.length > chunks) {
      this.#pool.give(this.#chunks.splice(chunks));
      for (const used of this.#used.splice(chunks - 1)) this.#usedBefore -= used;
      this.#use(this.#chunks.at(-1)!);
    }
    this.at = at;
  }

  /** Ends the body; nothing may be written to it afterwards. */
  finish(): ScrapeBody {
    const used = [...this.#used, this.at];
    const chunks = this.#chunks.map(({ bytes }, i) => bytes.subarray(0, used[i]));
    const byteLength = this.length;
    let isReleased = false;
    const release = (): void => {
      if (!isReleased) this.release();
      isReleased = true;
    };
    return { chunks, byteLength, release };
  }

  release(): void {
    this.#pool.give(this.#chunks);
    this.#pool.keep(this.#chunks.length);
  }

  // Lists the same memory again instead of copying: a histogram may have a hundred lines, each with a million labels.
  #share({ buffer, byteOffset }: DataView<ArrayBuffer>, from: number, length: number): void {
    const bytes = Buffer.from(buffer, byteOffset + from, length);
    this.#used.push(this.at);
    this.#chunks.push({ bytes, view: this.view });
    this.#usedBefore += this.at;
    this.at = length;
    this.#nextChunk(0);
  }

  #makeRoom(length: number): void {
    if (this.#room < this.bytes.length) {
      this.#room = Math.min(ROOM_GROWTH * this.#room, this.bytes.length);
      this.reserve(length);
    } else this.#nextChunk(length);
  }

  #nextChunk(length: number): void {
    const chunk = this.#pool.take(length + ROOM_BYTES);
    this.#used.push(this.at);
    this.#usedBefore += this.at;
    this.#chunks.push(chunk);
    this.#use(chunk);
    this.at = 0;
  }

  #use({ bytes, view }: Chunk): void {
    this.bytes = bytes;
    this.view = view;
    this.#room = bytes.length;
  }

  #ascii(text: string): boolean {
    const { bytes, at } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return false;
      bytes[at + i] = code;
    }
    this.at = at + text.length;
    return true;
  }
}
