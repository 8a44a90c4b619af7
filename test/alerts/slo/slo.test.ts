import { expect, test } from "vitest";
import { stringify } from "yaml";
import { exportRules } from "../../../src/alerts/export/export-rules.ts";
import { monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import type { AlertingRule, Rule, RuleGroup } from "../../../src/alerts/rules/rule.ts";
import type { Slo } from "../../../src/alerts/slo/slo.ts";
import { sloGroups } from "../../../src/alerts/slo/slo-groups.ts";
import { needs } from "../../servers/needs.ts";
import { runRules } from "../monitors/engine-run.ts";
import { promtool } from "../monitors/promtool-tests.ts";
import { levels, slopes } from "../monitors/timelines.ts";

const CHECKOUT: Slo = {
  name: "checkout",
  objective: 0.999,
  good: 'requests_total{code!~"5.."}',
  total: "requests_total",
};

test("for 30 days the burn rates are those of the Site Reliability Workbook", () => {
  const shown = alertsOf(sloGroups([CHECKOUT])).map(({ expr, labels, for: pending }) => [
    /> ([\d.]+) \* 0.001/.exec(expr)?.[1],
    labels?.["long"],
    labels?.["short"],
    labels?.["severity"],
    pending,
  ]);
  expect(shown).toEqual([
    ["14.4", "1h", "5m", "critical", "2m"],
    [undefined, undefined, undefined, "warning", undefined],
    ["6", "6h", "30m", "critical", "15m"],
    ["3", "1d", "2h", "warning", "1h"],
    ["1", "3d", "6h", "warning", "3h"],
  ]);
});

test("an objective that allows many errors still alerts on an outage", () => {
  const ratios = alertsOf(sloGroups([{ ...CHECKOUT, objective: 0.8 }])).flatMap(({ expr }) =>
    [...expr.matchAll(/> ([\d.]+) \* ([\d.]+)/g)].map(
      ([, factor, budget]) => Number(factor) * Number(budget),
    ),
  );
  expect(ratios).toHaveLength(12);
  expect(Math.max(...ratios)).toBeCloseTo(0.9);
});

test("alerts need no more than the window of the objective", () => {
  const longs = (window: string): unknown[] =>
    alertsOf(sloGroups([{ ...CHECKOUT, window }])).flatMap(({ labels }) => labels?.["long"] ?? []);
  expect(longs("1d")).toEqual(["1h", "6h"]);
  expect(longs("3d")).toEqual(["1h", "6h", "1d"]);
  expect(longs("90d")).toEqual(["1h", "6h", "1d", "3d"]);
});

// Twelve hours with a sample each minute, of which a share of the requests fails for two hours.
const MINUTES = 720;

function traffic(perMinute: number, errorShare: number): readonly { series: string; values: string }[] {
  const series = (instance: string, code: string, values: string) => ({
    series: `requests_total{job="shop",instance="${instance}",code="${code}"}`,
    values,
  });
  const good = perMinute * (1 - errorShare);
  const bad = perMinute * errorShare;
  return ["a", "b"].flatMap((instance) => [
    series(instance, "200", slopes(0, [perMinute, 360], [good, 120], [perMinute, 240])),
    series(instance, "500", slopes(0, [0, 360], [bad, 120], [0, 240])),
  ]);
}

async function severities(
  series: readonly { series: string; values: string }[],
  slo = CHECKOUT,
): Promise<readonly string[]> {
  const fired = new Set<string>();
  await runRules({
    groups: sloGroups([slo]),
    series,
    sampleMillis: 60_000,
    stepMinutes: 10,
    minutes: MINUTES,
    missingData: "hold",
    onStep: (_, engine) => {
      for (const { state, labels } of engine.active())
        if (state === "firing") fired.add(`${labels["severity"]} ${labels["long"]} ${labels["job"]}`);
    },
  });
  return [...fired];
}

test("the faster the budget burns, the more alerts fire, and none with a tenth of the budget's rate", async () => {
  expect(await severities(traffic(600, 0.0001))).toEqual([]);
  // 2.8 % of it in two hours.
  expect(await severities(traffic(600, 0.01))).toEqual([]);
  expect(await severities(traffic(600, 0.05))).toEqual(
    expect.arrayContaining(["critical 1h shop", "critical 6h shop", "warning 1d shop"]),
  );
});

test("one error of few requests does not alert, and an outage of few requests does", async () => {
  // Two requests in five minutes.
  const few = traffic(0.2, 0);
  const oneError = {
    series: 'requests_total{job="shop",instance="a",code="500"}',
    values: levels([0, 360], [1, 360]),
  };
  expect(await severities([...few.filter(({ series }) => !series.includes("500")), oneError])).toEqual([]);
  expect(await severities(traffic(0.2, 1))).toContain("critical 1h shop");
});

test("an outage before any good event alerts, too", async () => {
  const series = [{ series: 'requests_total{job="shop",code="500"}', values: "0+100x719" }];
  expect(await severities(series)).toContain("critical 1h shop");
});

test("a metric that is missing for a day alerts, not before the first request of a process", async () => {
  const up = (seconds: number) => [{ series: "process_uptime_seconds", values: `${seconds}+60x719` }];
  expect(await severities(up(80_000))).toEqual(["warning undefined undefined"]);
  expect(await severities(up(3_600))).toEqual([]);
});

test("a burst of errors in a new process does not use up the budget of weeks: windows count what is there", async () => {
  const job = `job="shop",instance="a"`;
  const series = [
    { series: `process_uptime_seconds{${job}}`, values: slopes(0, [60, 720]) },
    { series: `requests_total{${job},code="200"}`, values: slopes(100, [100, 720]) },
    // 0.3 % for two hours: 0.8 % of the budget of 30 days.
    { series: `requests_total{${job},code="500"}`, values: slopes(1, [0.3, 120], [0, 600]) },
  ];
  expect(await severities(series)).toEqual([]);
});

test("texts have the burnt share of the budget, and the time until all is gone", async () => {
  const texts = new Set<string>();
  await runRules({
    groups: monitorGroups({ diskFull: false, httpErrorBudget: { objective: 0.99 } }),
    series: [
      {
        series: 'http_server_request_duration_seconds_count{job="shop",http_response_status_code="200"}',
        values: "0+80x719",
      },
      {
        series: 'http_server_request_duration_seconds_count{job="shop",http_response_status_code="500"}',
        values: "0+20x719",
      },
    ],
    sampleMillis: 60_000,
    stepMinutes: 5,
    minutes: 300,
    missingData: "hold",
    onStep: (_, engine) => {
      for (const { name, state, annotations } of engine.active())
        if (state === "firing")
          texts.add([name, annotations["summary"], annotations["description"]].join("\n"));
    },
  });
  // A fifth fails, and a hundredth of the requests of 30 days may: 36 hours.
  expect([...texts].join("\n")).toMatchInlineSnapshot(`
    "HttpErrorBudget
    2 % of the error budget of http burnt in 1h
    shop: More than 2 % of the error budget of 30d was used in the last 1h. At this rate the whole budget is gone in 1d 12h 0m 0s. Objective http allows 1 % errors. Look at what fails, and undo the last change.
    HttpErrorBudget
    5 % of the error budget of http burnt in 6h
    shop: More than 5 % of the error budget of 30d was used in the last 6h. At this rate the whole budget is gone in 1d 12h 0m 0s. Objective http allows 1 % errors. Look at what fails, and undo the last change.
    HttpErrorBudget
    10 % of the error budget of http burnt in 1d
    shop: More than 10 % of the error budget of 30d was used in the last 1d. At this rate the whole budget is gone in 1d 12h 0m 0s. Objective http allows 1 % errors. Look at what fails, and undo the last change."
  `);
});

test("Prometheus sees the same errors: it fires and resolves", (context) => {
  needs(context, "promtool");
  const firing = (minute: number, longs: readonly string[]) => ({
    expr: 'group by (long, slo, job) (ALERTS{alertstate="firing"})',
    eval_time: `${minute}m`,
    exp_samples: longs.map((long) => ({ labels: `{job="shop",long="${long}",slo="checkout"}`, value: 1 })),
  });
  const tests = [
    {
      interval: "1m",
      input_series: traffic(600, 0.05),
      promql_expr_test: [
        firing(355, []),
        // After 87 minutes a tenth of the budget is gone.
        firing(470, ["1h", "6h"]),
        firing(530, ["1d"]),
        // The slowest alert goes on until its short window of 6 hours is over.
        firing(660, ["3d"]),
      ],
    },
  ];
  const file = { rule_files: ["rules.yml"], evaluation_interval: "3m", tests };
  const text = stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
  expect(promtool(exportRules(sloGroups([CHECKOUT])), text)).toContain("SUCCESS");
});

test("all problems of all objectives are reported together", () => {
  const slo = JSON.parse(`[
    { "name": "a", "objective": 99.9, "good": "x", "total": "rate(x[5m])", "windows": "30d" },
    { "name": "b", "objective": 0.9, "good": "x offset 1h", "window": "1h", "minimumErrors": -1 },
    { "name": "c", "objective": 0.9, "good": "x", "total": "x" },
    { "name": "c", "objective": 0.9, "good": "x", "total": "x" },
    7
  ]`);
  expect(() => sloGroups(slo)).toThrowErrorMatchingInlineSnapshot(
    `
    [OptionsError: slo: 9 problems; see tachymeter/docs/configuration.md
      options[0].windows must be an existing option, such as window, got "30d"
      options[0].objective must be a share above 0 and below 1, such as 0.999, got 99.9
      options[0].total must be a PromQL selector of counters without range and offset, such as http_server_requests_total{http_response_status_code!~"5.."}, got "rate(x[5m])"
      options[1].good must be a PromQL selector of counters without range and offset, such as http_server_requests_total{http_response_status_code!~"5.."}, got "x offset 1h"
      options[1].window must be a duration from 1d to 90d, such as '30d', got "1h"
      options[1].minimumErrors must be a number of 0 or more, got -1
      options[1].total must be a PromQL selector of counters without range and offset, such as http_server_requests_total{http_response_status_code!~"5.."}, got undefined
      options[4] must be an object with name, objective, good, total, window, minimumErrors, got 7
      options: name must be the name of one objective only, got "c"]
  `,
  );
  expect(() => sloGroups(JSON.parse("{}"))).toThrow("be a list of objectives");
});

function alertsOf(groups: readonly RuleGroup[]): readonly AlertingRule[] {
  const rules = groups.flatMap((group): readonly Rule[] => group.rules);
  return rules.flatMap((rule) => ("alert" in rule ? [rule] : []));
}
