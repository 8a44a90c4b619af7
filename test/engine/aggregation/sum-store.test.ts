import fc from "fast-check";
import { expect, test } from "vitest";
import { sharedStore } from "./shared-store.ts";
import { Interner } from "../../../src/engine/series/interner.ts";
import type { StoreOptions } from "../../../src/engine/aggregation/store.ts";
import { SumStore } from "../../../src/engine/aggregation/sum-store.ts";

function storeOf(options: Partial<StoreOptions> = {}): SumStore {
  return new SumStore({ interner: new Interner(), limit: 2000, ...options });
}

test("each series adds up its measurements, with and without handles", () => {
  const store = storeOf();
  const handle = store.bind({ a: 1 });
  for (const value of [1, 2.5, -4]) {
    expect(store.record(value, { a: 1 })).toBe(handle.row);
    handle.record(value);
    store.record(10 * value, { a: 2 });
  }
  expect([store.valueOf(handle.row), store.valueOf(store.series.rowOf({ a: 2 }))]).toEqual([-1, -5]);
});

test("a series is recorded after any measurement, also of 0 and -0", () => {
  const store = storeOf();
  for (const [i, value] of [0, -0, 1, -1].entries()) {
    const { row } = store.bind({ i, by: "handle" });
    expect(store.isRecorded(row)).toBe(false);
    store.bind({ i, by: "handle" }).record(value);
    expect(store.isRecorded(row)).toBe(true);
    expect(store.isRecorded(store.record(value, { i }))).toBe(true);
  }
});

test("sums that return to 0 are still recorded", () => {
  const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(values, (given) => {
      const store = storeOf();
      for (const value of given) {
        store.record(value, {});
        store.record(-value, {});
        expect(store.isRecorded(store.series.rowOf({}))).toBe(true);
      }
    }),
  );
});

test("an emptied series begins anew", () => {
  const store = storeOf();
  const row = store.record(5, {});
  store.empty(row);
  expect(store.isRecorded(row)).toBe(false);
  store.record(2, {});
  expect(store.valueOf(row)).toBe(2);
});

test("in overflow everything is added to one series, also through handles", () => {
  const store = storeOf({ limit: 1 });
  store.record(1, { user: 0 });
  const handle = store.bind({ user: 1 });
  handle.record(1);
  for (let user = 2; user < 100; user++) store.record(1, { user });
  expect([handle.row, store.valueOf(0), store.valueOf(1)]).toEqual([0, 99, 1]);
});

test("a handle keeps its cell while series come and go, and its row until it is released", () => {
  const store = storeOf({ limit: 10_000 });
  const handle = store.bind({ kept: true });
  for (let i = 0; i < 5000; i++) store.record(1, { i });
  handle.record(3);
  for (let row = 1; row < store.series.rowCount; row++) if (store.series.free(row)) store.empty(row);
  expect([store.series.size, store.valueOf(handle.row)]).toEqual([1, 3]);
  handle.release();
  handle.release();
  expect(store.series.free(handle.row)).toBe(true);
});

test("cells can be in memory that threads share", () => {
  const store = storeOf({ shared: sharedStore() });
  store.record(1, {});
  expect(store.pages.pages.every(({ buffer }) => buffer instanceof SharedArrayBuffer)).toBe(true);
});
