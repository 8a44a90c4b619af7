/**
 * Compression in Snappy's block format: the length of the input as a varint, then literals and copies of earlier bytes.
 *
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 */
import { allSteps } from "../yield.ts";

// Blocks are compressed alone, so that an offset within one fits into 16 bits.
const BLOCK_BYTES = 65_536;
const TABLE_BITS = 14;
const MIN_MATCH = 4;
// The last bytes of a block are literals, since four bytes are read at once.
const MARGIN = 15;
const MAX_COPY = 64;
const LITERAL = 0;
const SHORT_COPY = 1;
const COPY = 2;

/** Compresses in steps, one for each 64 KiB: some tenths of a millisecond. */
export function* snappySteps(input: Uint8Array): Generator<void, Uint8Array> {
  // The most that the format can take: literals alone, with three bytes for each 64 KiB at most.
  const output = new Output(input.length + Math.ceil(input.length / 6) + 32);
  output.varint(input.length);
  const table = new Uint16Array(1 << TABLE_BITS);
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  for (let from = 0; from < input.length; from += BLOCK_BYTES) {
    if (from > 0) table.fill(0);
    compressBlock(input, view, from, Math.min(from + BLOCK_BYTES, input.length), table, output);
    yield;
  }
  return output.bytes.subarray(0, output.length);
}

/** Compresses at once. */
export function snappy(input: Uint8Array): Uint8Array {
  return allSteps(snappySteps(input));
}

function compressBlock(
  input: Uint8Array,
  view: DataView,
  from: number,
  to: number,
  table: Uint16Array,
  output: Output,
): void {
  const last = to - MARGIN;
  let literal = from;
  let at = from + 1;
  // Bytes without matches are skipped faster and faster.
  let misses = 32;
  while (at <= last) {
    const word = view.getUint32(at, true);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - TABLE_BITS);
    const candidate = from + table[slot]!;
    table[slot] = at - from;
    if (candidate >= at || view.getUint32(candidate, true) !== word) {
      at += misses++ >>> 5;
      continue;
    }
    let length = MIN_MATCH;
    while (at + length < to && input[candidate + length] === input[at + length]) length++;
    output.literal(input, literal, at);
    output.copy(at - candidate, length);
    at += length;
    literal = at;
    misses = 32;
  }
  output.literal(input, literal, to);
}

class Output {
  readonly bytes: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.#byte((rest & 0x7f) | 0x80);
    this.#byte(rest);
  }

  literal(input: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (length === 0) return;
    const size = length - 1;
    if (size < 60) this.#byte((size << 2) | LITERAL);
    else if (size < 256) {
      this.#byte((60 << 2) | LITERAL);
      this.#byte(size);
    } else {
      this.#byte((61 << 2) | LITERAL);
      this.#byte(size & 0xff);
      this.#byte(size >>> 8);
    }
    const { bytes, length: at } = this;
    if (length > 32) bytes.set(input.subarray(from, to), at);
    else for (let i = 0; i < length; i++) bytes[at + i] = input[from + i]!;
    this.length = at + length;
  }

  copy(offset: number, length: number): void {
    let rest = length;
    // Each copy has at least four bytes, the shortest that the short form can take.
    for (; rest > MAX_COPY + MIN_MATCH - 1; rest -= MAX_COPY) this.#copy(offset, MAX_COPY);
    if (rest > MAX_COPY) {
      this.#copy(offset, MAX_COPY - MIN_MATCH);
      rest -= MAX_COPY - MIN_MATCH;
    }
    this.#copy(offset, rest);
  }

  #copy(offset: number, length: number): void {
    if (length < 12 && offset < 2_048) {
      this.#byte(((offset >>> 8) << 5) | ((length - MIN_MATCH) << 2) | SHORT_COPY);
      this.#byte(offset & 0xff);
    } else {
      this.#byte(((length - 1) << 2) | COPY);
      this.#byte(offset & 0xff);
      this.#byte(offset >>> 8);
    }
  }

  #byte(value: number): void {
    this.bytes[this.length++] = value;
  }
}
