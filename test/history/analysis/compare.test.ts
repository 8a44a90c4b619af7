import { expect, test } from "vitest";
import { comparisonOf } from "../../../src/history/analysis/compare.ts";
import type { Answer, Point, Question } from "../../../src/history/question.ts";
import { normalNumbers } from "./known-data.ts";

const ROUNDS = 100;
const POINTS = 120;

/** The percentage of comparisons that find a difference between series with the given autocorrelation. */
async function toldOfHundred(likeness: number, shift: number, former: number = likeness): Promise<number> {
  const normal = normalNumbers(11);
  const deviation = 1 / Math.sqrt(1 - likeness ** 2);
  // With equal variance for any autocorrelation.
  const series = (level: number, alike: number): Point[] => {
    const own = deviation * Math.sqrt(1 - alike ** 2);
    let value = normal() * deviation;
    return Array.from({ length: POINTS }, (_, i): Point => {
      value = alike * value + own * normal();
      return [i, level + value];
    });
  };
  let told = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const ranges = new Map<unknown, Point[]>([
      [0, series(0, former)],
      [POINTS, series(shift * deviation, likeness)],
    ]);
    const query = async ({ metric, from }: Question): Promise<Answer> => {
      return {
        metric,
        unit: "",
        type: "gauge",
        series: [{ attributes: {}, points: ranges.get(from) ?? [] }],
      };
    };
    const question = { metric: "x", aggregate: "MEAN", step: 1 } as const;
    const { series: compared } = await comparisonOf({ query }, question, [0, POINTS], [POINTS, 2 * POINTS]);
    if (compared[0]?.verdict !== "similar") told++;
  }
  return (100 * told) / ROUNDS;
}

test("unchanged series rarely differ, despite autocorrelation", async () => {
  // A test for independent values would find a difference in one of six with likeness 0.5, in one of two with 0.9.
  expect(await toldOfHundred(0, 0)).toBeLessThanOrEqual(3);
  expect(await toldOfHundred(0.5, 0)).toBeLessThanOrEqual(5);
  expect(await toldOfHundred(0.9, 0)).toBeLessThanOrEqual(10);
});

test("a shift by a standard deviation is found", async () => {
  expect(await toldOfHundred(0, 1)).toBe(100);
  expect(await toldOfHundred(0.5, 1)).toBeGreaterThan(90);
});

test("a range with few independent points is not compensated by the other range", async () => {
  expect(await toldOfHundred(0.9, 0, 0)).toBeLessThanOrEqual(10);
});
