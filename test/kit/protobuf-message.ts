import protobuf from "protobufjs";

/**
 * A protobuf message, read by field numbers, without a schema.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class Message {
  // Varints and fixed-width fields as their bits, length-delimited ones as bytes.
  readonly #numbers = new Map<number, bigint[]>();
  readonly #bytes = new Map<number, Uint8Array[]>();

  /** Throws a RangeError if the bytes end early, and an Error at an unused wire type. */
  constructor(bytes: Uint8Array) {
    const reader = protobuf.Reader.create(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const field = tag >>> 3;
      switch (tag & 7) {
        case 0:
          append(this.#numbers, field, varint(reader));
          break;
        case 1:
          append(this.#numbers, field, fixed64(reader));
          break;
        case 2:
          append(this.#bytes, field, reader.bytes());
          break;
        case 5:
          append(this.#numbers, field, BigInt(reader.fixed32()));
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

  /** The one message of a field; an empty message if it was not written. */
  message(field: number): Message {
    return this.messages(field).at(-1) ?? new Message(new Uint8Array());
  }

  /** Every string of a repeated field. */
  strings(field: number): string[] {
    const utf8 = new TextDecoder("utf-8", { fatal: true });
    return (this.#bytes.get(field) ?? []).map((bytes) => utf8.decode(bytes));
  }

  /** A string, empty if it was not written. */
  string(field: number): string {
    const bytes = this.#bytes.get(field)?.at(-1) ?? new Uint8Array();
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
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
    return signedFromZigzag(this.bits(field));
  }

  /** A double, undefined if it was not written. */
  double(field: number): number | undefined {
    return this.has(field) ? doubleFromBits(this.bits(field)) : undefined;
  }

  /** A repeated double, packed or not. */
  doubles(field: number): number[] {
    return this.#repeated(field, fixed64).map(doubleFromBits);
  }

  /** A repeated fixed64, packed or not. */
  fixed64s(field: number): number[] {
    return this.#repeated(field, fixed64).map(Number);
  }

  /** A repeated uint64, packed or not. */
  varints(field: number): number[] {
    return this.#repeated(field, varint).map(Number);
  }

  /** A repeated sint32 or sint64, packed or not. */
  zigzags(field: number): number[] {
    return this.#repeated(field, varint).map(signedFromZigzag);
  }

  #repeated(field: number, next: (reader: protobuf.Reader) => bigint): bigint[] {
    const packed: bigint[] = [];
    for (const bytes of this.#bytes.get(field) ?? []) {
      const reader = protobuf.Reader.create(bytes);
      while (reader.pos < reader.len) packed.push(next(reader));
    }
    return [...packed, ...(this.#numbers.get(field) ?? [])];
  }
}

function varint(reader: protobuf.Reader): bigint {
  const { high, low } = reader.uint64();
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function fixed64(reader: protobuf.Reader): bigint {
  const low = BigInt(reader.fixed32());
  return (BigInt(reader.fixed32()) << 32n) | low;
}

function append<T>(fields: Map<number, T[]>, field: number, value: T): void {
  const values = fields.get(field);
  if (values === undefined) fields.set(field, [value]);
  else values.push(value);
}

function signedFromZigzag(bits: bigint): number {
  return Number((bits >> 1n) ^ -(bits & 1n));
}

function doubleFromBits(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}
