/**
 * Writes protobuf messages into a buffer that grows and is reused.
 *
 * Numbers are JavaScript numbers, so 64-bit integers are exact up to 2^53. Only growing allocates.
 *
 * Writing a number does not check for room, which would take a fifth of the time (`bench`: collection to bytes). All
 * other writes leave room for {@link ROOM} bytes of numbers, and {@link ByteWriter.reserve} makes room for more.
 * Numbers beyond it throw a RangeError.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */

const TWO_TO_32 = 2 ** 32;
const MAX_VARINT = 10;
// Up to this length, a loop is faster than `set` (`bench`: collection to bytes).
const LONGEST_LOOP = 48;

/** Room in bytes for numbers after any other write. A varint counts as 10. */
export const ROOM = 64;

export class ByteWriter {
  #bytes: Buffer;
  #view: DataView;
  #length = 0;

  /** @param capacity initial capacity in bytes. */
  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity + ROOM);
    this.#view = viewOf(this.#bytes);
  }

  get length(): number {
    return this.#length;
  }

  get capacity(): number {
    return this.#bytes.length;
  }

  /** The buffer, whose first `length` bytes are written. Growing replaces it, and keeps the bytes behind them. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /**
   * Returns the written bytes, which the caller may keep, and resets the writer. If most of the buffer is used, it is
   * returned without a copy, and replaced by a new one of about that size.
   */
  take(): Uint8Array {
    const length = this.#length;
    const isFull = 2 * length > this.#bytes.length;
    const written = this.#bytes.subarray(0, length);
    const taken = isFull ? written : new Uint8Array(written);
    if (isFull) this.#replace(Buffer.allocUnsafeSlow(length + (length >>> 3) + ROOM));
    this.#length = 0;
    return taken;
  }

  truncate(length: number): void {
    this.#length = length;
  }

  /** Makes room for `size` bytes, and for {@link ROOM} after them. */
  reserve(size: number): void {
    const needed = this.#length + size + ROOM;
    if (needed > this.#bytes.length) this.#grow(needed);
  }

  /** One byte: the tag of a field below 16, a bool, a small enumeration. */
  byte(value: number): void {
    this.#view.setUint8(this.#length++, value);
  }

  /** An unsigned varint: an integer below 2^64. */
  varint(value: number): void {
    let rest = value;
    // Bit operations use the lower 32 bits; division by powers of two is exact.
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) this.byte((rest & 0x7f) | 0x80);
    for (; rest > 0x7f; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  /** An int64 as a varint: ten bytes if it is negative. */
  signedVarint(value: number): void {
    if (value >= 0) {
      this.varint(value);
      return;
    }
    let low = value >>> 0;
    let high = Math.floor(value / TWO_TO_32) >>> 0;
    for (let i = 0; i < 9; i++) {
      this.byte((low & 0x7f) | 0x80);
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.byte(low);
  }

  zigzag(value: number): void {
    this.varint(zigzagOf(value));
  }

  double(value: number): void {
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** A fixed64 or sfixed64: an integer from -2^63 to below 2^64. */
  fixed64(value: number): void {
    this.words(value >>> 0, Math.floor(value / TWO_TO_32) >>> 0);
  }

  /** A fixed64 by its lower and its higher 32 bits. */
  words(low: number, high: number): void {
    this.#view.setUint32(this.#length, low, true);
    this.#view.setUint32(this.#length + 4, high, true);
    this.#length += 8;
  }

  /**
   * A tag and a fixed64, by its lower and its higher 32 bits. V8 allocates for an argument above 31 bits, but not for an
   * element (`bench`: garbage of a collection to OTLP).
   */
  taggedWord(tag: number, words: Uint32Array): void {
    const view = this.#view;
    const at = this.#length;
    view.setUint8(at, tag);
    view.setUint32(at + 1, words[0]!, true);
    view.setUint32(at + 5, words[1]!, true);
    this.#length = at + 9;
  }

  /**
   * A packed field of `count` fixed64 from `cells`, starting at `from`. Writes the tag and the size, and makes room.
   */
  packedFixed64(tag: number, cells: Float64Array, from: number, count: number): void {
    const view = this.#packed(tag, count);
    for (let i = 0, at = this.#length; i < count; i++, at += 8) {
      const value = cells[from + i]!;
      view.setUint32(at, value >>> 0, true);
      view.setUint32(at + 4, Math.floor(value / TWO_TO_32) >>> 0, true);
    }
    this.#length += 8 * count;
  }

  /** A packed field of doubles. Writes the tag and the size, and makes room. */
  packedDoubles(tag: number, values: readonly number[]): void {
    const view = this.#packed(tag, values.length);
    for (let i = 0, at = this.#length; i < values.length; i++, at += 8) view.setFloat64(at, values[i]!, true);
    this.#length += 8 * values.length;
  }

  /** A string as UTF-8, after its length in bytes. Lone surrogates become U+FFFD. */
  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.reserve(MAX_VARINT + size);
    this.varint(size);
    this.#bytes.write(value, this.#length, "utf8");
    this.#length += size;
  }

  /** Writes `size * 2` hexadecimal digits as bytes. Returns false, and writes nothing, if `digits` has another form. */
  hex(digits: string, size: number): boolean {
    this.reserve(size);
    if (digits.length !== 2 * size || this.#bytes.write(digits, this.#length, "hex") !== size) return false;
    this.#length += size;
    return true;
  }

  /** Copies bytes `from` (inclusive) to `to` (exclusive) of another buffer. */
  copy(source: Uint8Array, from: number, to: number): void {
    const size = to - from;
    this.reserve(size);
    const bytes = this.#bytes;
    if (size === source.length) bytes.set(source, this.#length);
    else if (size > LONGEST_LOOP) bytes.set(source.subarray(from, to), this.#length);
    else for (let i = 0, at = this.#length; i < size; i++) bytes[at + i] = source[from + i]!;
    this.#length += size;
  }

  /**
   * Writes `size` bytes from `words`, starting at word `at`, the lowest byte of a word first; `tag` replaces the first
   * byte. Four bytes at a time take half the time of single bytes (`bench`: collection to bytes).
   */
  taggedWords(tag: number, words: Uint32Array, at: number, size: number): void {
    // The last word may extend beyond `size`.
    this.reserve(size + 3);
    const view = this.#view;
    const begun = this.#length;
    for (let i = 0; i < size; i += 4) view.setUint32(begun + i, words[at + (i >>> 2)]!, true);
    view.setUint8(begun, tag);
    this.#length = begun + size;
  }

  /**
   * Begins a message of unknown length. Returns its start, for {@link end}.
   *
   * @param lengthBytes number of bytes reserved for the length.
   */
  begin(lengthBytes = 1): number {
    this.reserve(lengthBytes);
    this.#length += lengthBytes;
    return this.#length;
  }

  /**
   * Ends the message: writes its length into all of the reserved bytes. If they are too few, the message is moved.
   */
  end(begun: number, lengthBytes = 1): void {
    const size = this.#length - begun;
    const missing = varintSize(size) - lengthBytes;
    if (missing > 0) {
      this.reserve(missing);
      this.#bytes.copyWithin(begun + missing, begun, this.#length);
      this.#length += missing;
    }
    const last = begun + Math.max(0, missing) - 1;
    let rest = size;
    for (let at = begun - lengthBytes; at < last; at++) {
      this.#bytes[at] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[last] = rest;
  }

  #packed(tag: number, count: number): DataView {
    this.reserve(1 + MAX_VARINT + 8 * count);
    this.byte(tag);
    this.varint(8 * count);
    return this.#view;
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(needed + (needed >>> 1));
    // All bytes: those behind `length` may belong to a copy whose fields are being replaced.
    grown.set(this.#bytes);
    this.#replace(grown);
  }

  #replace(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }
}

export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  let size = 2;
  for (let rest = value / 0x4000; rest >= 1; rest /= 0x80) size++;
  return size;
}

/** Encodes a sint32 as an unsigned varint. */
export function zigzagOf(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
