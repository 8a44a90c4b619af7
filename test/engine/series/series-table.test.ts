import type { Attributes } from "@opentelemetry/api";
import { expect, test, vi } from "vitest";
import { Interner } from "../../../src/engine/series/interner.ts";
import { SeriesTable, type SeriesTableOptions } from "../../../src/engine/series/series-table.ts";

function tableOf(options: Partial<SeriesTableOptions> = {}): SeriesTable {
  return new SeriesTable({ interner: new Interner(), limit: 2000, ...options });
}

// Three times: created, then found by the hash, then by the trie.
function rowsOf(table: SeriesTable, given: unknown): Set<number> {
  // Callers of plain JavaScript pass anything.
  const attributes: Attributes = Object(given);
  return new Set(Array.from({ length: 3 }, () => table.rowOf(attributes)));
}

test.each<[string, unknown[]]>([
  [
    "keys in another order",
    [
      { a: 1, b: 2, c: 3 },
      { c: 3, a: 1, b: 2 },
      { b: 2, c: 3, a: 1 },
    ],
  ],
  ["undefined and nothing", [{ a: 1 }, { a: 1, b: undefined }, { b: undefined, a: 1, c: undefined }]],
  ["no attributes", [{}, undefined, { a: undefined }]],
  ["inherited attributes", [{ a: 1 }, Object.assign(Object.create({ b: 2 }), { a: 1 })]],
  ["attributes that are not enumerable", [{ a: 1 }, Object.defineProperty({ a: 1 }, "b", { value: 2 })]],
  ["symbols", [{ a: 1 }, { a: 1, [Symbol("s")]: 2 }]],
  [
    "prototype-less and frozen objects",
    [{ a: 1 }, Object.assign(Object.create(null), { a: 1 }), Object.freeze({ a: 1 })],
  ],
  ["equal lists", [{ a: [1, "x"] }, { a: [1, "x"] }]],
  ["equal objects", [{ a: { x: 1, y: [2] } }, { a: { y: [2], x: 1 } }]],
  ["NaN", [{ a: NaN }, { a: 0 / 0 }]],
  ["0 and -0", [{ a: 0 }, { a: -0 }]],
  ["texts that are made anew", [{ a: "some text" }, { a: Buffer.from("some text").toString() }]],
])("%s make no difference", (_, sets) => {
  const table = tableOf();
  const rows = new Set([...sets, ...sets.toReversed()].flatMap((set) => [...rowsOf(table, set)]));
  expect([...rows]).toEqual([1]);
  expect(table.size).toBe(1);
});

test.each<[string, unknown[]]>([
  ["types", [{ a: "1" }, { a: 1 }, { a: true }, { a: "true" }, { a: [1] }, { a: ["1"] }, { a: { 0: 1 } }]],
  ["a set and a longer one", [{}, { a: 1 }, { a: 1, b: 2 }, { b: 2 }, { a: 1, b: 2, c: 3 }]],
  [
    "separators in texts",
    [{ a: "1,b=2" }, { a: "1", b: "2" }, { "a=1,b": "2" }, { a: '1","b":"2' }, { a: "" }, { "": "a" }],
  ],
  [
    "the keys of Object's prototype",
    [{ ["__proto__"]: "x" }, { constructor: "x" }, { toString: "x" }, { hasOwnProperty: "x" }, {}],
  ],
  [
    "long texts that end differently",
    [{ a: `${"x".repeat(10_000)}a` }, { a: `${"x".repeat(10_000)}b` }, { a: "x".repeat(10_000) }],
  ],
  [
    "the trie's own marks",
    [{ "\u0000none": "a" }, { a: "\u0000none" }, { a: "a" }, { "\u0000none": "\u0000none" }, {}],
  ],
  [
    "numbers of all sizes",
    [0, 1, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 53, 0.5, NaN, Infinity, -Infinity].map((a) => ({ a })),
  ],
])("%s are distinguished", (_, sets) => {
  const table = tableOf();
  const rows = sets.map((set) => [...rowsOf(table, set)]);
  expect(rows).toEqual(sets.map((_set, index) => [index + 1]));
  expect(sets.map((set) => [...rowsOf(table, set)])).toEqual(rows);
  expect(rows.map(([row]) => table.attributesOf(row!))).toEqual(sets);
});

