// Series that moved as the metric did come first, also if their movement is over before the window ends.
import { expect, test } from "vitest";
import { correlate } from "../../../src/anomalies/correlation/correlate.ts";
import type { Correlated } from "../../../src/anomalies/correlation/correlated.ts";
import type { SampleSeries } from "../../../src/query/source.ts";
import { Random } from "../../kit/random.ts";
import { MemorySource } from "../../query/kit/memory-source.ts";
import { counter, LENGTH, noise, series, START, WINDOW } from "./series.ts";

const random = new Random(60);
const isIn = (i: number, from: number, to: number): boolean => i >= START + from && i < START + to;

/** Noise around 100 that is higher in a part of the window. */
function raised(name: string, by: number, from: number, to: number): SampleSeries {
  return series(name, (i) => 100 + 3 * noise(random) + (isIn(i, from, to) ? by : 0));
}

const quiet = (name: string): SampleSeries => raised(name, 0, 0, 0);

test("a cause that is over comes before a larger change at another time", async () => {
  const all = [raised("slow", 80, 12, 24), raised("cause", 60, 12, 24), raised("other", 200, 32, 48)];
  const found = await correlate({
    source: new MemorySource([...all, quiet("calm")]),
    metric: "slow",
    ...WINDOW,
  });
  expect(found.map(({ metric, isWeak }) => [metric, isWeak])).toEqual([
    ["cause", false],
    ["other", false],
  ]);
  const [cause, other] = found;
  expect(cause).toMatchObject({ direction: "up", metric: "cause" });
  expect(cause?.factor).toBeCloseTo(1.6, 1);
  expect(cause?.explains).toBeGreaterThan(0.9);
  expect(other?.explains).toBeLessThan(0.4);
  // Both began with the same sample.
  expect(cause?.leadSeconds).toBeCloseTo(0, 6);
});

test("falls explain rises, and a movement that is over needs a metric that moved as well", async () => {
  const cause = series("cause", (i) => 100 + 3 * noise(random) - (isIn(i, 12, 24) ? 60 : 0));
  const ask = async (slow: SampleSeries): Promise<readonly object[]> =>
    await correlate({ source: new MemorySource([slow, cause, quiet("calm")]), metric: "slow", ...WINDOW });
  expect(await ask(raised("slow", 80, 12, 24))).toMatchObject([{ metric: "cause", direction: "down" }]);
  expect(await ask(raised("slow", 80, 36, 48))).toEqual([]);
});

test("a cause that stays at its limit is compared by its beginning, and comes before effects that go on to grow", async () => {
  const begin = START + 8;
  // Waiting requests: their number grows, and varies.
  const waiting = Array.from({ length: LENGTH }, (_, i) =>
    i < begin ? 0 : 20 + 5 * (i - begin) + 60 * random.share(),
  );
  const like = (name: string, width: number): SampleSeries =>
    series(name, (i) => 100 + width * noise(random) + waiting[i]!);
  const throttledFrom = (cell: number): SampleSeries =>
    counter("throttled_total", (i) => (i >= cell ? 150 : 0));
  const found = async (cause: SampleSeries): Promise<readonly Correlated[]> => {
    const effects = [like("loop_delay", 20), like("packets", 24), like("calls", 22)];
    const source = new MemorySource([like("slow", 3), ...effects, cause, quiet("calm")]);
    return await correlate({ source, metric: "slow", ...WINDOW });
  };
  const [first] = await found(throttledFrom(begin));
  expect(first).toMatchObject({ metric: "throttled_total", direction: "up", isWeak: false });
  expect(first?.explains).toBeGreaterThan(0.9);
  const fewer = await found(series("replicas", (i) => (i >= begin ? 2 : 3)));
  expect(fewer.find(({ metric }) => metric === "replicas")?.explains).toBeGreaterThan(0.8);
  // It begins when the metric has long moved.
  expect((await found(throttledFrom(begin + 16)))[0]?.metric).not.toBe("throttled_total");
});

test("without the metric's own series, nothing is said to be explained", async () => {
  const source = new MemorySource([raised("cause", 60, 12, LENGTH), quiet("calm")]);
  const [cause] = await correlate({ source, metric: "slow", ...WINDOW });
  expect(cause?.metric).toBe("cause");
  expect(cause).not.toHaveProperty("explains");
});

test("five samples of five minutes are enough, with a gap and a share that was always 100", async () => {
  const step = 300_000;
  const begin = 1_700_000_000_000;
  const of = (name: string, values: readonly (number | undefined)[], usual: () => number): SampleSeries => {
    const all = [...Array.from({ length: 28 }, usual), ...values];
    const samples = all.flatMap((value, i) =>
      value === undefined ? [] : [[begin + i * step, value] as const],
    );
    return {
      labels: { __name__: name },
      times: Float64Array.from(samples, ([time]) => time),
      values: Float64Array.from(samples, ([, value]) => value),
    };
  };
  const source = new MemorySource([
    of("errors_of_shop", [0, 0, 1.2, 1.4, 0], () => 0),
    of("availability_of_stock", [100, 100, 97, 96.4, 100], () => 100),
    of("requests_of_stock", [99, undefined, 101, 102, 98], () => 100 + 2 * noise(random)),
    of("latency_of_mail", [0.2, 0.9, 0.9, 0.2, 0.2], () => 0.2 + 0.01 * noise(random)),
  ]);
  const found = await correlate({
    source,
    metric: "errors_of_shop",
    from: (begin + 27 * step) / 1_000,
    to: (begin + 32 * step) / 1_000,
  });
  expect(found[0]).toMatchObject({ metric: "availability_of_stock", direction: "down", isWeak: false });
  expect(found[0]?.factor).toBeCloseTo(0.967, 3);
  expect(found[0]?.explains).toBeGreaterThan(0.95);
});

test("a caller comes behind the callee that explains the metric as well; calls may form a circle", async () => {
  const of = (component: string, by: number, from = 12): SampleSeries =>
    series("latency", (i) => 100 + 3 * noise(random) + (isIn(i, from, from + 12) ? by : 0), { component });
  const slow = raised("slow", 80, 12, 24);
  const source = new MemorySource([
    slow,
    of("gate", 90),
    of("shop", 60),
    of("stock", 30),
    of("mail", 60, 34),
  ]);
  const order = async (calls?: Readonly<Record<string, readonly string[]>>): Promise<readonly unknown[]> => {
    const found = await correlate({ source, metric: "slow", ...WINDOW, calls });
    return found.map(({ labels }) => labels["component"]);
  };
  expect(await order()).toEqual(["gate", "shop", "stock", "mail"]);
  expect(await order({ gate: ["shop", "mail"], shop: ["stock"] })).toEqual(["stock", "shop", "gate", "mail"]);
  const inCircle = await order({ gate: ["shop"], shop: ["gate"] });
  expect(new Set(inCircle)).toEqual(new Set(["gate", "mail", "shop", "stock"]));
  await expect(order(JSON.parse(`{ "gate": "shop" }`))).rejects.toThrow(
    "calls must be an object with lists of names",
  );
});
