import type { Attributes } from "@opentelemetry/api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Interner } from "../../../src/engine/series/interner.ts";
import { Trie } from "../../../src/engine/series/trie.ts";
import { runs } from "../../kit/test-length.ts";

class Paths {
  readonly trie = new Trie();
  readonly #interner = new Interner();

  add(row: number, attributes: Attributes): void {
    const path = Object.entries(attributes).map(([key, value]) => this.#interner.intern(key, value));
    this.trie.add(row, Int32Array.from(path), path.length, this.#interner, []);
  }
}

const texts = fc.oneof(
  fc.string(),
  fc.nat(2000).map((i) => `/route/${i}`),
  fc.uuid(),
);
const numbers = fc.oneof(fc.integer(), fc.nat(600), fc.double());
const manySets = fc.uniqueArray(
  fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.oneof(texts, numbers, fc.boolean())),
  { maxLength: 400, size: "max", selector: (set) => Object.entries(set).map(shown).join() },
);

test("only paths that were added are found", () => {
  fc.assert(
    fc.property(manySets, (given) => {
      const paths = new Paths();
      const half = given.slice(0, given.length / 2);
      for (const [row, set] of half.entries()) paths.add(row, set);
      for (const [row, set] of given.entries())
        expect(paths.trie.find(set)).toBe(row < half.length ? row : -1);
    }),
    { numRuns: runs(100) },
  );
});

test.each([
  ["routes", (i: number) => `/route/${i}`],
  ["numbers of one distance", (i: number) => i * 37],
  ["large numbers", (i: number) => i * 1e9],
  ["fractions", (i: number) => i / 7],
  ["texts of one length and beginning", (i: number) => `${"x".repeat(100)}${String(i).padStart(6, "0")}`],
  ["both texts and numbers", (i: number) => (i % 2 === 0 ? i : String(i))],
])("thousands of %s under one key are all found", (_, valueOf) => {
  const paths = new Paths();
  for (let i = 0; i < 5000; i++) paths.add(i, { key: valueOf(i) });
  for (let i = 0; i < 5000; i++) expect(paths.trie.find({ key: valueOf(i) })).toBe(i);
  expect(paths.trie.find({ key: valueOf(5000) })).toBe(-1);
});

test("a set and a longer one that begins with it are two, in either order", () => {
  for (const sets of [
    [{}, { a: 1 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: 1 }, {}],
  ]) {
    const paths = new Paths();
    for (const [row, set] of sets.entries()) paths.add(row, set);
    expect(sets.map((set) => paths.trie.find(set))).toEqual([0, 1, 2]);
  }
});

test("undefined values are skipped at any position", () => {
  const paths = new Paths();
  paths.add(7, { a: 1, b: 2 });
  const callers: object[] = [
    { x: undefined, a: 1, y: undefined, b: 2, z: undefined },
    { a: 1, b: 2, c: undefined },
  ];
  for (const attributes of callers) expect(paths.trie.find(Object(attributes))).toBe(7);
});

test("the trie stops growing and still finds what it has", () => {
  const paths = new Paths();
  for (let i = 0; i < 30_000; i++) paths.add(i, { a: i, b: "x", c: i });
  expect(paths.trie.find({ a: 0, b: "x", c: 0 })).toBe(0);
  expect(paths.trie.find({ a: 29_999, b: "x", c: 29_999 })).toBe(-1);
});

test("a cleared trie finds nothing", () => {
  const paths = new Paths();
  paths.add(1, {});
  paths.add(2, { a: 1 });
  paths.trie.clear();
  expect([paths.trie.find({}), paths.trie.find(undefined), paths.trie.find({ a: 1 })]).toEqual([-1, -1, -1]);
});

// 0 and -0 are equal.
function shown([key, value]: [string, unknown]): string {
  return `${key} ${typeof value} ${String(value)}`;
}
