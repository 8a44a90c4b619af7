/**
 * Compact encoding of successive numbers: a byte for the method, then
 *
 * ```
 * constant   the double
 * packed     first integer, minimum difference, width w; then each difference minus the minimum, in w bits
 * varied     first integer, then each difference
 * exclusive  half a byte per number; then the bytes of each number that differ from the previous one
 * ```
 *
 * Integers and differences are zigzag varints. `packed` and `varied` also encode decimal fractions as integers, after a
 * byte with the number of decimal places.
 */
import type { ByteWriter } from "./writer.ts";

const CONSTANT = 0;
const PACKED = 1;
const VARIED = 2;
const EXCLUSIVE = 3;
// Added to PACKED and VARIED if a number of decimal places precedes the integers.
const DECIMAL = 4;

// Beyond this limit, differences without sign are not exact integers.
const MAX_INTEGER = 2 ** 51;
const MAX_PLACES = 6;
const MAX_WIDTH = 24;
const POWERS_OF_TEN: readonly number[] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** Writes at least one number. Exact, including NaN, infinities and -0. */
export function writeColumn(writer: ByteWriter, values: Float64Array): void {
  const first = values[0]!;
  if (values.every((value) => Object.is(value, first))) {
    writer.reserve(9);
    writer.byte(CONSTANT);
    writer.double(first);
    return;
  }
  const places = decimalPlacesOf(values);
  if (places === undefined) writeExclusive(writer, values);
  else if (places === 0) writeIntegers(writer, values, 0);
  else
    writeIntegers(
      writer,
      values.map((value) => Math.round(value * POWERS_OF_TEN[places]!)),
      places,
    );
}

/** Reads `count` numbers into `values`, starting at `at`, `stride` apart. */
export function readColumn(
  reader: ByteReader,
  values: Float64Array,
  count: number,
  at = 0,
  stride = 1,
): void {
  const kind = reader.byte();
  const end = at + count * stride;
  if (kind === CONSTANT) {
    const value = reader.double();
    for (let i = at; i < end; i += stride) values[i] = value;
    return;
  }
  if (kind === EXCLUSIVE) {
    readExclusive(reader, values, count, at, stride);
    return;
  }
  const places = kind >= DECIMAL ? reader.byte() : 0;
  if ((kind & ~DECIMAL) === PACKED) readPacked(reader, values, end, at, stride);
  else readVaried(reader, values, end, at, stride);
  if (places === 0) return;
  const power = POWERS_OF_TEN[places]!;
  // Exact: the quotient of two exact numbers is the double nearest to the fraction, which was written.
  for (let i = at; i < end; i += stride) values[i] = values[i]! / power;
}

// `undefined` if a number is not a short decimal fraction.
function decimalPlacesOf(values: Float64Array): number | undefined {
  let places = 0;
  let largest = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (!(size <= MAX_INTEGER) || Object.is(value, -0)) return undefined;
    if (size > largest) largest = size;
    while (!isExact(value, POWERS_OF_TEN[places]!)) if (++places > MAX_PLACES) return undefined;
  }
  // A later number may need more places than an earlier one can have.
  return largest * POWERS_OF_TEN[places]! <= MAX_INTEGER ? places : undefined;
}

function isExact(value: number, power: number): boolean {
  const integer = Math.round(value * power);
  // Excludes -0, which would be read as 0.
  return integer / power === value && Math.abs(integer) <= MAX_INTEGER && !Object.is(integer, -0);
}

function writeIntegers(writer: ByteWriter, integers: Float64Array, places: number): void {
  let least = Infinity;
  let most = -Infinity;
  let variedSize = 0;
  for (let i = 1; i < integers.length; i++) {
    const difference = integers[i]! - integers[i - 1]!;
    if (difference < least) least = difference;
    if (difference > most) most = difference;
    variedSize += Math.abs(difference) < 64 ? 1 : Math.abs(difference) < 8_192 ? 2 : 3;
  }
  const width = most === least ? 0 : Math.floor(Math.log2(most - least)) + 1;
  const isPacked = width <= MAX_WIDTH && (width * (integers.length - 1)) / 8 <= variedSize;
  writer.reserve(32 + 9 * integers.length);
  writer.byte((isPacked ? PACKED : VARIED) + (places > 0 ? DECIMAL : 0));
  if (places > 0) writer.byte(places);
  writer.varint(zigzagged(integers[0]!));
  if (isPacked) {
    writer.varint(zigzagged(least));
    writer.byte(width);
    writePacked(writer, integers, least, width);
  } else for (let i = 1; i < integers.length; i++) writer.varint(zigzagged(integers[i]! - integers[i - 1]!));
}

function writePacked(writer: ByteWriter, integers: Float64Array, least: number, width: number): void {
  if (width === 0) return;
  let bits = 0;
  let held = 0;
  for (let i = 1; i < integers.length; i++) {
    // Less than a byte is pending, so at most 31 bits are used.
    bits |= (integers[i]! - integers[i - 1]! - least) << held;
    held += width;
    for (; held >= 8; held -= 8) {
      writer.byte(bits & 0xff);
      bits >>>= 8;
    }
  }
  if (held > 0) writer.byte(bits);
}

