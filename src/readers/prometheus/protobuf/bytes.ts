// Protobuf in a body. Whoever writes reserves first, messages excepted.
import type { Body } from "../document/body.ts";

// Where the bytes of more numbers come from than there are, a varint ends too.
const MAX_VARINT_BYTES = 10;
/** Enough for the length of any message. */
export const ANY_LENGTH = 5;

/** Appends an unsigned varint: an integer below 2^64. What is none is 0. */
export function writeVarint(body: Body, value: number): void {
  let rest = value > 0 ? value : 0;
  for (let i = 1; rest > 0x7f && i < MAX_VARINT_BYTES; i++) {
    body.byte((rest & 0x7f) | 0x80);
    // Bit operations take the lower 32 bits; quotients by powers of two are exact.
    rest = rest > 0x7fff_ffff ? Math.floor(rest / 0x80) : rest >>> 7;
  }
  body.byte(rest);
}

/** Appends a sint32 or sint64, zigzag-encoded. */
export function writeZigzag(body: Body, value: number): void {
  writeVarint(body, value < 0 ? -2 * value - 1 : 2 * value);
}

/** Appends a double, fixed width. */
export function writeDouble(body: Body, value: number): void {
  body.view.setFloat64(body.at, value, true);
  body.at += 8;
}

/** A message whose length is told once it is written, in the bytes kept for it. One at a time. */
export class OpenMessage {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #begun = 0;

  /** Begins the message, behind its tag. @param lengthBytes enough for its length; what is too many is padding. */
  begin(body: Body, lengthBytes: number): void {
    body.reserve(lengthBytes);
    this.#bytes = body.bytes;
    this.#at = body.at;
    this.#end = body.at + lengthBytes;
    body.at = this.#end;
    this.#begun = body.length;
  }

  /** Ends the message, in whichever chunk that is. */
  end(body: Body): void {
    let rest = body.length - this.#begun;
    const last = this.#end - 1;
    for (let at = this.#at; at < last; at++) {
      this.#bytes[at] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[last] = rest;
  }
}
