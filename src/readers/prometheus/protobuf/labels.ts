// Labels and heads of families as messages of `io.prometheus.client`.
import { ByteWriter } from "../../../io/bytes/writer.ts";
import type { FamilyHead, Label } from "../../../translation/family.ts";
import { piecesOf } from "../../../translation/label-steps.ts";

const FIRST_BYTES = 256;
const NOTHING = new Uint8Array(0);

/** Labels as fields 1 of a `Metric` or an `Exemplar`: `LabelPair`s. */
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

/** A label with a long value, in pieces; the first ones are empty, since the length comes before the text. */
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

/** A `LabelPair` up to its value, which must be `length` bytes, fewer than 100. */
export function labelStart(name: string, length: number): Uint8Array {
  const whole = protobufLabels([{ name, value: "0".repeat(length) }]);
  return whole.subarray(0, whole.length - length);
}

const TYPES = { counter: 0, gauge: 1, info: 1, untyped: 3, histogram: 4 } as const;

/** The name, help, type and unit of a `MetricFamily`. */
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
