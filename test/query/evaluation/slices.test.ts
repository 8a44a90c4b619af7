import { expect, test } from "vitest";
import { type SampleSeries, query, queryRange } from "tachymeter/query";
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
  let turns = 0;
  let isRunning = true;
  const turn = (): void => {
    turns++;
    if (isRunning) setImmediate(turn);
  };
  setImmediate(turn);
  const { annotations } = text.endsWith("]")
    ? await query(text, { source, time: 4_200 })
    : await queryRange(text, { source, from: 600, to: 4_200, step: text.startsWith("time") ? 1 : 30 });
  isRunning = false;
  expect(annotations).toEqual([]);
  expect(turns).toBeGreaterThan(5);
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
