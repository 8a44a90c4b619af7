import { expect, test } from "vitest";
import { stringify } from "yaml";
import { exportRules } from "../../../src/alerts/export/export-rules.ts";
import type { Budget } from "../../../src/alerts/slo/slo.ts";
import { sloGroups } from "../../../src/alerts/slo/slo-groups.ts";
import { isLong } from "../../kit/test-length.ts";
import { needs } from "../../servers/needs.ts";
import { runRules } from "../monitors/engine-run.ts";
import { promtool } from "../monitors/promtool-tests.ts";
import { slopes } from "../monitors/timelines.ts";

const MODELS: Budget = { name: "models", budget: 20, spent: 'llm_cost_total{currency="USD"}' };
const HOUR = 60;

type Part = readonly [perHour: number, hours: number];

/** The cost of two processes in hours at a rate each, in USD an hour; that in euros is not of the budget. */
function cost(...parts: readonly Part[]) {
  return costEvery(1, parts);
}

function costEvery(minutes: number, parts: readonly Part[]) {
  const steps = HOUR / minutes;
  const values = slopes(0, ...parts.map(([rate, hours]) => [rate / 2 / steps, hours * steps] as const));
  return [
    { series: 'llm_cost_total{job="shop",instance="a",currency="USD"}', values },
    { series: 'llm_cost_total{job="shop",instance="b",currency="USD"}', values },
    { series: 'llm_cost_total{job="shop",instance="b",currency="EUR"}', values: slopes(0, [9, 72 * steps]) },
  ];
}

/** The hours in which alerts begin to fire, by name, severity and long window. */
async function firstHours(
  series: readonly { series: string; values: string }[],
  hours: number,
  { window = "1d", from = 0, texts }: { window?: string; from?: number; texts?: Set<string> } = {},
): Promise<Readonly<Record<string, number>>> {
  const first: Record<string, number> = {};
  await runRules({
    groups: sloGroups([{ ...MODELS, window }]),
    series,
    sampleMillis: 60_000,
    stepMinutes: hours > 200 ? 60 : 10,
    minutes: hours * HOUR,
    missingData: "hold",
    keepsAll: true,
    onStep: (minute, engine) => {
      for (const { name, state, labels, annotations } of engine.active()) {
        if (state !== "firing" || minute < from * HOUR) continue;
        const { severity, long = window, slo, job } = labels;
        first[`${name} ${severity} ${long} ${slo} ${job}`] ??= Math.floor(minute / HOUR);
        texts?.add([annotations["summary"], annotations["description"]].join("\n"));
      }
    },
  });
  return first;
}

const OFFICE_DAY = [
  [0.1, 8],
  [2.1, 8],
  [0.1, 8],
] as const;

test("eight busy hours each day that use nearly all of the budget raise no alert", async () => {
  expect(await firstHours(cost(...OFFICE_DAY, ...OFFICE_DAY), 48)).toEqual({});
});

test("a loop pages by its burn rate within the hour, before the budget is spent", async () => {
  const texts = new Set<string>();
  const fired = await firstHours(cost([0.5, 32], [7, 4]), 36, { texts });
  expect(fired).toEqual({
    "BudgetBurning critical 30m models shop": 32,
    "BudgetBurning warning 3h models shop": 33,
    "BudgetSpent critical 1d models shop": 33,
  });
  expect([...texts][0]).toMatchInlineSnapshot(`
    "15 % of the budget of models spent in 30m
    shop: More than 3 of 20 was spent in the last 30m. At this rate the rest of the budget of 1d is gone in 33m 47s. Look what spends it, such as a loop or a larger input."
  `);
});

test("a batch each night raises no alert, and one of half of the budget only in the first night", async () => {
  const days = (batch: number) =>
    Array.from({ length: 3 }, () => [[0.25, 23] as const, [batch, 1] as const]).flat();
  expect(await firstHours(cost(...days(6.5)), 72)).toEqual({});
  expect(await firstHours(cost(...days(10)), 72)).toHaveProperty(
    "BudgetBurning critical 30m models shop",
    23,
  );
  expect(await firstHours(cost(...days(10)), 72, { from: 30 })).toEqual({});
});

const WEEKEND = [0, 48] as const;
const WEEK = Array.from({ length: 5 }, () => OFFICE_DAY).flat();

