import { expect, test } from "vitest";
import { type SampleSeries, type Selection, query, queryRange } from "tachymeter/query";
import { countedTurns } from "../../kit/counted-turns.ts";
import { MemorySource } from "../kit/memory-source.ts";

const times = Float64Array.from({ length: 300 }, (_, i) => i * 15_000);
const source = new MemorySource(
  Array.from({ length: 1_000 }, (_, n): SampleSeries => ({
    labels: { __name__: "x_total", half: String(n % 2), n: String(n) },
    times,
    values: times.map((time) => time * (n + 1)),
  })),
);

test.each([
  "x_total",
  "sum by (half) (rate(x_total[5m]))",
  "x_total * on (n) x_total",
  "x_total or on (n) x_total",
  "quantile by (half) (0.9, x_total)",
  "topk(5, x_total)",
  "label_replace(x_total, 'm', '$1', 'n', '(.).*')",
  "max_over_time(x_total[30m:1m])",
  "x_total @ 600",
  `time()${" + time()".repeat(300)}`,
  "vector(time())[10m:1ms]",
  "count_over_time(vector(time())[10m:1ms])",
])("the event loop turns many times while %s is evaluated", async (text) => {
  const turns = countedTurns();
  const { annotations } = text.endsWith("]")
    ? await query(text, { source, time: 4_200 })
    : await queryRange(text, { source, from: 600, to: 4_200, step: text.startsWith("time") ? 1 : 30 });
  const count = turns();
  expect(annotations).toEqual([]);
  expect(count).toBeGreaterThan(5);
});

test("the event loop turns many times while the series of many selectors are loaded", async () => {
  let turns = 0;
  let selections = 0;
  let turnsAtLast = 0;
  let isRunning = true;
  const turn = (): void => {
    turns++;
    if (isRunning) setImmediate(turn);
  };
  const alternatives = (from: number): string =>
    Array.from({ length: 50 }, (_, i) => `x_total{n="${from + i}"}`).join(" or ");
  const text = Array.from({ length: 20 }, (_, i) => `(${alternatives(50 * i)})`).join(" or ");
  const selecting = {
    select: (selection: Selection): AsyncIterable<SampleSeries> => {
      if (selections++ === 0) setImmediate(turn);
      turnsAtLast = turns;
      return source.select(selection);
    },
  };
  await query(`count(${text})`, { source: selecting, time: 1_000 });
  isRunning = false;
  expect(selections).toBe(1_000);
  expect(turnsAtLast).toBeGreaterThan(5);
});

test("sort orders thousands of series by value, NaN last, in slices", async () => {
  const values = Array.from({ length: 3_000 }, (_, n) => (n % 100 === 99 ? Number.NaN : (n * 7_919) % 3_001));
  const many = new MemorySource(
    values.map((value, n) => ({
      labels: { __name__: "x", n: String(n) },
      times: Float64Array.of(0),
      values: Float64Array.of(value),
    })),
  );
  const result = await query("sort_desc(x)", { source: many, time: 0 });
  if (result.kind !== "vector") throw new TypeError("not a vector");
  const numbers = values.filter((value) => !Number.isNaN(value)).toSorted((left, right) => right - left);
  expect(result.series.map(({ value }) => value)).toEqual([
    ...numbers,
    ...Array.from({ length: 30 }, () => Number.NaN),
  ]);
});

test("series with labels of any name and value are distinct", async () => {
  const labels: readonly Readonly<Record<string, string>>[] = [
    { __name__: "x", constructor: "a" },
    { __name__: "x", ["__proto__"]: "a" },
    { __name__: "x", a: "1:b" },
    { __name__: "x", a: "1", b: "" },
    { __name__: "x" },
  ];
  const odd = new MemorySource(
    labels.map((each) => ({ labels: each, times: Float64Array.of(0), values: Float64Array.of(1) })),
  );
  const result = await query("sum by (constructor, __proto__, a) (x)", { source: odd, time: 0 });
  expect(result).toMatchObject({ kind: "vector", series: { length: 5 } });
});
