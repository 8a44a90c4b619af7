import fc from "fast-check";
import { expect, test } from "vitest";
import { Work } from "../../../src/query/evaluation/evaluation.ts";
import { FloatWindow } from "../../../src/query/evaluation/float-window.ts";
import { FoundAnnotations } from "../../../src/query/evaluation/found-annotations.ts";
import { noteInvalidQuantiles } from "../../../src/query/evaluation/invalid-quantiles.ts";
import { quantileInPieces, quantileOf } from "../../../src/query/evaluation/quantile.ts";
import { RANGE_FUNCTIONS } from "../../../src/query/evaluation/range-functions.ts";
import { type SampleSeries, query } from "tachymeter/query";
import { ImmediateMemorySource } from "../kit/memory-source.ts";
import { runs } from "../../kit/test-length.ts";

const value = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -20, max: 20 }) },
  { weight: 8, arbitrary: fc.double({ noNaN: true, min: -1e9, max: 1e9 }) },
  fc.constantFrom(Number.NaN, Infinity, -Infinity, 1.7e308, -1.7e308),
);
// Few different values, and a run of them that is repeated up to a length.
const values = fc
  .tuple(fc.array(value, { minLength: 2, maxLength: 300, size: "max" }), fc.integer({ min: 2, max: 20_000 }))
  .map(([run, length]) => Float64Array.from({ length }, (_, i) => run[(i * 7 + (i >> 9)) % run.length]!));
const quantile = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(0, 1, -1, 2, Number.NaN),
);

test.each([...RANGE_FUNCTIONS].filter(([, { inPieces }]) => inPieces !== undefined))(
  "%s of a large window in pieces is the same as at once",
  (_name, { ofFloats, inPieces }) => {
    fc.assert(
      fc.property(values, fc.nat(50), quantile, (all, first, q) => {
        const window = windowOf(all, Math.min(first, all.length - 2), [q, 0.3]);
        expect(inPieces && resultOf(inPieces(window, new Work(1e9))).result).toEqual(ofFloats(window));
      }),
      { numRuns: runs(30) },
    );
  },
);

test("a quantile in pieces is that of the sorted values", () => {
  fc.assert(
    fc.property(values, quantile, (all, q) => {
      const copy = all.slice();
      expect(resultOf(quantileInPieces(q, all, new Work(1e9))).result).toEqual(quantileOf(q, all.slice()));
      expect(all).toEqual(copy);
    }),
  );
});

test.each(["sum", "avg", "min", "max", "stddev", "quantile"])(
  "%s_over_time of a hundred thousand samples is computed in many pieces",
  (name) => {
    const operation = [...RANGE_FUNCTIONS].find(([each]) => each === `${name}_over_time`)?.[1];
    const window = windowOf(
      Float64Array.from({ length: 100_000 }, (_, i) => (i * 7_919) % 10_007),
      0,
      [0.9],
    );
    const run =
      operation?.inPieces === undefined ? undefined : resultOf(operation.inPieces(window, new Work(1e9)));
    expect(run?.pieces).toBeGreaterThan(20);
    expect(run?.result).toBe(operation?.ofFloats(window));
  },
);

test("a hundred thousand invalid quantiles are noted in many pieces, and a thousand of them are kept", () => {
  const quantiles = Float64Array.from({ length: 100_000 }, (_, i) => i + 2);
  const annotations = new FoundAnnotations(undefined);
  const noting = noteInvalidQuantiles(quantiles, { start: 0, end: 0 }, { annotations, work: new Work(1e9) });
  expect(resultOf(noting).pieces).toBeGreaterThan(20);
  expect(annotations.list()).toHaveLength(1_000);
  annotations.add("PromQL info: another kind", { start: 0, end: 0 });
  expect(annotations.list().at(-1)).toBe("PromQL info: another kind");
});

test("a quantile of series at each of many steps is computed", async () => {
  const times = Float64Array.of(0, 86_400_000, 172_800_000);
  const source = new ImmediateMemorySource([{ labels: { __name__: "x" }, times, values: times }]);
  const text = "count_over_time(quantile(0.5, x)[172801s:1s])";
  expect(await query(text, { source, time: 172_800, lookback: 86_400 })).toMatchObject({
    series: [{ value: 172_801 }],
  });
});

test("a classic histogram may have many buckets", async () => {
  const buckets = Array.from({ length: 150_000 }, (_, i): SampleSeries => ({
    labels: { __name__: "x_bucket", le: i === 0 ? "+Inf" : String(150_000 - i) },
    times: Float64Array.of(0),
    values: Float64Array.of(150_000 - i),
  }));
  const source = new ImmediateMemorySource(buckets);
  expect(await query("histogram_quantile(0.5, x_bucket)", { source, time: 0 })).toMatchObject({
    series: [{ value: 75_000 }],
  });
});

test("functions over windows of any size agree in a query", async () => {
  const times = Float64Array.from({ length: 30_000 }, (_, i) => i * 1_000);
  const series: SampleSeries = {
    labels: { __name__: "x_total" },
    times,
    values: times.map((_, i) => (i % 5_000) * 3),
  };
  const source = new ImmediateMemorySource([series]);
  const valueOf = async (text: string): Promise<unknown> => {
    const result = await query(text, { source, time: 29_999 });
    return result.kind === "vector" ? result.series[0]?.value : undefined;
  };
  expect(await valueOf("max_over_time(x_total[20000s])")).toBe(14_997);
  expect(await valueOf("sum_over_time(x_total[20000s])")).toBe((20_000 * 14_997) / 2);
  expect(await valueOf("resets(x_total[20000s])")).toBe(3);
  expect(await valueOf("changes(x_total[20000s])")).toBe(19_999);
  expect(await valueOf("increase(x_total[20000s])")).toBe(4 * 14_997);
  expect(await valueOf("quantile_over_time(0.5, x_total[20000s])")).toBe(14_997 / 2);
});

function windowOf(all: Float64Array, first: number, args: readonly number[]): FloatWindow {
  const window = new FloatWindow();
  window.of(
    all.map((_, i) => 1e12 + i * 1_000),
    all,
  );
  window.first = first;
  window.end = all.length;
  window.time = 1e12 + all.length * 1_000;
  window.args.push(...args);
  return window;
}

function resultOf<Result>(steps: Iterator<unknown, Result>): { result: Result; pieces: number } {
  for (let pieces = 1; ; pieces++) {
    const step = steps.next();
    if (step.done === true) return { result: step.value, pieces };
  }
}