test("an object that its caller changes is read each time", () => {
  const table = tableOf();
  const list = ["x"];
  const attributes: Attributes = { a: 1, list };
  expect(table.rowOf(attributes)).toBe(1);
  attributes["a"] = 2;
  expect(table.rowOf(attributes)).toBe(2);
  list.push("y");
  expect(table.rowOf(attributes)).toBe(3);
  attributes["a"] = 1;
  list.pop();
  expect(table.rowOf(attributes)).toBe(1);
  expect([1, 2, 3].map((row) => table.attributesOf(row))).toEqual([
    { a: 1, list: ["x"] },
    { a: 2, list: ["x"] },
    { a: 2, list: ["x", "y"] },
  ]);
});

test("only an attribute that throws or is invalid is left out, and it is reported", () => {
  const onDroppedAttribute = vi.fn<(key: string) => void>();
  const table = tableOf({ onDroppedAttribute });
  const throwing = {
    a: 1,
    get bad(): never {
      throw new Error("no");
    },
  };
  const inside = { a: 1, list: new Proxy([], { get: () => fail() }) };
  for (const attributes of [
    throwing,
    inside,
    { a: 1, run: () => 1 },
    { big: 1n, a: 1, symbol: Symbol("s") },
  ]) {
    expect([...rowsOf(table, attributes)]).toEqual([1]);
  }
  expect(new Set(onDroppedAttribute.mock.calls.flat())).toEqual(
    new Set(["bad", "list", "run", "big", "symbol"]),
  );
  expect(onDroppedAttribute).toHaveBeenCalledTimes(3 * 5);
});

test("proxies are read like objects, and a set that cannot be read is empty", () => {
  const table = tableOf();
  expect([...rowsOf(table, new Proxy({ a: 1 }, {}))]).toEqual([1]);
  expect([...rowsOf(table, { a: 1 })]).toEqual([1]);
  const revoked = Proxy.revocable({ a: 1 }, {});
  revoked.revoke();
  const unreadable = [revoked.proxy, new Proxy({}, { ownKeys: () => fail() })];
  for (const attributes of unreadable) expect([...rowsOf(table, attributes)]).toEqual([2]);
  expect(table.attributesOf(2)).toEqual({});
});

test("a getter may record on the same instrument", () => {
  const table = tableOf();
  const attributes = {
    a: 1,
    get b(): number {
      return table.rowOf({ inner: "x", other: "y" });
    },
    c: 3,
  };
  for (let i = 0; i < 3; i++) table.rowOf(attributes);
  expect(table.attributesOf(table.rowOf({ inner: "x", other: "y" }))).toEqual({ inner: "x", other: "y" });
  const row = table.rowOf({ a: 1, b: table.rowOf({ inner: "x", other: "y" }), c: 3 });
  expect(table.rowOf(attributes)).toBe(row);
});

test("at the limit, existing sets keep their rows and all others are the overflow series", () => {
  const table = tableOf({ limit: 3 });
  const rows = [1, 2, 3].map((a) => table.rowOf({ a, b: "x" }));
  expect([rows, table.isFull, table.overflowed]).toEqual([[1, 2, 3], true, false]);
  expect([{ a: 4 }, { a: 1 }, { b: "x" }, {}, { c: ["new"] }].map((set) => table.rowOf(set))).toEqual([
    0, 0, 0, 0, 0,
  ]);
  expect(table.overflowed).toBe(true);
  expect(table.attributesOf(0)).toEqual({ "otel.metric.overflow": true });
  expect([3, 2, 1].map((a) => table.rowOf({ b: "x", a }))).toEqual([3, 2, 1]);
  expect([table.size, table.rowCount]).toEqual([3, 4]);
});

