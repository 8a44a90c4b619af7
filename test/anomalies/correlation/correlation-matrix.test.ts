import { sampleCorrelation } from "simple-statistics";
import { expect, test } from "vitest";
import {
  type CorrelationMatrix,
  correlationMatrix,
} from "../../../src/anomalies/correlation/correlation-matrix.ts";
import type { SampleSeries } from "../../../src/query/source.ts";
import { isLong } from "../../kit/test-length.ts";
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
  // A value counts from the sample before on, so the first one is in no cell.
  const expected = sampleCorrelation(ranksOf(values[0]!.slice(1)), ranksOf(mixed.slice(1)));
  expect(matrix.coefficients[0]?.[1]).toBeCloseTo(expected, 10);
  expect(expected).toBeGreaterThan(0.5);
});

/** Series that do not depend on each other, of five kinds. */
function independent(random: Random, count: number): SampleSeries[] {
  return Array.from({ length: count }, (_, number) => {
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
}

/** Gauges that are renewed each minute, at the same moments. */
function polled(random: Random, count: number): SampleSeries[] {
  return Array.from({ length: count }, (_, number) => {
    let value = 0;
    return series(`polled_${number}`, (i) => (i % 4 === 0 ? (value = noise(random)) : value));
  });
}

/** Counters that are collected each minute. */
function collectedSeldom(random: Random, count: number): SampleSeries[] {
  return Array.from({ length: count }, (_, number) => {
    let total = 0;
    return series(`seldom_${number}_total`, (i) => {
      total += 100 + 10 * noise(random);
      return i % 4 === 0 ? total : undefined;
    });
  });
}

/** Gauges that only vary in the same 15 minutes. */
function busyTogether(random: Random, count: number): SampleSeries[] {
  return Array.from({ length: count }, (_, number) =>
    series(`busy_${number}`, (i) => (i >= 100 && i < 160 ? noise(random) : 5)),
  );
}

test.each([
  ["five kinds", (random: Random) => independent(random, 8)],
  ["polled gauges", (random: Random) => polled(random, 20)],
  ["two intervals", (random: Random) => [...collectedSeldom(random, 20), ...independent(random, 4)]],
  ["common busy minutes", (random: Random) => busyTogether(random, 20)],
])(
  "of 100 matrices of series that do not depend on each other, at most three list a pair: %s",
  async (_, seriesOf) => {
    const matrices = isLong ? 100 : 34;
    let listed = 0;
    for (let seed = 1; seed <= matrices; seed++)
      if ((await matrixOf(seriesOf(new Random(seed)))).pairs.length > 0) listed++;
    expect(listed).toBeLessThanOrEqual(0.03 * matrices);
  },
);

test("series that only drift, or have an outlier at the same time, are not listed as pairs", async () => {
  const random = new Random(3);
  const drifts =
    (slope: number): ((i: number) => number) =>
    (i) =>
      slope * i + noise(random) + (i === 100 ? 1e6 : 0);
  const matrix = await matrixOf([series("a", drifts(1)), series("b", drifts(3)), series("c", drifts(-2))]);
  expect(matrix.pairs).toEqual([]);
});

/** The same load as a gauge, a counter with resets, and the mean of a histogram whose rate is another. */
function threeKinds(random: Random, jitterMillis: number): SampleSeries[] {
  const load = Array.from({ length: LENGTH }, () => 100 + 20 * noise(random));
  const rates = load.map(() => 50 + 10 * noise(random));
  let [total, count, sum] = [0, 0, 0];
  const all = [
    series("load", (i) => load[i]),
    series("work_total", (i) => (total = (i % 30 === 0 ? 0 : total) + load[i]!)),
    series("size_count", (i) => (count += rates[i]!)),
    series("size_sum", (i) => (sum += rates[i]! * load[i]!)),
  ];
  return all.map((each) => ({
    ...each,
    times: each.times.map((time) => time + jitterMillis * noise(random)),
  }));
}

test.each([0, 0.001, 5, 7.5, 10, 14.9])(
  "a gauge, a counter and a histogram of the same load correlate, with cells that begin %d s after a sample",
  async (phase) => {
    for (const jitterMillis of [0, 20]) {
      const source = new MemorySource(threeKinds(new Random(4), jitterMillis));
      const from = RANGE.from + phase;
      const {
        series: all,
        coefficients,
        pairs,
      } = await correlationMatrix({ source, series: ALL, ...RANGE, from });
      expect(all.map(({ metric }) => metric)).toEqual(["load", "work_total", "size"]);
      expect(pairs).toHaveLength(3);
      // Each reset costs the increase of two cells.
      for (const coefficient of coefficients[0] ?? []) expect(coefficient).toBeGreaterThan(0.85);
    }
  },
);

test("a counter's rates are compared, also if its samples are not evenly spaced", async () => {
  const random = new Random(7);
  const rates = Array.from({ length: LENGTH }, () => 100 + 20 * noise(random));
  const gaps = Array.from({ length: LENGTH }, () => random.chance(0.5));
  let [total, first] = [0, true];
  const matrix = await matrixOf([
    series("rate", (i) => rates[i]),
    series("counted_total", (i) => {
      total += rates[i]!;
      if (gaps[i] && !first) return undefined;
      first = false;
      return total;
    }),
  ]);
  expect(pairsOf(matrix)).toEqual(["rate with counted_total"]);
});

test("a gauge may have the name of a count", async () => {
  const random = new Random(8);
  const threads = Array.from({ length: LENGTH }, () => Math.round(50 + 10 * noise(random)));
  const matrix = await matrixOf([
    series("threads", (i) => threads[i]),
    series("process_thread_count", (i) => threads[i]),
  ]);
  expect(matrix.coefficients[0]?.[1]).toBeCloseTo(1, 12);
});

test("series with a longer interval are compared, beside many with a shorter one", async () => {
  const random = new Random(9);
  const load = Array.from({ length: LENGTH }, () => noise(random));
  const seldom = (name: string): SampleSeries =>
    series(name, (i) => (i % 4 === 0 ? load[i]! + 0.1 * noise(random) : undefined));
  const matrix = await matrixOf([seldom("a"), seldom("b"), ...independent(random, 4)]);
  expect(pairsOf(matrix)).toEqual(["a with b"]);
});

test("the steps in common count: a process that ends and the next one do not correlate", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new Random(seed);
    const { coefficients, pairs } = await matrixOf([
      series("old", (i) => (i < 160 ? (i < 100 ? noise(random) : 1) : undefined)),
      series("new", (i) => (i >= 100 ? (i >= 160 ? noise(random) : 2) : undefined)),
    ]);
    expect(coefficients[0]?.[1]).toBeNaN();
    expect(pairs).toEqual([]);
  }
});

