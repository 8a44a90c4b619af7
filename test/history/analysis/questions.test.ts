import { join } from "node:path";
import { History } from "tachymeter/history";
import { beforeAll, expect, test } from "vitest";
import { fillHistory } from "../filled-history.ts";
import { normalNumbers } from "./known-data.ts";
import { newFolder } from "../../kit/new-folder.ts";

const FROM = Date.parse("2026-09-01T00:00:00Z") / 1_000;
const HOUR = 3_600;
const TO = FROM + 6 * HOUR;

let history: History;

// Six hours with one collection per minute: a disk that fills by 60 B per minute, a queue that empties, noise, and
// requests. The rate of requests grows; their duration grows from the third hour on.
beforeAll(async () => {
  const path = join(newFolder("analysis"), "tachymeter.db");
  const normal = normalNumbers(5);
  await fillHistory({
    path,
    from: FROM,
    to: TO,
    interval: 60,
    record(provider) {
      const meter = provider.getMeter("test");
      const [disk, queue, noise] = ["disk.used", "queue.size", "noise"].map((name) =>
        meter.createGauge(name),
      );
      let now = FROM;
      meter.createObservableGauge("seen.twice").addCallback((result) => {
        if (now < FROM + 120) result.observe(1);
      });
      meter.createObservableGauge("young").addCallback((result) => {
        if (now > TO - 240) result.observe(now - FROM);
      });
      const requests = meter.createCounter("requests");
      const duration = meter.createHistogram("duration", { unit: "s" });
      return (time) => {
        const minute = (time - FROM) / 60;
        disk?.record(1_000 + 60 * minute + 100 * normal(), { disk: "sda" });
        disk?.record(500, { disk: "sdb" });
        queue?.record(10_000 - 10 * minute + normal());
        noise?.record(normal());
        now = time;
        requests.add(Math.round(100 + minute));
        for (let i = 0; i < 5; i++)
          duration.record((time < FROM + 3 * HOUR ? 10 : 14) + normal(), { route: "/" });
      };
    },
  });
  history = await History.open({ path, readOnly: true });
  return () => history.close();
});

const range = { from: FROM, to: TO };

test("a trend has a slope and its limits for each series", async () => {
  const trend = await history.trend({ metric: "disk.used", ...range });
  expect(trend).toMatchObject({ metric: "disk.used", type: "gauge", confidence: 0.95 });
  const [sda, sdb] = trend.series;
  expect(sda).toMatchObject({ attributes: { disk: "sda" }, direction: "rising" });
  expect(sda?.slope).toBeCloseTo(1, 2);
  expect((sda?.slopeLow ?? 2) < 1 && 1 < (sda?.slopeHigh ?? 0)).toBe(true);
  expect((sda?.end ?? 0) - (sda?.start ?? 0)).toBeCloseTo(
    ((sda?.to ?? 0) - (sda?.from ?? 0)) * (sda?.slope ?? 0),
    6,
  );
  expect(sdb).toMatchObject({ slope: 0, direction: "steady", start: 500, end: 500 });
});

test("a higher confidence results in wider limits", async () => {
  const widths = await Promise.all(
    [0.5, 0.95, 0.999].map(async (confidence) => {
      const { series } = await history.trend({ metric: "noise", ...range }, { confidence });
      return (series[0]?.slopeHigh ?? 0) - (series[0]?.slopeLow ?? 0);
    }),
  );
  expect(widths).toEqual(widths.toSorted((one, other) => one - other));
  expect((await history.trend({ metric: "noise", ...range })).series[0]?.direction).toBe("steady");
});

test("the trend of a counter is that of its rate, with several points per step", async () => {
  const { series } = await history.trend({ metric: "requests", ...range });
  // Grows by one per minute, each minute.
  expect(series[0]?.slope).toBeCloseTo(1 / 60 / 60, 6);
  expect(series[0]?.points).toBeGreaterThan(50);
});

test("without `from` a trend starts at the oldest point", async () => {
  const { series } = await history.trend({ metric: "queue.size", to: TO });
  expect(series[0]).toMatchObject({ direction: "falling" });
  expect(series[0]?.from).toBeLessThan(FROM + 600);
});

test("without `from` the analysis of a young metric starts at its own oldest point", async () => {
  const [trend] = (await history.trend({ metric: "young", to: TO })).series;
  expect(trend).toMatchObject({ direction: "rising", points: 3, to: TO });
  const { series } = await history.forecast({ metric: "young", to: TO }, 6 * HOUR + 600);
  expect(series).toMatchObject([{ outcome: "expected" }]);
});