test("the Monday after a weekend raises no alert", async () => {
  expect(await firstHours(cost(...OFFICE_DAY, WEEKEND, ...OFFICE_DAY, ...OFFICE_DAY), 120)).toEqual({});
});

const weekAt = (share: number) => [...WEEK, WEEKEND].map(([rate, hours]) => [rate * share, hours] as const);
const GROWING = [...weekAt(0.15), ...weekAt(0.15), ...weekAt(0.25)];

test("a cost that grows has a forecast a quarter of the window before the budget of a week is spent", async () => {
  expect(await firstHours(cost(...GROWING), 336, { window: "1w" })).toEqual({});
  expect(await firstHours(cost(...GROWING), 504, { window: "1w" })).toEqual({
    "BudgetForecast warning 1w models shop": 376,
    "BudgetSpent critical 1w models shop": 419,
  });
});

const firing = (hour: number, ...names: readonly string[]) => ({
  expr: 'group by (alertname, slo, job) (ALERTS{alertstate="firing"})',
  eval_time: `${hour}h`,
  exp_samples: names.map((name) => ({ labels: `{alertname="${name}",job="shop",slo="models"}`, value: 1 })),
});

function expectInPrometheus(window: string, evaluation_interval: string, given: object): void {
  const file = { rule_files: ["rules.yml"], evaluation_interval, tests: [given] };
  const text = stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
  expect(promtool(exportRules(sloGroups([{ ...MODELS, window }])), text)).toContain("SUCCESS");
}

test("Prometheus sees the same", (context) => {
  needs(context, "promtool");
  expectInPrometheus("2d", "3m", {
    interval: "1m",
    input_series: cost([0.2, 8], [4, 7]),
    promql_expr_test: [firing(8), firing(11, "BudgetBurning"), firing(14, "BudgetBurning", "BudgetSpent")],
  });
});

test("problems of budgets are reported together with those of objectives", () => {
  const slo = JSON.parse(`[
    { "name": "a", "budget": 0, "spent": "rate(x[5m])", "good": "x" },
    { "name": "b", "budget": 20, "window": "1h" },
    { "name": "c", "objective": 0.9, "good": "x", "total": "x" },
    { "name": "c", "budget": 20, "spent": "x" }
  ]`);
  expect(() => sloGroups(slo)).toThrowErrorMatchingInlineSnapshot(`
    [OptionsError: slo: 6 problems; see tachymeter/docs/configuration.md
      options[0].good must be one of the options name, budget, spent, window, got "x"
      options[0].budget must be a number above 0, such as 20, got 0
      options[0].spent must be a PromQL selector of counters without range and offset, such as http_server_requests_total{http_response_status_code!~"5.."}, got "rate(x[5m])"
      options[1].window must be a duration from 1d to 90d, such as '30d', got "1h"
      options[1].spent must be a PromQL selector of counters without range and offset, such as http_server_requests_total{http_response_status_code!~"5.."}, got undefined
      options: name must be the name of one objective only, got "c"]
  `);
});

test.for(isLong ? ["1w"] : [])(
  "Prometheus has the forecast of %s in the same hours",
  async (window, context) => {
    needs(context, "promtool");
    // Sums of Prometheus are extrapolated, and ours are exact. At a growth of 0.25 one alert began an hour apart.
    const series = costEvery(10, [...weekAt(0.15), ...weekAt(0.15), ...weekAt(0.26)]);
    const alerts: (readonly [hour: number, ...names: string[]])[] = [];
    await runRules({
      groups: sloGroups([{ ...MODELS, window }]),
      series,
      sampleMillis: 600_000,
      stepMinutes: HOUR,
      minutes: 425 * HOUR,
      missingData: "hold",
      keepsAll: true,
      onStep: (minute, engine) => {
        const names = engine.active().flatMap(({ name, state }) => (state === "firing" ? [name] : []));
        if (minute >= 370 * HOUR) alerts.push([minute / HOUR, ...names]);
      },
    });
    expect(new Set(alerts.flatMap(([, ...names]) => names))).toEqual(
      new Set(["BudgetForecast", "BudgetSpent"]),
    );
    expectInPrometheus(window, "1h", {
      interval: "10m",
      input_series: series,
      promql_expr_test: alerts.map((each) => firing(...each)),
    });
  },
);
