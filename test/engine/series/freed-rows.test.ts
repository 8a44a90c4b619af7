import { expect, test } from "vitest";
import { Interner } from "../../../src/engine/series/interner.ts";
import { SeriesTable } from "../../../src/engine/series/series-table.ts";

function tableOf(
  options: { limit?: number; trackActivity?: boolean; clock?: () => number } = {},
): SeriesTable {
  return new SeriesTable({ interner: new Interner(), limit: 2000, ...options });
}

test("a freed row is reused for the next new set, and its old set gets another row", () => {
  const table = tableOf({ limit: 2 });
  for (let i = 0; i < 3; i++) for (const a of [1, 2]) table.rowOf({ a });
  expect(table.free(1)).toBe(true);
  expect([table.isLive(1), table.size, table.rowCount]).toEqual([false, 1, 3]);
  expect(table.rowOf({ a: 3, b: "longer" })).toBe(1);
  expect(table.attributesOf(1)).toEqual({ a: 3, b: "longer" });
  expect([table.rowOf({ a: 1 }), table.rowOf({ a: 2 })]).toEqual([0, 2]);
  table.free(2);
  expect(table.rowOf({ a: 1 })).toBe(2);
});

test("a row is freed once", () => {
  const table = tableOf();
  table.rowOf({ a: 1 });
  expect([table.free(1), table.free(1), table.free(2), table.free(-1)]).toEqual([true, false, false, false]);
  expect([table.rowOf({ a: 2 }), table.rowOf({ a: 3 })]).toEqual([1, 2]);
});

test("a held row is not freed before every hold is released", () => {
  const table = tableOf();
  const row = table.rowOf({ a: 1 });
  table.retain(row);
  table.retain(row);
  table.release(row);
  expect([table.isHeld(row), table.free(row)]).toEqual([true, false]);
  table.release(row);
  expect([table.isHeld(row), table.free(row)]).toEqual([false, true]);
});

test("freeing the overflow row resets the overflow state", () => {
  const table = tableOf({ limit: 0 });
  expect(table.free(0)).toBe(false);
  table.rowOf({ a: 1 });
  expect([table.isLive(0), table.free(0), table.isLive(0)]).toEqual([true, true, false]);
  expect(table.rowOf({ a: 1 })).toBe(0);
  table.retain(0);
  expect([table.overflowed, table.free(0), table.overflowed]).toEqual([true, false, true]);
});

test("pairs that no row has are forgotten", () => {
  const table = tableOf();
  for (let i = 0; i < 100; i++) table.rowOf({ shared: "x", own: i, list: [i] });
  expect(table.interner.size).toBe(1 + 1 + 200);
  for (let row = 1; row <= 99; row++) table.free(row);
  expect(table.interner.size).toBe(1 + 3);
  table.free(100);
  expect(table.interner.size).toBe(1);
});

test("two tables of one provider share pairs, and each releases its own", () => {
  const interner = new Interner();
  const [one, other] = [new SeriesTable({ interner, limit: 10 }), new SeriesTable({ interner, limit: 10 })];
  one.rowOf({ a: 1 });
  other.rowOf({ a: 1 });
  expect(one.pairAt(1, 0)).toBe(other.pairAt(1, 0));
  one.free(1);
  expect(other.attributesOf(1)).toEqual({ a: 1 });
});

test("a full table calls makeRoom, and uses the room", () => {
  let asked = 0;
  const table: SeriesTable = new SeriesTable({
    interner: new Interner(),
    limit: 2,
    makeRoom: () => {
      asked++;
      return table.free(1);
    },
  });
  for (const a of [1, 2]) table.rowOf({ a });
  expect([table.rowOf({ a: 3 }), asked]).toEqual([1, 1]);
  expect(table.attributesOf(1)).toEqual({ a: 3 });
  expect(table.rowOf({ a: 2 })).toBe(2);
});

test("rows that are not used become idle, as of the last collection after a use", () => {
  const table = tableOf({ trackActivity: true });
  const [used, idle, held] = [{ a: 1 }, { a: 2 }, { a: 3 }].map((set) => table.rowOf(set));
  table.retain(held!);
  table.advanceActivity(1000);
  expect([used, idle, held].map((row) => table.isIdle(row!, 999))).toEqual([false, false, false]);
  for (const time of [2000, 3000]) {
    table.rowOf({ a: 1 });
    table.advanceActivity(time);
  }
  expect([used, idle, held].map((row) => table.isIdle(row!, 1000))).toEqual([false, true, false]);
  table.release(held!);
  table.advanceActivity(4000);
  expect([table.isIdle(held!, 3999), table.isIdle(held!, 4000)]).toEqual([false, true]);
});

test("a set that returns counts as used, also in its old row", () => {
  const table = tableOf({ trackActivity: true });
  table.rowOf({ a: 1 });
  table.advanceActivity(1000);
  table.free(1);
  expect(table.rowOf({ a: 2 })).toBe(1);
  table.advanceActivity(5000);
  expect([table.isIdle(1, 4999), table.isIdle(1, 5000)]).toEqual([false, true]);
});

test("without tracking nothing is ever idle", () => {
  const table = tableOf();
  table.rowOf({ a: 1 });
  table.advanceActivity(1000);
  expect(table.isIdle(1, Infinity)).toBe(false);
});

test("a retired row is only that of its own series, so that a walk sees each series once", () => {
  let now = 1;
  const table = tableOf({ clock: () => now });
  const [a, b] = [table.rowOf({ name: "a" }), table.rowOf({ name: "b" })];
  expect(table.retire(a)).toBe(true);
  expect(table.existingRowOf({ name: "a" })).toBe(-1);
  expect(table.size).toBe(1);
  now = 2;
  expect(table.rowOf({ name: "c" })).not.toBe(a);
  expect(table.rowOf({ name: "a" })).toBe(a);
  expect([a, b].map((row) => table.startTimeOf(row))).toEqual([2, 1]);
  expect(table.rowOf({ name: "a" })).toBe(a);
  expect(table.size).toBe(3);
});