test("rounding errors of constant rates and means are not compared", async () => {
  let [count, sum, other, others] = [0, 0, 0, 0];
  const { coefficients, pairs } = await matrixOf([
    counter("three_total", () => 3),
    counter("seven_total", () => 7.1),
    series("a_count", () => (count += 7)),
    series("a_sum", () => (sum += 7 * 0.3)),
    series("b_count", () => (other += 3)),
    series("b_sum", () => (others += 3 * 0.7)),
  ]);
  expect(coefficients.flat()).toEqual(Array.from({ length: 16 }, () => Number.NaN));
  expect(pairs).toEqual([]);
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
    series("gap", (i) => (i < 110 || i > 130 ? noise(random) : undefined)),
    series("huge", (i) => (i % 2 === 0 ? 1e300 : -1e300) * noise(random)),
  ]);
  const names = all.map(({ metric }) => metric);
  // The series without a finite value is left out.
  expect(names).toEqual(["varies", "constant", "begins", "ends", "gap", "huge"]);
  const [own, constant, begins, ends, gap, huge] = coefficients[0] ?? [];
  expect([constant, begins, ends]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  expect(own).toBeCloseTo(1, 12);
  expect(Math.abs(gap ?? Number.NaN)).toBeLessThan(0.3);
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
  await expect(correlationMatrix({ source, series: ["x", "x offset 5m"], from: 5, to: 10 })).rejects.toThrow(
    "without offset and @",
  );
});
