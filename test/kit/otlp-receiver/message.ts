/**
 * A protobuf message, read by field numbers alone: enough of the wire format for the tests' receiver.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class Message {
  // Varints and fixed-width fields as their bits, length-delimited ones as bytes.
  readonly #numbers = new Map<number, bigint[]>();
  readonly #bytes = new Map<number, Uint8Array[]>();

  /** Throws a RangeError where the bytes end early and an Error at a wire type that no message of today has. */
  constructor(bytes: Uint8Array) {
    const input = new Input(bytes);
    while (!input.atEnd) {
      const tag = Number(input.varint());
      const field = tag >>> 3;
      switch (tag & 7) {
        case 0:
          append(this.#numbers, field, input.varint());
          break;
        case 1:
          append(this.#numbers, field, input.fixed64());
          break;
        case 2:
          append(this.#bytes, field, input.take(Number(input.varint())));
          break;
        case 5:
          append(this.#numbers, field, input.fixed32());
          break;
        default:
          throw new Error(`field ${field}: wire type ${tag & 7} is not one of 0, 1, 2 and 5`);
      }
    }
  }

  /** Whether the field was written. */
  has(field: number): boolean {
    return this.#numbers.has(field) || this.#bytes.has(field);
  }

  /** Every message of a repeated field. */
  messages(field: number): Message[] {
    return (this.#bytes.get(field) ?? []).map((bytes) => new Message(bytes));
  }

  /** The one message of a field; an empty message where it was not written. */
  message(field: number): Message {
    return this.messages(field).at(-1) ?? new Message(new Uint8Array());
  }

  /** A string, empty where it was not written. */
  string(field: number): string {
    return new TextDecoder("utf-8", { fatal: true }).decode(this.bytes(field));
  }

  /** Bytes, none where the field was not written. */
  bytes(field: number): Uint8Array {
    return this.#bytes.get(field)?.at(-1) ?? new Uint8Array();
  }

  /** The bits of a varint or a fixed-width field: also the value of an unsigned one. */
  bits(field: number): bigint {
    return this.#numbers.get(field)?.at(-1) ?? 0n;
  }

  /** An int64, sfixed64 or bool (0 or 1). */
  signed(field: number): number {
    return Number(BigInt.asIntN(64, this.bits(field)));
  }

  /** A sint32 or sint64, zigzag-encoded. */
  zigzag(field: number): number {
    const bits = this.bits(field);
    return Number((bits >> 1n) ^ -(bits & 1n));
  }

  /** A double, undefined where it was not written. */
  double(field: number): number | undefined {
    return this.has(field) ? doubleFromBits(this.bits(field)) : undefined;
  }

  /** A repeated double, packed or not. */
  doubles(field: number): number[] {
    return this.#repeated(field, (input) => input.fixed64()).map(doubleFromBits);
  }

  /** A repeated fixed64, packed or not. */
  fixed64s(field: number): number[] {
    return this.#repeated(field, (input) => input.fixed64()).map(Number);
  }

  /** A repeated uint64, packed or not. */
  varints(field: number): number[] {
    return this.#repeated(field, (input) => input.varint()).map(Number);
  }

  /** A repeated sint32 or sint64, packed or not. */
  zigzags(field: number): number[] {
    return this.#repeated(field, (input) => input.varint()).map((bits) =>
      Number((bits >> 1n) ^ -(bits & 1n)),
    );
  }

  #repeated(field: number, next: (input: Input) => bigint): bigint[] {
    const packed: bigint[] = [];
    for (const bytes of this.#bytes.get(field) ?? []) {
      const input = new Input(bytes);
      while (!input.atEnd) packed.push(next(input));
    }
    return [...packed, ...(this.#numbers.get(field) ?? [])];
  }
}

class Input {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#position === this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#view.getUint8(this.#position++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError("a varint is longer than 10 bytes");
  }

  fixed64(): bigint {
    const value = this.#view.getBigUint64(this.#position, true);
    this.#position += 8;
    return value;
  }

  fixed32(): bigint {
    const value = this.#view.getUint32(this.#position, true);
    this.#position += 4;
    return BigInt(value);
  }

  take(length: number): Uint8Array {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new RangeError(`a field of ${length} bytes exceeds its message`);
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }
}

function append<T>(fields: Map<number, T[]>, field: number, value: T): void {
  const values = fields.get(field);
  if (values === undefined) fields.set(field, [value]);
  else values.push(value);
}

function doubleFromBits(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}
