import { sampleCorrelation } from "simple-statistics";
import { expect, test } from "vitest";
import {
  type CorrelationMatrix,
  correlationMatrix,
} from "../../../src/anomalies/correlation/correlation-matrix.ts";
import type { SampleSeries } from "../../../src/query/source.ts";
import { Random } from "../../kit/random.ts";
import { MemorySource } from "../../query/kit/memory-source.ts";
import { counter, LENGTH, noise, secondsOf, series } from "./series.ts";

const RANGE = { from: secondsOf(0), to: secondsOf(LENGTH - 1) } as const;
const ALL = ['{__name__!=""}'];

async function matrixOf(all: readonly SampleSeries[], selectors = ALL): Promise<CorrelationMatrix> {
  return await correlationMatrix({ source: new MemorySource(all), series: selectors, ...RANGE });
}

/** Names of the pairs, with the sign of the coefficient. */
function pairsOf({ series: all, pairs }: CorrelationMatrix): string[] {
  return pairs.map(({ first, second, coefficient }) =>
    [all[first]?.metric, coefficient > 0 ? "with" : "against", all[second]?.metric].join(" "),
  );
}

test("series that move together or against each other are pairs, the strongest first", async () => {
  const random = new Random(1);
  const load = Array.from({ length: LENGTH }, () => noise(random));
  const matrix = await matrixOf([
    series("load", (i) => 50 + load[i]!),
    series("follows", (i) => 10 + 2 * load[i]! + noise(random)),
    series("opposes", (i) => 70 - load[i]! + 2 * noise(random)),
    series("alone", () => noise(random)),
  ]);
  expect(pairsOf(matrix).slice(0, 2)).toEqual(["load with follows", "load against opposes"]);
  expect(pairsOf(matrix).join()).not.toContain("alone");
  expect(matrix.isPartial).toBe(false);
  for (const [i, row] of matrix.coefficients.entries()) {
    expect(row[i]).toBeCloseTo(1, 12);
    for (const [j, each] of row.entries()) expect(each).toBe(matrix.coefficients[j]?.[i]);
  }
});

test("the coefficient is the correlation of the ranks of the steps", async () => {
  const random = new Random(2);
  const values = [0, 1].map(() => Array.from({ length: LENGTH }, () => noise(random)));
  const mixed = values[0]!.map((value, i) => value + values[1]![i]!);
  const matrix = await matrixOf([series("a", (i) => values[0]![i]), series("b", (i) => mixed[i])]);
  const ranksOf = (all: readonly number[]): number[] => {
    const steps = all.slice(1).map((value, i) => value - all[i]!);
    return steps.map((step) => steps.filter((other) => other < step).length);
  };
  // The last sample is at the end of the range, in no cell.
  const expected = sampleCorrelation(ranksOf(values[0]!.slice(0, -1)), ranksOf(mixed.slice(0, -1)));
  expect(matrix.coefficients[0]?.[1]).toBeCloseTo(expected, 10);
  expect(expected).toBeGreaterThan(0.5);
});

test("of 100 matrices of 40 series that do not depend on each other, at most three list a pair", async () => {
  let listed = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const random = new Random(seed);
    const all = Array.from({ length: 8 }, (_, number) => {
      let [walk, slow, smooth] = [0, 0, 0];
      const rate = 1 + 300 * random.share();
      return [
        series(`noise_${number}`, () => noise(random)),
        series(`walk_${number}`, () => (walk += noise(random))),
        series(`smooth_${number}`, () => (smooth += slow = 0.8 * slow + noise(random))),
        series(`bursts_${number}`, () => (random.chance(0.05) ? 50 : 0)),
        counter(`counts_${number}_total`, () =>
          Math.max(0, Math.round(rate + Math.sqrt(rate) * noise(random))),
        ),
      ];
    }).flat();
    if ((await matrixOf(all)).pairs.length > 0) listed++;
  }
  expect(listed).toBeLessThanOrEqual(3);
}, 60_000);

test("series that only drift, or have an outlier at the same time, are not listed as pairs", async () => {
  const random = new Random(3);
  const drifts =
    (slope: number): ((i: number) => number) =>
    (i) =>
      slope * i + noise(random) + (i === 100 ? 1e6 : 0);
  const matrix = await matrixOf([series("a", drifts(1)), series("b", drifts(3)), series("c", drifts(-2))]);
  expect(matrix.pairs).toEqual([]);
});

test("counters are compared by their rates, through resets", async () => {
  const random = new Random(4);
  const load = Array.from({ length: LENGTH }, () => 100 + 20 * noise(random));
  let total = 0;
  const matrix = await matrixOf([
    counter("requests_total", (i) => load[i]!),
    series("queries_total", (i) => (total = i === 120 ? 5 : total + 3 * load[i]! + 5 * noise(random))),
  ]);
  expect(pairsOf(matrix)).toEqual(["requests_total with queries_total"]);
});

test("constants, gaps and short series have no coefficient", async () => {
  const random = new Random(5);
  const {
    series: all,
    coefficients,
    pairs,
  } = await matrixOf([
    series("varies", () => noise(random)),
    series("constant", () => 7),
    series("begins", (i) => (i < 15 ? noise(random) : undefined)),
    series("ends", (i) => (i >= LENGTH - 15 ? noise(random) : undefined)),
    series("infinite", (i) => (i % 2 === 0 ? Infinity : Number.NaN)),
    series("huge", (i) => (i % 2 === 0 ? 1e300 : -1e300) * noise(random)),
  ]);
  const names = all.map(({ metric }) => metric);
  // The series without a finite value is left out.
  expect(names).toEqual(["varies", "constant", "begins", "ends", "huge"]);
  const [own, constant, begins, ends, huge] = coefficients[0] ?? [];
  expect([constant, begins, ends]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  expect(own).toBeCloseTo(1, 12);
  expect(Math.abs(huge ?? Number.NaN)).toBeLessThan(0.3);
  expect(pairs).toEqual([]);
});

test("selectors choose the series, each once, and no more than 100", async () => {
  const random = new Random(6);
  const all = Array.from({ length: 120 }, (_, i) =>
    series(`n_${i % 2}`, () => noise(random), { i: String(i) }),
  );
  const chosen = await matrixOf(all, ['n_0{i="0"}', 'n_0{i=~"0|2"}', 'n_1{i="1"}']);
  expect(chosen.series).toEqual([
    { metric: "n_0", labels: { i: "0" } },
    { metric: "n_0", labels: { i: "2" } },
    { metric: "n_1", labels: { i: "1" } },
  ]);
  const many = await matrixOf(all);
  expect([many.series.length, many.coefficients.length, many.isPartial]).toEqual([100, 100, true]);
});

test("an empty source makes an empty matrix", async () => {
  expect(await matrixOf([])).toEqual({ series: [], coefficients: [], pairs: [], isPartial: false });
});

test("invalid questions are refused with all problems", async () => {
  const source = new MemorySource([]);
  await expect(correlationMatrix({ source, series: ["rate(x[5m])"], from: 10, to: 5 })).rejects.toThrow(
    /series must be an array of at most 100 selectors[^]*to must be after from/,
  );
});
