import { expect, test } from "vitest";
import { Interner } from "../../../src/engine/series/interner.ts";
import { LastValueStore } from "../../../src/engine/aggregation/last-value-store.ts";

function store(): LastValueStore {
  return new LastValueStore({ interner: new Interner(), limit: 100 });
}

test("the last value of a series is kept, for any number", () => {
  const values = store();
  for (const value of [5, 0, -0, -3, Number.NaN, Infinity, 7]) {
    const row = values.record(value, { a: 1 });
    expect(values.valueOf(row)).toBe(value);
    expect(values.isRecorded(row)).toBe(true);
  }
});

test("a row is recorded until it is emptied, even if its value is 0", () => {
  const values = store();
  const handle = values.bind({ a: 1 });
  expect(values.isRecorded(handle.row)).toBe(false);
  handle.record(0);
  expect(values.isRecorded(handle.row)).toBe(true);
  values.empty(handle.row);
  expect(values.isRecorded(handle.row)).toBe(false);
  handle.record(4);
  expect(values.valueOf(handle.row)).toBe(4);
});

test("series are separate, and handles use the same rows as attributes", () => {
  const values = store();
  const rows = Array.from({ length: 90 }, (_, i) => values.record(i, { i }));
  expect(rows.map((row) => values.valueOf(row))).toEqual(rows.map((_, i) => i));
  const handle = values.bind({ i: 7 });
  handle.record(2);
  expect(handle.row).toBe(rows[7]);
  expect(values.valueOf(rows[7]!)).toBe(2);
  handle.release();
  handle.release();
});
