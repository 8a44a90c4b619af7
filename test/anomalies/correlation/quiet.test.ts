import { expect, test } from "vitest";
import { correlate } from "../../../src/anomalies/correlation/correlate.ts";
import type { SampleSeries } from "../../../src/query/source.ts";
import { Random } from "../../kit/random.ts";
import { MemorySource } from "../../query/kit/memory-source.ts";
import { counter, LENGTH, noise, series, WINDOW } from "./series.ts";

const WINDOWS = 20;

/** Series of five kinds that go on as before. */
function quietSeries(random: Random, count: number): SampleSeries[] {
  return Array.from({ length: count }, (_, number) => {
    const name = `series_${number}`;
    const [pull, share, period] = [0.1 * random.share(), 0.05 * random.share(), 10 + 200 * random.share()];
    const rate = 1 + 300 * random.share();
    let [walk, slow] = [0, 0];
    let burst = 0;
    const burstValue = (): number => {
      if (random.chance(share)) burst = random.integer(1, 6);
      return 10 + noise(random) + (burst-- > 0 ? 50 : 0);
    };
    const kinds: readonly (() => SampleSeries)[] = [
      () => series(name, () => (walk += noise(random) - pull * walk)),
      () => series(name, burstValue),
      () => series(name, (i) => 50 + 10 * Math.sin((2 * Math.PI * i) / period) + 2 * noise(random)),
      () => series(name, () => 100 + 10 * noise(random)),
      () => {
        const increment = (): number => {
          slow += 0.02 * noise(random);
          return Math.max(0, Math.round(rate * Math.exp(slow) + Math.sqrt(rate) * noise(random)));
        };
        return counter(`${name}_total`, increment);
      },
    ];
    return kinds[number % kinds.length]!();
  });
}

test("nothing is listed as a clear change in 95 of 100 windows in which nothing changed, for 500 series", async () => {
  let empty = 0;
  for (let seed = 1; seed <= WINDOWS; seed++) {
    const source = new MemorySource(quietSeries(new Random(seed), 500));
    const found = await correlate({ source, metric: "alerting", ...WINDOW });
    if (found.every(({ isWeak }) => isWeak)) empty++;
    expect(found.filter(({ isWeak }) => isWeak).length).toBeLessThanOrEqual(3);
  }
  expect(empty).toBeGreaterThanOrEqual(0.95 * WINDOWS);
}, 300_000);

test("the more series are compared, the stronger a change must be", async () => {
  const random = new Random(7);
  const cause = series("cause", (i) => 100 + 3 * noise(random) + (i >= LENGTH - 30 ? 30 : 0));
  const strengthAmong = async (count: number): Promise<number | undefined> => {
    const others = Array.from({ length: count }, (_, i) => series(`constant_${i}`, () => 1));
    const found = await correlate({
      source: new MemorySource([cause, ...others]),
      metric: "alerting",
      ...WINDOW,
    });
    return found[0]?.strength;
  };
  const [few, many] = [await strengthAmong(10), await strengthAmong(2_000)];
  expect(few).toBeGreaterThan(0.5);
  expect(many).toBeGreaterThan(0);
  expect(many).toBeLessThan(few ?? 0);
});
