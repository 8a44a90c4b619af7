import { expect, test } from "vitest";
import { PointList, packedResult, unpackedSeries } from "../../../src/history/query/points.ts";

test("a result is unpacked in steps of few points and few series", () => {
  const long = new PointList();
  for (let i = 0; i < 5_000; i++) long.push(i * 1_000, i);
  const short = Array.from({ length: 1_000 }, () => new PointList());
  const series = [long, ...short].map((points, i) => ({ attributes: { i }, points }));
  const steps = unpackedSeries(packedResult({ unit: "", type: "gauge" }, series));
  let count = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) count++;
  expect(count).toBeGreaterThanOrEqual(24);
  expect(step.value.map(({ points }) => points.length)).toEqual(series.map(({ points }) => points.length));
  expect(step.value[0]?.points.at(-1)).toEqual([4_999, 4_999]);
});
