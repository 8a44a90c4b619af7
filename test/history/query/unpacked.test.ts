import { expect, test } from "vitest";
import { packedResult, unpackedSeries } from "../../../src/history/query/points.ts";

test("a result is unpacked in steps of few points and few series", () => {
  const numbers = Float64Array.from({ length: 5_000 }, (_, i) => i);
  const long = { times: numbers.map((i) => 1_000 * i), values: numbers };
  const short = Array.from({ length: 1_000 }, () => ({
    times: new Float64Array(),
    values: new Float64Array(),
  }));
  const series = [long, ...short].map((points, i) => ({ attributes: { i }, ...points }));
  const steps = unpackedSeries(packedResult({ unit: "", type: "gauge" }, series));
  let count = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) count++;
  expect(count).toBeGreaterThanOrEqual(24);
  expect(step.value.map(({ points }) => points.length)).toEqual(series.map(({ times }) => times.length));
  expect(step.value[0]?.points.at(-1)).toEqual([4_999, 4_999]);
});
