import fc from "fast-check";
import { expect, test } from "vitest";
import { SeriesIndex } from "../../../src/query/live/series-index.ts";
import type { Matcher } from "../../../src/query/source.ts";

test("tens of thousands of removed series free their columns in seconds", () => {
  const index = new SeriesIndex();
  const addAll = (prefix: string): void => {
    for (let id = 0; id < 40_000; id++) index.add(`${prefix}${id}`, [{ __name__: "x" }], false);
  };
  addAll("a");
  const begin = performance.now();
  for (const _ of index.prune(() => false));
  expect(performance.now() - begin).toBeLessThan(5_000);
  expect(index.count).toBe(0);
  addAll("b");
  expect(index).toMatchObject({ count: 40_000, columns: 40_000 });
});

interface Entry {
  readonly key: string;
  readonly name: string;
  readonly width: number;
}

type Shown = Readonly<Record<"__name__" | "i" | "key", string>>;

// The same lists each time, as those of an expression that is evaluated again and again.
const LISTS: readonly (readonly [matchers: readonly Matcher[], holds: (labels: Shown) => boolean])[] = [
  [[{ label: "__name__", operator: "=", value: "a" }], ({ __name__ }) => __name__ === "a"],
  [
    [
      { label: "__name__", operator: "=", value: "b" },
      { label: "key", operator: "=~", value: "1.*" },
    ],
    ({ __name__, key }) => __name__ === "b" && key.startsWith("1"),
  ],
  [
    [
      { label: "__name__", operator: "=~", value: "a|c" },
      { label: "i", operator: "=", value: "0" },
    ],
    ({ __name__, i }) => __name__ !== "b" && i === "0",
  ],
  [[{ label: "key", operator: "!=", value: "7" }], ({ key }) => key !== "7"],
];

/** An index, and a simple list of what is in it. Actions return the differences. */
class Checked {
  readonly #index = new SeriesIndex();
  readonly #entries = new Map<string, Entry & { readonly first: number }>();

  add(entry: Entry): readonly string[] {
    const { key } = entry;
    if (this.#index.find(key) !== this.#entries.get(key)?.first) return [`key ${key}`];
    if (this.#entries.has(key)) return [];
    this.#entries.set(key, { ...entry, first: this.#index.add(key, seriesOf(entry), false) });
    return [];
  }

  prune(modulus: number): readonly string[] {
    const used = new Set(
      [...this.#entries.values()].map(({ first }) => first).filter((n) => n % modulus > 0),
    );
    for (const _ of this.#index.prune((column) => used.has(column)));
    for (const [key, { first }] of this.#entries) if (!used.has(first)) this.#entries.delete(key);
    return [];
  }

  look(): readonly string[] {
    const count = [...this.#entries.values()].reduce((sum, { width }) => sum + width, 0);
    const problems = this.#index.count === count ? [] : [`count ${this.#index.count}`];
    for (const [i, [matchers, holds]] of LISTS.entries()) {
      const found = resultOf(this.#index.matching(matchers));
      const expected = [...this.#entries.values()].flatMap(seriesOf).filter(holds);
      if (sortedTexts(found.map(({ labels }) => labels)) !== sortedTexts(expected))
        problems.push(`list ${i}`);
      const isOfColumn = ({ column, labels }: (typeof found)[number]): boolean =>
        this.#index.entryAt(column - Number(labels["i"]))[Number(labels["i"])] === labels;
      if (!found.every(isOfColumn)) problems.push(`columns of list ${i}`);
    }
    return problems;
  }
}

function seriesOf({ key, name, width }: Entry): Shown[] {
  return Array.from({ length: width }, (_, i) => ({ __name__: name, i: String(i), key }));
}

function resultOf<Result>(steps: Iterator<unknown, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function sortedTexts(all: readonly object[]): string {
  return all
    .map((each) => JSON.stringify(each))
    .toSorted()
    .join();
}

const entry = fc.record({
  key: fc.nat(300).map(String),
  name: fc.constantFrom("a", "b", "c"),
  width: fc.integer({ min: 1, max: 3 }),
});
const actions = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: entry.map((each) => (checked: Checked) => checked.add(each)) },
    fc.integer({ min: 1, max: 4 }).map((modulus) => (checked: Checked) => checked.prune(modulus)),
    fc.constant((checked: Checked) => checked.look()),
  ),
  { maxLength: 400, size: "max" },
);

test("the series that match are those of a simple list, after any additions and removals", () => {
  fc.assert(
    fc.property(actions, (all) => {
      const checked = new Checked();
      expect([...all, (last: Checked) => last.look()].flatMap((action) => action(checked))).toEqual([]);
    }),
  );
});

test("series that are added and removed while others are found leave no mixed result", () => {
  const index = new SeriesIndex();
  const add = (from: number, to: number): void => {
    for (let id = from; id < to; id++) index.add(String(id), [{ __name__: "x", id: String(id) }], false);
  };
  add(0, 1_000);
  const found = index.matching([{ label: "__name__", operator: "=", value: "x" }]);
  found.next();
  for (const _ of index.prune((column) => column >= 500));
  add(2_000, 2_400);
  const series = resultOf(found);
  expect(series).toHaveLength(900);
  expect(series.every(({ column, labels }) => index.entryAt(column)[0] === labels)).toBe(true);
});
