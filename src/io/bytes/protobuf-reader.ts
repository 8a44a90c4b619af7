/** Reads protobuf messages, field by field. */

/** Thrown for bytes that are not a complete protobuf message of the expected type. */
export class ProtobufError extends Error {
  override readonly name = "ProtobufError";
  readonly code = "TACHYMETER_PROTOBUF";
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
const TWO_TO_32 = 2 ** 32;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads one message. Its fields come in the order in which they were written; fields that are not read are skipped. All
 * methods throw a {@link ProtobufError} if the message ends early or a field has another wire type.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #field = 0;
  #kind = VARINT;
  #isRead = true;
  // The two halves of the last 64-bit value.
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Moves to the next field; returns false at the end. */
  next(): boolean {
    if (!this.#isRead) this.#skip();
    if (this.#at === this.#bytes.length) return false;
    this.#readVarint();
    this.#field = this.#low >>> 3;
    this.#kind = this.#low & 7;
    this.#isRead = false;
    return true;
  }

  /** The number of the current field. */
  get field(): number {
    return this.#field;
  }

  text(): string {
    const bytes = this.bytes();
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      throw new ProtobufError(`field ${this.#field}: invalid UTF-8`, { cause });
    }
  }

  message(): ProtobufReader {
    return new ProtobufReader(this.bytes());
  }

  /** A view of bytes, which share the message's memory. */
  bytes(): Uint8Array {
    this.#expect(LENGTH);
    this.#readVarint();
    const size = this.#unsigned();
    return this.#bytes.subarray(this.#at, this.#advance(size));
  }

  double(): number {
    this.#expect(FIXED64);
    return this.#view.getFloat64(this.#advance(8) - 8, true);
  }

  /** A uint64, uint32, bool or enumeration; inexact above 2^53. */
  varint(): number {
    this.#expect(VARINT);
    this.#readVarint();
    return this.#unsigned();
  }

  /** An int64 or int32. */
  signedVarint(): number {
    this.#expect(VARINT);
    this.#readVarint();
    return this.#signed();
  }

  /** A sint32. */
  zigzag(): number {
    this.#expect(VARINT);
    this.#readVarint();
    return (this.#low >>> 1) ^ -(this.#low & 1);
  }

  fixed64(): number {
    this.#expect(FIXED64);
    this.#readFixed64();
    return this.#unsigned();
  }

  signedFixed64(): number {
    this.#expect(FIXED64);
    this.#readFixed64();
    return this.#signed();
  }

  /** A fixed64, exactly. */
  bits64(): bigint {
    this.#expect(FIXED64);
    return this.#view.getBigUint64(this.#advance(8) - 8, true);
  }

  /** Adds the values of a repeated double to `values`. */
  doubles(values: number[]): void {
    this.#repeated(values, FIXED64, (message) => message.double());
  }

  fixed64s(values: number[]): void {
    this.#repeated(values, FIXED64, (message) => message.fixed64());
  }

  varints(values: number[]): void {
    this.#repeated(values, VARINT, (message) => message.varint());
  }

  // Reads one value, or many that are packed without tags.
  #repeated(values: number[], kind: number, read: (message: ProtobufReader) => number): void {
    if (this.#kind !== LENGTH) {
      values.push(read(this));
      return;
    }
    const packed = this.message();
    packed.#field = this.#field;
    packed.#kind = kind;
    while (packed.#at < packed.#bytes.length) values.push(read(packed));
  }

  #expect(kind: number): void {
    if (this.#kind !== kind)
      throw new ProtobufError(`field ${this.#field}: wire type must be ${kind}, got ${this.#kind}`);
    this.#isRead = true;
  }

  #skip(): void {
    switch (this.#kind) {
      case VARINT:
        this.#readVarint();
        break;
      case FIXED64:
        this.#advance(8);
        break;
      case LENGTH:
        this.bytes();
        break;
      case FIXED32:
        this.#advance(4);
        break;
      default:
        throw new ProtobufError(`field ${this.#field}: unknown wire type ${this.#kind}`);
    }
  }

  // Skips `size` bytes; returns the new position.
  #advance(size: number): number {
    const left = this.#bytes.length - this.#at;
    if (size > left)
      throw new ProtobufError(`field ${this.#field}: truncated, ${left} of ${size} bytes follow`);
    this.#at += size;
    return this.#at;
  }

  #readFixed64(): void {
    const at = this.#advance(8) - 8;
    this.#low = this.#view.getUint32(at, true);
    this.#high = this.#view.getUint32(at + 4, true);
  }

  // Groups of 7 bits, the lowest first.
  #readVarint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#advance(1) - 1]!;
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      if (shift === 28) high = bits >>> 4;
      if (shift > 31) high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw new ProtobufError(`field ${this.#field}: a varint has more than 10 bytes`);
  }

  #unsigned(): number {
    return this.#high * TWO_TO_32 + this.#low;
  }

  #signed(): number {
    return (this.#high | 0) * TWO_TO_32 + this.#low;
  }
}
