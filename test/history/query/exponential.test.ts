import { join } from "node:path";
import { type AggregateName, History } from "tachymeter/history";
import { AggregationType, type ViewOptions } from "tachymeter/metrics";
import { beforeAll, expect, test } from "vitest";
import { query } from "../../../src/query/evaluation/query.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { fillHistory } from "../filled-history.ts";

const BEGIN = 1_790_000_000;
const MIDDLE = BEGIN + 900;
const END = BEGIN + 1_800;
const VALUES = [0.1, 0.2, 0.4, 3, 0];
const EXPONENTIAL: ViewOptions = {
  instrumentName: "latency",
  aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
};

let history: History;

// Half an hour with five values every ten seconds. In the second half, the histogram is exponential.
beforeAll(async () => {
  const path = join(newFolder("exponential"), "tachymeter.db");
  const recorded = (from: number, to: number, views: readonly ViewOptions[]): Promise<void> =>
    fillHistory({
      path,
      from,
      to,
      interval: 10,
      views,
      record(provider) {
        const latency = provider.getMeter("shop").createHistogram("latency", { unit: "s" });
        return () => {
          for (const value of VALUES) latency.record(value, { route: "/" });
        };
      },
    });
  await recorded(BEGIN, MIDDLE - 10, []);
  await recorded(MIDDLE, END, [EXPONENTIAL]);
  history = await History.open({ path, readOnly: true });
  return () => history.close();
});

async function valuesOf(aggregate: AggregateName, from: number): Promise<unknown> {
  const question = { metric: "latency", aggregate, from, to: END, step: 300, quantile: 0.5 } as const;
  const [plain, grouped] = await Promise.all([
    history.query(question),
    history.query({ ...question, by: ["route"] }),
  ]);
  expect(grouped.series).toEqual(plain.series);
  expect(plain.series.map(({ attributes }) => attributes)).toEqual([{ route: "/" }]);
  return plain.series[0]?.points.map(([time, value]) => [time - from, value]);
}

test.each([
  ["COUNT", "histogram_count(increase(latency_seconds[5m]))"],
  ["SUM", "histogram_sum(increase(latency_seconds[5m]))"],
  ["MEAN", "histogram_avg(increase(latency_seconds[5m]))"],
  ["RATE", "histogram_count(rate(latency_seconds[5m]))"],
  ["QUANTILE", "histogram_quantile(0.5, increase(latency_seconds[5m]))"],
] as const)("%s of an exponential histogram is %s", async (aggregate, expression) => {
  const result = await query(expression, { source: history, time: END });
  const expected = result.kind === "vector" ? Number(result.series[0]?.value) : Number.NaN;
  expect(expected).toBeGreaterThan(0);
  const from = END - 600;
  expect(await valuesOf(aggregate, from)).toEqual([
    [300, expect.any(Number)],
    [600, expect.closeTo(expected, 9)],
  ]);
});

test("minimum and maximum of an exponential histogram are between the bounds of its values", async () => {
  const [min, max] = await Promise.all(
    (["MIN", "MAX"] as const).map(async (aggregate) => {
      const question = { metric: "latency", aggregate, from: END - 600, to: END, step: 600 };
      const { series } = await history.query(question);
      return series[0]?.points[0]?.[1];
    }),
  );
  expect([min, max]).toEqual([0, 3]);
});

test("after a change from explicit to exponential buckets, each step has the figures of its histogram", async () => {
  const counts = await valuesOf("COUNT", BEGIN);
  // 30 collections with five values each; the first of a process has no increase, and is extrapolated.
  const near = (value: number): unknown => expect.closeTo(value, -1);
  expect(counts).toEqual([300, 600, 900, 1_200, 1_500, 1_800].map((time) => [time, near(150)]));
});
