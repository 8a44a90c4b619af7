import fc from "fast-check";
import { expect, test } from "vitest";
import { Interner, NO_PAIR } from "../../../src/engine/series/interner.ts";

const different = [
  "1",
  1,
  true,
  "true",
  "",
  0,
  false,
  NaN,
  "NaN",
  Infinity,
  1.5,
  2 ** 40,
  [],
  {},
  [1],
  ["1"],
  [true],
  [null],
  [[]],
  [1, 2],
  [2, 1],
  { 0: 1 },
  { a: 1 },
  { a: 1, b: 2 },
  { a: { b: 1 } },
  { a: "{b:1}" },
  { ["__proto__"]: 1 },
  "x".repeat(10_000),
];

test("pairs of different keys or different typed values have different ids", () => {
  const interner = new Interner();
  const ids = ["k", "other"].flatMap((key) => different.map((value) => interner.intern(key, value)));
  expect(new Set(ids).size).toBe(2 * different.length);
  expect(Math.min(...ids)).toBe(1);
  expect(ids.map((id) => interner.valueOf(id))).toEqual([...different, ...different]);
  expect(ids.map((id) => interner.keyOf(id))).toEqual(
    ["k", "other"].flatMap((key) => different.map(() => key)),
  );
});

test("equal pairs have one id", () => {
  const interner = new Interner();
  const equal = [
    [NaN, 0 / 0],
    [0, -0],
    [
      ["a", null],
      ["a", undefined],
    ],
    [[NaN], [NaN]],
    [[0], [-0]],
    [
      { a: 1, b: [2] },
      { b: [2], a: 1 },
    ],
    [{ a: 1, b: undefined }, { a: 1 }],
    [{ a: 1 }, Object.assign(Object.create({ inherited: 1 }), { a: 1 })],
  ];
  for (const [one, other] of equal) expect(interner.intern("k", one)).toBe(interner.intern("k", other));
});

test("an unknown pair is not found, and finding stores nothing", () => {
  const interner = new Interner();
  expect([interner.find("k", "v"), interner.find("k", ["v"])]).toEqual([0, 0]);
  expect(interner.size).toBe(0);
  const id = interner.intern("k", ["v"]);
  expect([interner.find("k", ["v"]), interner.find("l", ["v"]), interner.find("k", "v")]).toEqual([id, 0, 0]);
});

test("arrays and objects are copied and frozen when first seen", () => {
  const interner = new Interner();
  const given = { list: ["a"], deep: { n: 1 } };
  const id = interner.intern("k", given);
  given.list.push("b");
  given.deep.n = 2;
  expect(interner.valueOf(id)).toEqual({ list: ["a"], deep: { n: 1 } });
  expect(interner.find("k", given)).toBe(0);
  const copy: unknown = interner.valueOf(id);
  expect([Object.isFrozen(copy), Object.isFrozen(Reflect.get(Object(copy), "list"))]).toEqual([true, true]);
});

test("a value that is not an attribute value has no pair", () => {
  const interner = new Interner();
  for (const value of [() => 1, Symbol("s"), 1n, undefined]) {
    expect([interner.find("k", value), interner.intern("k", value)]).toEqual([NO_PAIR, NO_PAIR]);
  }
  expect(interner.size).toBe(0);
});

test.each<[string, object]>([
  ["a function", [() => 1]],
  ["a symbol", { a: Symbol("s") }],
  ["a bigint", [1n]],
  ["itself", cycle()],
  [
    "a million parts by few objects",
    Array.from({ length: 20 }).reduce<object>((inside) => [inside, inside], ["leaf"]),
  ],
  ["five million parts", Array.from({ length: 5_000_000 }, () => 1)],
])("content that holds %s is refused", (_, value) => {
  const interner = new Interner();
  expect(() => interner.find("k", value)).toThrow(TypeError);
  expect(() => interner.intern("k", value)).toThrow(TypeError);
  expect(interner.size).toBe(0);
});

test("an id without holds is reused for another pair, and its stamp changes", () => {
  const interner = new Interner();
  const id = interner.intern("k", "v");
  interner.intern("k", "v");
  const stamp = interner.stampOf(id);
  interner.release(id);
  expect([interner.find("k", "v"), interner.stampOf(id)]).toEqual([id, stamp]);
  interner.release(id);
  expect([interner.find("k", "v"), interner.size]).toEqual([0, 0]);
  expect(interner.intern("other", ["w"])).toBe(id);
  expect(interner.stampOf(id)).not.toBe(stamp);
  interner.release(id);
  expect(interner.find("other", ["w"])).toBe(0);
});

test("any order of interning and releasing keeps pairs and ids one to one", () => {
  const values = fc.constantFrom<unknown>("a", "b", 1, [1], [2], { a: 1 });
  const steps = fc.array(fc.tuple(fc.boolean(), fc.constantFrom("k", "l"), values), {
    maxLength: 60,
    size: "max",
  });
  fc.assert(
    fc.property(steps, (given) => {
      const interner = new Interner();
      const held = new Map<string, { id: number; holds: number }>();
      for (const [isIntern, key, value] of given) {
        const name = `${key} ${JSON.stringify(value)}`;
        const pair = held.get(name);
        expect(interner.find(key, value)).toBe(pair?.id ?? 0);
        if (isIntern) held.set(name, { id: interner.intern(key, value), holds: (pair?.holds ?? 0) + 1 });
        else if (pair !== undefined) {
          interner.release(pair.id);
          if (--pair.holds === 0) held.delete(name);
        }
        expect(new Set([...held.values()].map(({ id }) => id)).size).toBe(held.size);
        expect(interner.size).toBe(held.size);
      }
    }),
  );
});

function cycle(): object {
  const list: unknown[] = [];
  list.push(list);
  return list;
}
