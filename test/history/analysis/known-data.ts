// Published data sets.
import { type FittedLine, fittedLine } from "../../../src/history/analysis/fitted-line.ts";
import type { Point } from "../../../src/history/question.ts";

/** NIST, Statistical Reference Datasets, linear regression, "Norris"; certified to 15 digits. */
export const norris: readonly Point[] = pairs(
  `0.1 0.2 338.8 337.4 118.1 118.2 888.0 884.6 9.2 10.1 228.1 226.5 668.5 666.3 998.5 996.3 449.1 448.6 778.9 777.0
  559.2 558.2 0.3 0.4 0.1 0.6 778.1 775.5 668.8 666.9 339.3 338.0 448.9 447.5 10.8 11.6 557.7 556.0 228.3 228.1
  998.0 995.8 888.8 887.6 119.6 120.2 0.3 0.3 0.6 0.3 557.6 556.8 339.3 339.1 888.0 887.2 998.5 999.0 778.9 779.0
  10.2 11.1 117.6 118.3 228.9 229.2 668.4 669.1 449.2 448.9 0.2 0.5`,
).map(([y, x]) => [x, y]);

/** Ezekiel, "Methods of Correlation Analysis" (1930), table 5.2: speed, stopping distance; R's data set `cars`. */
export const cars: readonly Point[] = pairs(
  `4 2 4 10 7 4 7 22 8 16 9 10 10 18 10 26 10 34 11 17 11 28 12 14 12 20 12 24 12 28 13 26 13 34 13 34 13 46 14 26
  14 36 14 60 14 80 15 20 15 26 15 54 16 32 16 40 17 32 17 40 17 50 18 42 18 56 18 76 18 84 19 36 19 46 19 68 20 32
  20 48 20 52 20 56 20 64 22 66 23 54 24 70 24 92 24 93 24 120 25 85`,
);

/** Fits a line through points that have one. */
export function lineThrough(points: readonly Point[]): FittedLine {
  const line = fittedLine(points);
  if (line === undefined) throw new Error("no line goes through these points");
  return line;
}

/** The line with errors for independent points, such as those of an experiment. */
export function asIndependent(line: FittedLine): FittedLine {
  const squares = line.residualVariance * (line.effectiveCount - 2);
  return { ...line, effectiveCount: line.count, residualVariance: squares / (line.count - 2) };
}

/** Reproducible random numbers from 0 to 1. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Reproducible random numbers of the normal distribution. */
export function normalNumbers(seed: number): () => number {
  const random = randomNumbers(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function pairs(text: string): Point[] {
  return (text.match(/\S+\s+\S+/g) ?? []).map((pair) => {
    const [first = 0, second = 0] = pair.split(/\s+/).map(Number);
    return [first, second];
  });
}
