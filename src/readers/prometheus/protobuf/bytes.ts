// Writes protobuf to a body. Writers reserve space first, except for messages.
import type { Body } from "../document/body.ts";
import type { SampleContext } from "../document/format-kit.ts";
import { ByteWriter } from "../../../io/bytes/writer.ts";
import type { FamilyHead, Label } from "../../../translation/family.ts";
import { piecesOf } from "../../../translation/label-steps.ts";

const MAX_VARINT_BYTES = 10;
// Including its length; either number may be any varint.
const MAX_TIMESTAMP_BYTES = 23;
/** Enough for the length of any message. */
export const ANY_LENGTH = 5;

/** Appends an unsigned varint: an integer below 2^64; 0 for other numbers. */
export function writeVarint(body: Body, value: number): void {
  let rest = value > 0 ? value : 0;
  for (let i = 1; rest > 0x7f && i < MAX_VARINT_BYTES; i++) {
    body.byte((rest & 0x7f) | 0x80);
    // Bit operations use the lower 32 bits; quotients by powers of two are exact.
    rest = rest > 0x7fff_ffff ? Math.floor(rest / 0x80) : rest >>> 7;
  }
  body.byte(rest);
}

/** Appends a sint32 or sint64, zigzag-encoded. */
export function writeZigzag(body: Body, value: number): void {
  writeVarint(body, value < 0 ? -2 * value - 1 : 2 * value);
}

/** Appends a double, with fixed width. */
export function writeDouble(body: Body, value: number): void {
  body.view.setFloat64(body.at, value, true);
  body.at += 8;
}

/** Appends a `Timestamp` after its length. */
export function writeTimestamp(body: Body, seconds: number, nanoseconds: number): void {
  const at = body.at++;
  body.byte(0x08);
  writeVarint(body, seconds);
  body.byte(0x10);
  writeVarint(body, nanoseconds);
  body.bytes[at] = body.at - at - 1;
}

/** The start time of series; its bytes are cached, because most series of a metric have the same. */
export class StartTime {
  readonly #bytes = new Uint8Array(MAX_TIMESTAMP_BYTES);
  #length = 0;
  #unixMillis = 0;

  /** Appends it as a `Timestamp` after its length. */
  write(body: Body, { startTimeUnixMillis: unixMillis }: SampleContext): void {
    const { bytes, at } = body;
    if (unixMillis !== this.#unixMillis) {
      const seconds = Math.floor(unixMillis / 1e3);
      writeTimestamp(body, seconds, Math.round((unixMillis - seconds * 1e3) * 1e6));
      this.#bytes.set(bytes.subarray(at, body.at));
      this.#length = body.at - at;
      this.#unixMillis = unixMillis;
      return;
    }
    for (let i = 0; i < this.#length; i++) bytes[at + i] = this.#bytes[i]!;
    body.at = at + this.#length;
  }
}

/** A message whose length is written at its end, into reserved bytes. Only one at a time. */
export class OpenMessage {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #begun = 0;

  /** Begins the message after its tag. @param lengthBytes bytes reserved for the length, including padding. */
  begin(body: Body, lengthBytes: number): void {
    body.reserve(lengthBytes);
    this.#bytes = body.bytes;
    this.#at = body.at;
    this.#end = body.at + lengthBytes;
    body.at = this.#end;
    this.#begun = body.length;
  }

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

const FIRST_BYTES = 256;
const NOTHING = new Uint8Array(0);

/** Encodes labels as fields 1 of a `Metric` or an `Exemplar`: `LabelPair`s. */
export function protobufLabels(labels: readonly Label[]): Uint8Array {
  const writer = new ByteWriter(FIRST_BYTES);
  for (const { name, value } of labels) {
    writer.byte(0x0a);
    const begun = writer.begin();
    writer.byte(0x0a);
    writer.text(name);
    writer.byte(0x12);
    writer.text(String(value));
    writer.end(begun);
  }
  return writer.take();
}

/** Encodes a label with a long value, in pieces; the first ones are empty, because the length comes before the text. */
export function* longLabel({ name, value }: Label): Generator<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const piece of piecesOf(String(value))) {
    const bytes = Buffer.from(piece);
    pieces.push(bytes);
    length += bytes.length;
    yield NOTHING;
  }
  const inner = new ByteWriter(FIRST_BYTES);
  inner.byte(0x0a);
  inner.text(name);
  inner.byte(0x12);
  inner.varint(length);
  const head = new ByteWriter(FIRST_BYTES);
  head.byte(0x0a);
  head.varint(inner.length + length);
  head.copy(inner.bytes, 0, inner.length);
  yield head.take();
  yield* pieces;
}

/** Encodes a `LabelPair` up to its value, which must be `length` bytes, fewer than 100. */
export function labelStart(name: string, length: number): Uint8Array {
  const whole = protobufLabels([{ name, value: "0".repeat(length) }]);
  return whole.subarray(0, whole.length - length);
}

const TYPES = { counter: 0, gauge: 1, info: 1, untyped: 3, histogram: 4 } as const;

/** Encodes the name, help, type and unit of a `MetricFamily`. */
export function familyHead({ name, help, kind, unit }: FamilyHead): Uint8Array {
  const writer = new ByteWriter(FIRST_BYTES);
  writer.byte(0x0a);
  writer.text(name);
  if (help !== undefined) {
    writer.byte(0x12);
    writer.text(help);
  }
  writer.byte(0x18);
  writer.byte(TYPES[kind]);
  // Prometheus refuses a whole scrape if one name does not end in its unit.
  const bare = kind === "counter" ? name.replace(/_total$/, "") : name;
  if (unit !== "" && bare.endsWith(`_${unit}`)) {
    writer.byte(0x2a);
    writer.text(unit);
  }
  return writer.take();
}