function readPacked(reader: ByteReader, values: Float64Array, end: number, at: number, stride: number): void {
  let value = reader.zigzag();
  const least = reader.zigzag();
  const width = reader.byte();
  // At most 24 bits. A power would take longer than to read the numbers.
  const mask = (1 << width) - 1;
  // Without a view of the bytes, which takes longer than to read some of them.
  let next = reader.skip(Math.ceil((((end - at) / stride - 1) * width) / 8));
  values[at] = value;
  let bits = 0;
  let held = 0;
  for (let i = at + stride; i < end; i += stride) {
    for (; held < width; held += 8) bits |= reader.byteAt(next++) << held;
    value += least + (bits & mask);
    values[i] = value;
    bits >>>= width;
    held -= width;
  }
}

function readVaried(reader: ByteReader, values: Float64Array, end: number, at: number, stride: number): void {
  let value = 0;
  for (let i = at; i < end; i += stride) values[i] = value += reader.zigzag();
}

// Values of a half byte: 0 to 8 is the number of differing low bytes; from 9 on, minus 8, that of differing high bytes.
const UPPER = 8;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

function writeExclusive(writer: ByteWriter, values: Float64Array): void {
  const halves = new Uint8Array((values.length + 1) >> 1);
  const start = writer.length;
  writer.reserve(1 + halves.length + 9 * values.length);
  writer.byte(EXCLUSIVE);
  writer.copy(halves, 0, halves.length);
  writer.reserve(9 * values.length);
  let low = 0;
  let high = 0;
  for (let i = 0; i < values.length; i++) {
    double[0] = values[i]!;
    const half = writeDifference(writer, words[0]! ^ low, words[1]! ^ high);
    halves[i >> 1]! |= half << (4 * (i & 1));
    low = words[0]!;
    high = words[1]!;
  }
  writer.bytes.set(halves, start + 1);
}

function writeDifference(writer: ByteWriter, low: number, high: number): number {
  const lowerSize = high === 0 ? bytesIn(low) : 4 + bytesIn(high);
  const upperSize = low === 0 ? 4 - emptyBytesBelow(high) : 8 - emptyBytesBelow(low);
  const isUpper = upperSize < lowerSize && upperSize > 0;
  const from = isUpper ? 8 - upperSize : 0;
  const to = isUpper ? 8 : lowerSize;
  for (let byte = from; byte < to; byte++) {
    writer.byte(((byte < 4 ? low : high) >>> (8 * (byte & 3))) & 0xff);
  }
  return isUpper ? UPPER + upperSize : lowerSize;
}

// Number of used bytes, from the lowest.
function bytesIn(word: number): number {
  return 4 - (Math.clz32(word) >> 3);
}

// Number of lowest bytes that are 0; 4 if all are.
function emptyBytesBelow(word: number): number {
  return word === 0 ? 4 : (31 - Math.clz32(word & -word)) >> 3;
}

function readExclusive(
  reader: ByteReader,
  values: Float64Array,
  count: number,
  at: number,
  stride: number,
): void {
  const halves = reader.take((count + 1) >> 1);
  let low = 0;
  let high = 0;
  for (let i = 0; i < count; i++) {
    const half = (halves[i >> 1]! >> (4 * (i & 1))) & 0xf;
    const from = half > UPPER ? 2 * UPPER - half : 0;
    const to = half > UPPER ? UPPER : half;
    for (let byte = from; byte < to; byte++) {
      if (byte < 4) low ^= reader.byte() << (8 * byte);
      else high ^= reader.byte() << (8 * (byte - 4));
    }
    words[0] = low;
    words[1] = high;
    values[at + i * stride] = double[0]!;
  }
}

/** Reads the output of `ByteWriter`. Throws a RangeError beyond the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;

  get length(): number {
    return this.#bytes.length;
  }

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    return this.#view.getUint8(this.at++);
  }

  /** An unsigned varint below 2^53. */
  varint(): number {
    let byte = this.byte();
    let value = byte & 0x7f;
    for (let factor = 0x80; byte > 0x7f; factor *= 0x80) {
      byte = this.byte();
      value += (byte & 0x7f) * factor;
    }
    return value;
  }

  /** The inverse of {@link zigzagged}. */
  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    this.at += 8;
    return this.#view.getFloat64(this.at - 8, true);
  }

  doubleAt(at: number): number {
    return this.#view.getFloat64(at, true);
  }

  /** Skips bytes. Returns the index of the first. */
  skip(size: number): number {
    if (!(size <= this.#bytes.length - this.at)) throw new RangeError(`fewer than ${size} bytes left`);
    this.at += size;
    return this.at - size;
  }

  byteAt(at: number): number {
    return this.#bytes[at]!;
  }

  /** The bytes from `begin` to `end`. The reader is not moved. */
  part(begin: number, end: number): Uint8Array {
    return this.#bytes.subarray(begin, end);
  }

  take(size: number): Uint8Array {
    const from = this.skip(size);
    return this.#bytes.subarray(from, this.at);
  }
}

/** Maps integers to unsigned ones, small to small: 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4. Exact up to 2^52. */
export function zigzagged(value: number): number {
  return value >= 0 ? 2 * value : -2 * value - 1;
}