test("a table without any room overflows at once", () => {
  const table = tableOf({ limit: 0 });
  expect([...rowsOf(table, { a: 1 })]).toEqual([0]);
  expect([...rowsOf(table, {})]).toEqual([0]);
});

test("the overflow series' own attributes return the overflow series", () => {
  const table = tableOf();
  expect([...rowsOf(table, { "otel.metric.overflow": true })]).toEqual([0]);
  expect([table.overflowed, table.size]).toEqual([true, 0]);
});

test("keys that a view leaves out make no difference, for any values", () => {
  const keep = vi.fn<(key: string) => boolean>((key) => !key.startsWith("x"));
  const table = tableOf({ keep });
  const values = ["a", 1, true, NaN, ["list"], { deep: 1 }, () => 1, Symbol("s"), null, undefined];
  for (const x1 of values) {
    expect([...rowsOf(table, { x1, a: 1, x2: x1 })]).toEqual([1]);
    expect([...rowsOf(table, { a: 1, x2: x1, x3: "more" })]).toEqual([1]);
  }
  for (let i = 0; i < 5000; i++)
    expect(table.rowOf({ a: 1, xUser: `user ${i}`, [`x${i % 1500}`]: i })).toBe(1);
  expect([table.size, table.interner.size]).toEqual([1, 2]);
  expect(table.attributesOf(1)).toEqual({ a: 1 });
  expect(keep.mock.calls.filter(([key]) => key === "a").length).toBe(1);
});

test("a row starts when its set is first seen, the overflow series when it is first needed", () => {
  let now = 1000;
  const table = tableOf({ limit: 1, clock: () => now });
  now = 2000;
  const row = table.rowOf({ a: 1 });
  now = 3000;
  expect([table.rowOf({ a: 1 }), table.rowOf({ a: 2 })]).toEqual([row, 0]);
  now = 4000;
  table.rowOf({ a: 3 });
  expect([table.startTimeOf(row), table.startTimeOf(0)]).toEqual([2000, 3000]);
  table.setStartTime(row, 5000);
  expect(table.startTimeOf(row)).toBe(5000);
  expect(tableOf().startTimeOf(0)).toBe(0);
});

test("the store is notified of each row before it is used, the overflow row first", () => {
  const onNewRow = vi.fn<(row: number) => void>();
  const table = tableOf({ onNewRow });
  for (let i = 0; i < 2; i++) for (const a of [1, 2]) table.rowOf({ a });
  expect(onNewRow.mock.calls).toEqual([[0], [1], [2]]);
});

test("a row's pairs are read without creating its attributes", () => {
  const table = tableOf();
  const row = table.rowOf({ b: "x", a: [1] });
  const ids = Array.from({ length: table.pairCountOf(row) }, (_, index) => table.pairAt(row, index));
  expect(ids.map((id) => [table.interner.keyOf(id), table.interner.valueOf(id)])).toEqual([
    ["b", "x"],
    ["a", [1]],
  ]);
  expect(table.pairCountOf(table.rowOf({}))).toBe(0);
});

test("sets of very many attributes are series too", () => {
  const table = tableOf();
  const entries = Array.from({ length: 5000 }, (_, i): [string, number] => [`key ${i}`, i]);
  expect([...rowsOf(table, Object.fromEntries(entries))]).toEqual([1]);
  expect([...rowsOf(table, Object.fromEntries(entries.toReversed()))]).toEqual([1]);
  expect([...rowsOf(table, Object.fromEntries(entries.slice(1)))]).toEqual([2]);
  expect(Object.keys(table.attributesOf(1)).length).toBe(5000);
});

function fail(): never {
  throw new Error("unreadable");
}
