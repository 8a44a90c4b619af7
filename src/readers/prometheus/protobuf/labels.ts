// Labels and their like as messages of `io.prometheus.client`.
import { ByteWriter } from "../../bytes/byte-writer.ts";
import type { FamilyHead, Label } from "../../series/family.ts";

const FIRST_BYTES = 256;

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

/** A `LabelPair` as far as its value, which must be `length` bytes, fewer than 100. */
export function labelStart(name: string, length: number): Uint8Array {
  const whole = protobufLabels([{ name, value: "0".repeat(length) }]);
  return whole.subarray(0, whole.length - length);
}

const TYPES = { counter: 0, gauge: 1, info: 1, untyped: 3, histogram: 4 } as const;

/** What a `MetricFamily` says of all its series: name, help, type and unit. */
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
  // Prometheus refuses all of a scrape where one name does not end in its unit.
  const bare = kind === "counter" ? name.replace(/_total$/, "") : name;
  if (unit !== "" && bare.endsWith(`_${unit}`)) {
    writer.byte(0x2a);
    writer.text(unit);
  }
  return writer.take();
}
