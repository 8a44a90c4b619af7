// Bytes read one after the other, as `ByteWriter` writes them.

/** Bytes, and where in them is read next. Beyond their end it throws a RangeError. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Where the next byte is. */
  at = 0;

  /** The number of bytes. */
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

  /** An integer, as {@link zigzagged} makes it one without a sign. */
  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    this.at += 8;
    return this.#view.getFloat64(this.at - 8, true);
  }

  /** The double at `at`, wherever is read next. */
  doubleAt(at: number): number {
    return this.#view.getFloat64(at, true);
  }

  /** The next `size` bytes, in place. */
  take(size: number): Uint8Array {
    if (!(size <= this.#bytes.length - this.at)) throw new RangeError(`there are no ${size} bytes left`);
    this.at += size;
    return this.#bytes.subarray(this.at - size, this.at);
  }
}

/** Integers without a sign, small ones for small ones: 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4. Exact up to 2^52. */
export function zigzagged(value: number): number {
  return value >= 0 ? 2 * value : -2 * value - 1;
}
