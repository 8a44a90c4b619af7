// A rolling restart: the new process begins two minutes before the old one ends, and a job runs beside them.
import { join } from "node:path";
import { History, type Question } from "tachymeter/history";
import type { MeterProvider } from "tachymeter/metrics";
import { beforeAll, expect, test } from "vitest";
import { reportOf } from "../../cli/report/report-of.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { fillHistory } from "../filled-history.ts";

const FROM = Date.parse("2026-09-01T00:00:00Z") / 1_000;
const HOUR = 3_600;
const MIDDLE = FROM + 3 * HOUR;
const TO = FROM + 6 * HOUR;

let path: string;
let history: History;

beforeAll(async () => {
  path = join(newFolder("overlap"), "tachymeter.db");
  const processOf = (instance: string, from: number, to: number, seconds: number) =>
    fillHistory({ path, from, to, interval: 60, instance, record: recorded(from, seconds) });
  await processOf("old", FROM, MIDDLE + 120, 0.005);
  await processOf("job", FROM + HOUR, FROM + HOUR + 120, 0.005);
  await processOf("new", MIDDLE, TO, 0.5);
  history = await History.open({ path, readOnly: true });
  return () => history.close();
});

function recorded(from: number, seconds: number) {
  return (provider: MeterProvider): ((time: number) => void) => {
    const meter = provider.getMeter("test");
    const duration = meter.createHistogram("duration", { unit: "s" });
    const served = meter.createCounter("served");
    const memory = meter.createGauge("memory");
    const done = ["a", "b"].map((scope) => provider.getMeter(scope).createCounter("done"));
    const threads = meter.createGauge("threads");
    const uptime = meter.createGauge("process.uptime", { unit: "s" });
    return (time) => {
      for (let i = 0; i < 5; i++) duration.record(seconds, { route: "/" });
      served.add(10);
      memory.record(100 + (time % 7));
      threads.record(seconds > 0.1 ? 8 : 4);
      for (const [i, counter] of done.entries()) counter.add(i + 1);
      uptime.record(time - from + 1);
      if (seconds > 0.1) duration.record(seconds, { route: "/young" });
    };
  };
}

const before = [FROM, MIDDLE] as const;
const after = [MIDDLE, TO] as const;

test("a comparison joins processes that overlapped, and counts the series without a partner", async () => {
  const { series, unmatched } = await history.compare({ metric: "duration" }, before, after);
  expect(series).toMatchObject([{ attributes: { route: "/" }, verdict: "higher" }]);
  expect(series[0]?.after.median).toBeCloseTo(0.5);
  expect(unmatched).toBe(1);
  const ofMemory = await history.compare({ metric: "memory" }, before, after);
  expect(ofMemory).toMatchObject({ unmatched: 0, series: [{ attributes: {}, verdict: "similar" }] });
  // A question with `by` keeps its own distinction.
  const by = ["service.instance.id"];
  const distinguished = await history.compare({ metric: "memory", by }, before, after);
  expect(distinguished.series.map(({ attributes }) => attributes)).toContainEqual({
    "service.instance.id": "old",
  });
});

test("gauges are joined by their aggregate, and not if that is impossible", async () => {
  const both = [MIDDLE, MIDDLE + 120] as const;
  const compared = (question: Pick<Question, "aggregate" | "quantile">) =>
    history.compare({ metric: "threads", step: 60, ...question }, both, [MIDDLE + 600, MIDDLE + 900]);
  const expected = { MEAN: 6, LAST: 6, MIN: 4, MAX: 8, SUM: 12, COUNT: 2 } as const;
  for (const aggregate of ["MEAN", "LAST", "MIN", "MAX", "SUM", "COUNT"] as const) {
    const { series } = await compared({ aggregate });
    expect(series.map(({ before: { median } }) => median)).toEqual([expected[aggregate]]);
  }
  expect(await compared({ aggregate: "QUANTILE", quantile: 0.5 })).toMatchObject({
    series: [{ attributes: { "service.instance.id": "new" } }],
    unmatched: 1,
  });
});

test("series of two scopes are joined over processes, each for itself", async () => {
  const { series } = await history.compare({ metric: "done", aggregate: "RATE", step: 600 }, before, after);
  expect(series.map(({ attributes }) => attributes)).toEqual([
    { "otel.scope.name": "a" },
    { "otel.scope.name": "b" },
  ]);
  for (const [i, each] of series.entries()) expect(each.after.median).toBeCloseTo((i + 1) / 60);
});

test("change points are those of the joined series", async () => {
  const found = await history.changePoints({ metric: "duration", from: FROM, to: TO });
  expect(found).toMatchObject([{ attributes: { route: "/" } }]);
  expect(Math.abs(found[0]!.time - MIDDLE)).toBeLessThan(600);
  expect(await history.changePoints({ metric: "memory", from: FROM, to: TO })).toEqual([]);
});

test("a series has the same attributes in each range", async () => {
  const attributesIn = async (from: number, to: number): Promise<unknown> =>
    (await history.query({ metric: "memory", from, to, aggregate: "MEAN" })).series.map(
      (each) => each.attributes,
    );
  expect(await attributesIn(FROM, FROM + HOUR - 60)).toEqual([{ "service.instance.id": "old" }]);
  expect(await attributesIn(TO - HOUR, TO)).toEqual([{ "service.instance.id": "new" }]);
});

test("a report has the slower series, the restart, and the number of those without a comparison", async () => {
  const { slower, slowest, incidents, examined } = await reportOf(path, MIDDLE, TO);
  // Counts begin after the start of the range.
  expect(slowest.map(({ attributes, count }) => [attributes, count])).toEqual([
    [{ route: "/" }, 5 * 182],
    [{ route: "/young" }, 180],
  ]);
  expect(slower).toMatchObject([{ metric: "duration", attributes: { route: "/" } }]);
  expect(examined.unmatched).toBe(1);
  expect(incidents).toMatchObject([{ kind: "restart", name: "old" }]);
  // The end of a job beside an older process does not count.
  expect((await reportOf(path, FROM, MIDDLE - 60)).incidents).toEqual([]);
});