test("a forecast has the time at which a series reaches a threshold", async () => {
  const { series } = await history.forecast(
    { metric: "disk.used", ...range, where: { disk: "sda" } },
    50_000,
  );
  const [{ outcome, at = 0, earliest = 0, latest = 0 } = { outcome: undefined }] = series;
  expect(outcome).toBe("expected");
  // 49,000 B above the start, at 1 B per second.
  expect(Math.abs(at - (FROM + 49_000))).toBeLessThan(300);
  expect(earliest < FROM + 49_000 && FROM + 49_000 < latest).toBe(true);
});

test.each([
  ["queue.size", 0, "expected"],
  ["queue.size", 9_000, "reached"],
  ["queue.size", 20_000, "unlikely"],
  ["noise", 50, "possible"],
])("the forecast of %s for %d is %s", async (metric, threshold, outcome) => {
  const { series } = await history.forecast({ metric, ...range }, threshold);
  expect(series.map((each) => each.outcome)).toEqual([outcome]);
  expect(series[0]?.latest !== undefined).toBe(outcome === "expected");
});

test("a passed threshold was reached when the line crossed it", async () => {
  const { series } = await history.forecast({ metric: "queue.size", ...range }, 9_000);
  expect(Math.abs((series[0]?.at ?? 0) - (FROM + 100 * 60))).toBeLessThan(60);
  const full = await history.forecast({ metric: "disk.used", where: { disk: "sdb" }, ...range }, 500);
  expect(full.series[0]).toMatchObject({ outcome: "reached", at: full.series[0]?.trend.from });
});

test("a comparison has the verdict, the shift and the probability", async () => {
  const middle = FROM + 3 * HOUR;
  const { series, unit } = await history.compare({ metric: "duration" }, [FROM, middle], [middle, TO]);
  expect(unit).toBe("s");
  const [each] = series;
  expect(each).toMatchObject({ attributes: { route: "/" }, verdict: "higher" });
  expect(each?.shift).toBeCloseTo(4, 0);
  expect(each?.effect).toBeGreaterThan(0.95);
  expect(each?.pValue).toBeLessThan(1e-6);
  const faster = await history.compare({ metric: "duration" }, [middle, TO], [FROM, middle]);
  expect(faster.series[0]?.verdict).toBe("lower");
  const same = await history.compare({ metric: "noise" }, [FROM, middle], [middle, TO]);
  expect(same.series[0]?.verdict).toBe("similar");
});

test("a change point has its time, the levels on both sides and the probability", async () => {
  const found = await history.changePoints({ metric: "duration", ...range });
  expect(found).toHaveLength(1);
  const [{ time, before, after, factor, pValue, attributes } = found[0]!] = found;
  expect(Math.abs(time - (FROM + 3 * HOUR))).toBeLessThan(600);
  expect([before, after].map(Math.round)).toEqual([10, 14]);
  expect(factor).toBe(after / before);
  expect(pValue).toBeLessThan(1e-6);
  expect(attributes).toEqual({ route: "/" });
});

test("a metric with noise, a trend or few points has no change points", async () => {
  for (const metric of ["noise", "disk.used", "queue.size", "requests", "seen.twice", "not.known"])
    expect({ metric, found: await history.changePoints({ metric, ...range }) }).toEqual({
      metric,
      found: [],
    });
  await expect(history.changePoints({ metric: "noise", from: "soon" })).rejects.toThrow(
    /from must be .*soon/,
  );
});

test("series with too few points are left out", async () => {
  expect((await history.trend({ metric: "seen.twice", ...range })).series).toEqual([]);
  expect((await history.trend({ metric: "not.known", ...range })).series).toEqual([]);
  const later = [FROM + HOUR, TO] as const;
  expect((await history.compare({ metric: "seen.twice" }, [FROM, FROM + HOUR], later)).series).toEqual([]);
});

test("invalid arguments of analyses are rejected", async () => {
  const question = { metric: "noise", ...range };
  await expect(history.trend(question, { confidence: 95 })).rejects.toThrow(
    'question about "noise": confidence must be a number between 0 and 1, got 95',
  );
  await expect(history.forecast(question, NaN)).rejects.toThrow(
    'question about "noise": threshold must be a finite number, got NaN',
  );
  await expect(history.compare(question, [TO, FROM], [FROM, TO])).rejects.toThrow(
    /question about "noise": before must be two times \(.*\), earlier first, got \[\d+,\d+\]/,
  );
  await expect(history.trend({ metric: "noise", from: "soon" })).rejects.toThrow(/from must be .*soon/);
  await expect(history.trend({ metric: "noise", aggregate: "RATE", ...range })).rejects.toThrow(/noise/);
  const signal = AbortSignal.abort(new Error("the caller's reason"));
  await expect(history.trend({ ...question, signal })).rejects.toThrow("the caller's reason");
});
