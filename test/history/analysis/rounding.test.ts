import fc from "fast-check";
import { correlate, correlationMatrix, Detector } from "tachymeter/anomalies";
import { expect, test } from "vitest";
import { comparisonOf } from "../../../src/history/analysis/compare.ts";
import { levelChanges } from "../../../src/history/analysis/level-changes.ts";
import { trendOf } from "../../../src/history/analysis/trend.ts";
import type { Answer, Question } from "../../../src/history/question.ts";
import { inSlices } from "../../../src/io/yield.ts";
import { MemorySource } from "../../query/kit/memory-source.ts";
import { runs } from "../../kit/test-length.ts";

const COUNT = 300;
const STEP_SECONDS = 60;
const FROM = 1_790_000_000;
const at = (i: number): number => FROM + i * STEP_SECONDS;
const [HALF, END] = [at(COUNT / 2), at(COUNT)];

type Order = (parts: readonly number[]) => number;

const added: Order = (parts) => parts.reduce((sum, part) => sum + part, 0);
const mean: Order = (parts) => added(parts) / parts.length;
// The same sum, and the same mean, in other orders.
const SUMS: readonly Order[] = [
  added,
  (parts) => added(parts.toReversed()),
  (parts) => added(parts.toSorted((one, other) => one - other)),
  (parts) => parts.reduce((sum, part) => sum + part * 3, 0) / 3,
];
const MEANS: readonly Order[] = [
  mean,
  (parts) => mean(parts.toReversed()),
  (parts) => added(parts.map((part) => part / parts.length)),
  (parts) => parts.reduce((known, part, i) => known + (part - known) / (i + 1), 0),
];
// The mean of a histogram: differences of running totals.
function histogramMeans(value: number, before: number): readonly number[] {
  let total = before;
  return Array.from({ length: COUNT }, (_, i) => {
    const former = total;
    for (let n = 0; n < 1 + (i % 7); n++) total += value;
    return (total - former) / (1 + (i % 7));
  });
}

const parts = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 6 });
const orders = fc.constantFrom(SUMS, MEANS);
const inOrders = fc
  .tuple(parts, orders, fc.boolean(), fc.array(fc.nat(3), { minLength: 2, maxLength: 9 }))
  .map(([given, of, isHalved, choice]) =>
    Array.from({ length: COUNT }, (_, i) => {
      const which = isHalved ? choice[i < COUNT / 2 ? 0 : 1]! : choice[(i * i) % choice.length]!;
      return of[which]!(given);
    }),
  );
const constants = fc.oneof(
  inOrders,
  fc
    .tuple(fc.double({ min: 0.001, max: 1_000, noNaN: true }), fc.double({ min: 0, max: 1e5, noNaN: true }))
    .map(([value, before]) => histogramMeans(value, before)),
);

function changesOf(values: readonly number[]): Promise<unknown[]> {
  return inSlices(levelChanges(Float64Array.from(values))).then((found) => [...found]);
}

function asked(values: readonly number[]): {
  query: (question: Question) => Promise<Answer>;
  oldest: () => Promise<number>;
} {
  return {
    async query({ metric, from, to }) {
      const points = values
        .map((value, i): [number, number] => [at(i), value])
        .filter(([time]) => time >= Number(from) && time < Number(to));
      return { metric, unit: "", type: "gauge", series: [{ attributes: {}, points }] };
    },
    oldest: async () => FROM,
  };
}

async function verdictOf(values: readonly number[]): Promise<string | undefined> {
  const question = { metric: "x", aggregate: "MEAN", step: STEP_SECONDS } as const;
  const { series } = await comparisonOf(asked(values), question, [FROM, HALF], [HALF, END]);
  return series[0]?.verdict;
}

function highestScore(values: readonly number[]): number {
  const detector = new Detector();
  return Math.max(...values.map((value, i) => detector.push(at(i), value)?.score ?? 0));
}

function sourceOf(...columns: readonly (readonly number[])[]): MemorySource {
  const times = Float64Array.from({ length: COUNT }, (_, i) => at(i) * 1_000);
  return new MemorySource(
    columns.map((values, i) => ({
      labels: { __name__: `gauge_${i}` },
      times,
      values: Float64Array.from(values),
    })),
  );
}

test("a constant that is computed in different orders has no change, whatever looks at it", async () => {
  await fc.assert(
    fc.asyncProperty(constants, constants, async (values, others) => {
      expect(await changesOf(values)).toEqual([]);
      expect(await verdictOf(values)).toBe("similar");
      expect(highestScore(values)).toBe(0);
      const question = { metric: "x", aggregate: "MEAN", step: STEP_SECONDS, from: FROM, to: END } as const;
      expect((await trendOf(asked(values), question)).series[0]?.direction).toBe("steady");
      const source = sourceOf(values, others);
      const range = { from: at(0.8 * COUNT), to: END };
      expect(await correlate({ source, metric: "x", ...range })).toEqual([]);
      const matrix = await correlationMatrix({ source, series: ["gauge_0", "gauge_1"], from: FROM, to: END });
      expect(matrix.pairs).toEqual([]);
    }),
    { numRuns: runs(60) },
  );
});

test("0.1 + 0.2 is 0.3", async () => {
  const values = Array.from({ length: COUNT }, (_, i) => (i < COUNT / 2 ? 0.1 + 0.2 : 0.3));
  expect(await changesOf(values)).toEqual([]);
  expect(await verdictOf(values)).toBe("similar");
});

test("a change of a millionth of a constant is found", async () => {
  const values = Array.from({ length: COUNT }, (_, i) => (i < COUNT / 2 ? 0.1 + 0.2 : 0.3 * (1 + 1e-6)));
  expect(await changesOf(values)).toMatchObject([{ index: COUNT / 2 }]);
  expect(await verdictOf(values)).toBe("higher");
});

test("times, which grow by less than a rounding error of theirs, keep their trend", async () => {
  const values = Array.from({ length: COUNT }, (_, i) => FROM + i);
  const question = { metric: "x", aggregate: "MEAN", step: STEP_SECONDS, from: FROM, to: END } as const;
  const [trend] = (await trendOf(asked(values), question)).series;
  expect(trend?.slope).toBeCloseTo(1 / STEP_SECONDS, 12);
});
