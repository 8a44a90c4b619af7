import { expect, test } from "vitest";
import { backtest } from "../../../src/alerts/evaluation/backtest.ts";
import { MemorySeries } from "../../../src/testing/rule-tests/memory-series.ts";
import { seriesFrom } from "../../../src/testing/rule-tests/series-notation.ts";

test.each([
  ["whole", "x > 0"],
  ["step by step", 'x > 0 and absent(ALERTS{alertname="B"})'],
])("a backtest that evaluates rules %s reports its progress", async (_, expr) => {
  const source = new MemorySeries([seriesFrom("x", "0+1x600", 60_000)]);
  const rules = ["A", "B", "C"].map((alert) => ({ alert, expr }));
  const shares: number[] = [];
  await backtest(
    [
      { name: "g", rules },
      { name: "h", rules },
    ],
    source,
    { from: 0, to: 36_000, interval: 60, onProgress: (share) => void shares.push(share) },
  );
  expect(shares.length).toBeGreaterThan(5);
  expect(shares).toEqual(shares.toSorted((left, right) => left - right));
  expect(shares[0]).toBe(0);
  expect(shares.at(-1)).toBeGreaterThan(0.8);
  expect(shares.at(-1)).toBeLessThanOrEqual(1);
});
