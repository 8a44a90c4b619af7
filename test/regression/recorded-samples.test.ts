// Series that rules write were bounded in number, but not in samples.
import { diag } from "@opentelemetry/api";
import { expect, onTestFinished, test } from "vitest";
import { RecordedSeries } from "../../src/alerts/evaluation/recorded-series.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";

test("with too many samples of recorded series the oldest are dropped, which is logged once", async () => {
  const warnings = collectWarnings();
  onTestFinished(() => diag.disable());
  const recorded = new RecordedSeries({ maxSamples: 1_000 });
  for (let second = 0; second < 300; second++) {
    recorded.prune(second * 1_000);
    for (let i = 0; i < 10; i++)
      recorded.column({ __name__: "r", i: String(i) })?.add(second * 1_000, second);
  }
  recorded.prune(300_000);
  const lengths: number[] = [];
  for await (const { times } of recorded.select({ matchers: [], from: 0, to: 300_000 })) {
    lengths.push(times.length);
    expect(times.at(-1)).toBe(299_000);
  }
  expect(lengths).toHaveLength(10);
  for (const length of lengths) {
    expect(length).toBeGreaterThan(80);
    expect(length).toBeLessThanOrEqual(100);
  }
  expect(warnings).toHaveLength(1);
});
