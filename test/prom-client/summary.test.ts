import { createRequire } from "node:module";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { metricSources } from "../../src/engine/collection/metric-source.ts";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import own from "../../src/prom-client/index.ts";
import { OpenReader } from "../engine/our-provider.ts";

const BEGIN = 1_700_000_000_000;

// Its types are not assignable to ours.
const real: typeof own = createRequire(import.meta.url)("prom-client");

beforeEach(() => void vi.useFakeTimers({ now: BEGIN }));
afterEach(() => void vi.useRealTimers());

function summaries(options: object) {
  return [own, real].map(({ Registry, Summary }) => {
    vi.setSystemTime(BEGIN);
    const registry = new Registry();
    const registers = [registry];
    const configuration = { name: "wait", help: "h", labelNames: ["a"], percentiles: [0.5, 0.9], registers };
    return { registry, summary: new Summary({ ...configuration, ...options }) };
  });
}

// Equal values: the real package counts each value once for each age bucket, so that its quantiles of others differ.
test.each([
  { maxAgeSeconds: 60, ageBuckets: 3 },
  { maxAgeSeconds: 60, ageBuckets: 3, pruneAgedBuckets: true },
  { maxAgeSeconds: 10, ageBuckets: 1 },
  { maxAgeSeconds: 60 },
  { ageBuckets: 3 },
])("values are forgotten when they are by the real package, with %j", async (options) => {
  const both = summaries(options);
  for (let step = 0; step < 24; step++) {
    for (const { summary } of both) {
      if (step < 6) summary.observe({ a: "x" }, 5);
      if (step < 6 || step === 15) summary.observe({ a: "y" }, 7);
    }
    vi.advanceTimersByTime(7_000);
    const [ours, theirs] = await Promise.all(both.map(({ registry }) => registry.metrics()));
    expect(ours, `step ${step}`).toBe(theirs);
  }
});

test("series without values of the last seconds are not in collections either", async () => {
  const reader = new OpenReader();
  new MeterProvider({ readers: [reader] }).collectSources(metricSources());
  const [{ summary } = { summary: undefined }] = summaries({
    maxAgeSeconds: 60,
    ageBuckets: 3,
    pruneAgedBuckets: true,
    name: "delay",
  });
  const jobsOf = (): readonly unknown[] => {
    const { metrics } = reader.producer.collectSync();
    const { series } = metrics.find(({ descriptor }) => descriptor.name === "delay_count")!;
    const jobs: unknown[] = [];
    series.visit(0, series.length, { series: (_, __, row) => jobs.push(series.attributesOf(row)["a"]) });
    return jobs;
  };
  summary?.observe({ a: "x" }, 1);
  vi.advanceTimersByTime(30_000);
  summary?.observe({ a: "y" }, 1);
  expect(jobsOf()).toEqual(["x", "y"]);
  vi.advanceTimersByTime(31_000);
  expect(jobsOf()).toEqual(["y"]);
});

test("quantiles are those of the values of the last seconds", async () => {
  const [{ registry, summary } = { registry: own.register, summary: undefined }] = summaries({
    maxAgeSeconds: 60,
    ageBuckets: 3,
  });
  const median = async (): Promise<string | undefined> =>
    /quantile="0\.5".* (\S+)$/m.exec(await registry.metrics())?.[1];
  summary?.observe({ a: "x" }, 1);
  vi.advanceTimersByTime(30_000);
  summary?.observe({ a: "x" }, 101);
  expect(await median()).toBe("51");
  vi.advanceTimersByTime(31_000);
  expect(await median()).toBe("101");
  vi.advanceTimersByTime(60_000);
  expect(await median()).toBe("0");
});
