import { expect, test } from "vitest";
import { type LevelChange, levelChanges } from "../../../src/history/analysis/level-changes.ts";
import { normalNumbers, randomNumbers } from "./known-data.ts";

const ROUNDS = 60;

function changesOf(values: Float64Array): readonly LevelChange[] {
  const steps = levelChanges(values);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

type Kind = (seed: number, count: number) => Float64Array;

const autocorrelated =
  (likeness: number): Kind =>
  (seed, count) => {
    const normal = normalNumbers(seed);
    let value = normal();
    return new Float64Array(count).map(
      () => (value = likeness * value + Math.sqrt(1 - likeness ** 2) * normal()),
    );
  };

const white = autocorrelated(0);

const quiet: Readonly<Record<string, Kind>> = {
  "white noise": white,
  "noise with autocorrelation 0.5": autocorrelated(0.5),
  "noise with autocorrelation 0.9": autocorrelated(0.9),
  "slow and fast noise": (seed, count) => {
    const fast = white(seed + 1, count);
    return autocorrelated(0.95)(seed, count).map((value, i) => value + fast[i]!);
  },
  "a random walk": (seed, count) => {
    let sum = 0;
    return white(seed, count).map((value) => (sum += value));
  },
  "a random season": (seed, count) => {
    const random = randomNumbers(seed);
    const [periods, height, phase] = [1 + 12 * random(), 0.3 + 4 * random(), 7 * random()];
    return white(seed, count).map(
      (value, i) => value + height * Math.sin((2 * Math.PI * periods * i) / count + phase),
    );
  },
  "a trend": (seed, count) => white(seed, count).map((value, i) => value + (10 * i) / count),
  bursts: (seed, count) => {
    const random = randomNumbers(seed + 1);
    return white(seed, count).map((value) => (random() < 0.02 ? value + 20 * random() : value));
  },
  "exponential values": (seed, count) => {
    const random = randomNumbers(seed);
    return new Float64Array(count).map(() => -Math.log(1 - random()));
  },
  "rare counts": (seed, count) => {
    const random = randomNumbers(seed);
    return new Float64Array(count).map(() => (random() < 0.03 ? 1 : 0));
  },
};

test.each(Object.entries(quiet))("at most 1 of 20 series has a change: %s", (_, series) => {
  let changed = 0;
  for (let round = 0; round < ROUNDS; round++)
    if (changesOf(series(100 + 7 * round, 240)).length > 0) changed++;
  expect(changed).toBeLessThanOrEqual(ROUNDS / 20);
});

test.each([
  ["white noise", white, 3],
  ["noise with autocorrelation 0.3", autocorrelated(0.3), 4],
  ["exponential values", quiet["exponential values"] ?? white, 3],
])("most steps are found at their place: %s", (_, series, height) => {
  let found = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const at = 60 + 2 * round;
    const changes = changesOf(
      series(500 + 7 * round, 240).map((value, i) => (i < at ? value : value + height)),
    );
    if (changes.length === 1 && Math.abs(changes[0]!.index - at) <= 3) found++;
  }
  expect(found).toBeGreaterThanOrEqual(0.85 * ROUNDS);
});

test("several steps have the levels between them", () => {
  const levels = [10, 20, 5];
  const values = white(3, 600).map((value, i) => value + levels[Math.floor(i / 200)]!);
  const changes = changesOf(values);
  expect(changes.map(({ index }) => Math.round(index / 10))).toEqual([20, 40]);
  expect(changes.map(({ before, after }) => [Math.round(before), Math.round(after)])).toEqual([
    [10, 20],
    [20, 5],
  ]);
});

test("constants, few values, huge and tiny values are handled", () => {
  expect(changesOf(new Float64Array())).toEqual([]);
  expect(changesOf(new Float64Array(10).map((_, i) => (i < 5 ? 0 : 1)))).toEqual([]);
  expect(changesOf(new Float64Array(500).fill(7))).toEqual([]);
  const huge = changesOf(new Float64Array(500).map((_, i) => (i < 250 ? 1e300 : -1e300)));
  expect(huge).toMatchObject([{ index: 250, pValue: 0 }]);
  expect(Math.abs(huge[0]!.before - 1e300)).toBeLessThan(1e290);
  const tiny = changesOf(white(5, 500).map((value, i) => 1e-300 * (value + (i < 250 ? 0 : 5))));
  expect(tiny).toHaveLength(1);
});

test("100,000 values are examined in blocks, and in short pieces", () => {
  const values = white(8, 100_000).map((value, i) => (i < 40_000 ? value : value + 1));
  const steps = levelChanges(values);
  let pieces = 0;
  for (;;) {
    const step = steps.next();
    pieces++;
    if (step.done !== true) continue;
    expect(step.value).toHaveLength(1);
    expect(Math.abs(step.value[0]!.index - 40_000)).toBeLessThanOrEqual(200);
    break;
  }
  expect(pieces).toBeGreaterThan(1_000);
});
