import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteReader, readColumn, writeColumn } from "../../../src/io/bytes/number-column.ts";
import { ByteWriter } from "../../../src/io/bytes/writer.ts";
import { runs } from "../../kit/test-length.ts";

function encoded(values: readonly number[]): Uint8Array {
  const writer = new ByteWriter(16);
  writeColumn(writer, Float64Array.from(values));
  return writer.take();
}

function decoded(bytes: Uint8Array, count: number): number[] {
  const values = new Float64Array(count);
  const reader = new ByteReader(bytes);
  readColumn(reader, values, count);
  expect(reader.at).toBe(bytes.length);
  return [...values];
}

// Typical numbers of metrics (counts, measurements, random walks) and arbitrary doubles.
const anything = fc.oneof(fc.double(), fc.constantFrom(-0, NaN, Infinity, -Infinity, 2 ** 53, 5e-324));
const integers = fc.oneof(fc.nat(100), fc.maxSafeInteger(), fc.integer());
const decimals = fc.tuple(fc.integer(), fc.nat(7)).map(([integer, places]) => integer / 10 ** places);
// Large numbers beside those with many places.
const mixed = fc.tuple(fc.maxSafeInteger(), fc.nat(7)).map(([integer, places]) => integer / 10 ** places);
const columns = fc.oneof(
  fc.array(mixed, { minLength: 1 }),
  fc.array(anything, { minLength: 1 }),
  fc.array(integers, { minLength: 1 }),
  fc.array(decimals, { minLength: 1 }),
  fc.array(fc.nat(1_000), { minLength: 1 }).map((steps) => running(steps)),
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1 }).map((steps) => running(steps)),
  fc
    .tuple(anything, fc.integer({ min: 1, max: 50 }))
    .map(([value, count]) => Array.from({ length: count }, () => value)),
);

function running(steps: readonly number[]): number[] {
  let sum = 0;
  return steps.map((step) => (sum += step));
}

test("a column is read exactly as it was written", () => {
  fc.assert(
    fc.property(columns, (values) => {
      expect(decoded(encoded(values), values.length)).toEqual(values);
    }),
    { numRuns: runs(2_000) },
  );
});

test.each([
  [5e9, 0.000_001],
  [5e12, 0.125],
  [6e13, 0.25],
  [2 ** 51, 0.1, 3],
])("a large number and a later one with more places are read exactly: %d, %d", (...values) => {
  expect(decoded(encoded(values), values.length)).toEqual(values);
});

test("columns of a matrix are read with a stride", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(integers, anything), { minLength: 1 }), (rows) => {
      const reader = new ByteReader(
        Uint8Array.from([...encoded(rows.map(([left]) => left)), ...encoded(rows.map(([, right]) => right))]),
      );
      const cells = new Float64Array(2 * rows.length);
      readColumn(reader, cells, rows.length, 0, 2);
      readColumn(reader, cells, rows.length, 1, 2);
      expect([...cells]).toEqual(rows.flat());
    }),
  );
});

test.for([
  ["nothing changes", Array.from({ length: 60 }, () => 0.1), 9],
  ["a counter rises evenly", Array.from({ length: 60 }, (_, i) => 1e9 + 17 * i), 8],
  ["a counter rises by 0 to 3", Array.from({ length: 60 }, (_, i) => 2 * i + (i % 2)), 20],
  ["hundredths", Array.from({ length: 60 }, (_, i) => (4_711 + ((i * 37) % 50)) / 100), 60],
] as const)("%s are compact", ([, values, most]) => {
  expect(encoded(values).length).toBeLessThanOrEqual(most);
  expect(decoded(encoded(values), values.length)).toEqual(values);
});
