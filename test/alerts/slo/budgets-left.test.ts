import { expect, test } from "vitest";
import { sloGroups } from "tachymeter/alerts";
import { budgetsLeft } from "../../../src/alerts/slo/budgets-left.ts";
import { GivenSource } from "../../../src/query/given-source.ts";
import { query, type SampleSeries } from "../../../src/query/index.ts";

const NOW = 1_700_006_420;
const { signal } = new AbortController();
const RULES = sloGroups([
  {
    name: "http",
    objective: 0.99,
    good: 'requests_total{code!="500"}',
    total: "requests_total",
    window: "1d",
  },
  { name: "models", budget: 20, spent: "cost_total" },
])
  .flatMap(({ rules }) => rules)
  .map(({ expr }) => ({ query: expr }));

/** The series that the rules record: a sample a minute from `from` on. */
function recorded(name: string, slo: string, from: number, valueAt: (time: number) => number): SampleSeries {
  const times = Array.from({ length: Math.floor((NOW - from) / 60) + 1 }, (_, i) => (NOW - 60 * i) * 1_000);
  const ascending = times.toReversed();
  return {
    labels: { __name__: name, slo },
    times: Float64Array.from(ascending),
    values: Float64Array.from(ascending, (time) => valueAt(time / 1_000)),
  };
}

async function left(series: readonly SampleSeries[]): Promise<Readonly<Record<string, number | undefined>>> {
  const source = new GivenSource({
    async *select({ matchers }) {
      yield* series.filter(({ labels }) =>
        matchers.every(({ label, value }) => (labels[label] ?? "") === value),
      );
    },
  });
  const budgets = await budgetsLeft(RULES, (used) => query(used, { source, time: NOW, signal }));
  expect(budgets.map(({ name, window }) => [name, window])).toEqual([
    ["http", "1d"],
    ["models", "1d"],
  ]);
  return Object.fromEntries(budgets.map((budget) => [budget.name, budget.left]));
}

test("an hour of 12 % of errors uses half of the budget of 1 % of a day, however long the process ran before", async () => {
  const isBad = (time: number): number => (time > NOW - 7_200 && time <= NOW - 3_600 ? 0.12 : 0);
  for (const from of [NOW - 7_200, NOW - 80_000])
    expect((await left([recorded("slo:error_ratio:rate5m", "http", from, isBad)]))["http"]).toBeCloseTo(0.5);
});

test("a budget of money is what was not spent, and no budget is below 0", async () => {
  expect(await left([recorded("slo:spent:increase1d", "models", NOW - 600, () => 5)])).toEqual({
    http: undefined,
    models: 0.75,
  });
  expect(await left([recorded("slo:spent:increase1d", "models", NOW - 600, () => 50)])).toMatchObject({
    models: 0,
  });
});

test("all of a budget is left before its first minute", async () => {
  expect(await left([recorded("slo:error_ratio:rate5m", "http", NOW - 10, () => 0)])).toMatchObject({
    http: 1,
  });
});
