// Events of a counter within an hour: live, in Prometheus, and in a history. All samples are a minute apart.
import { expect, test } from "vitest";
import { backtest } from "../../../src/alerts/evaluation/backtest.ts";
import { exportRules } from "../../../src/alerts/export/export-rules.ts";
import { counted } from "../../../src/alerts/monitors/ratios.ts";
import { filledStore } from "../../history/query/filled-store.ts";
import { StoreSource } from "../../history/windows/store-source.ts";
import { needs } from "../../servers/needs.ts";
import { promtool } from "../evaluation/promtool.ts";
import { runRules } from "./engine-run.ts";

const MINUTES = 120;

/** Values at a minute. */
interface Case {
  readonly name: string;
  /** Starts of its processes. */
  readonly starts: readonly number[];
  readonly counter: (minute: number, start: number) => number | undefined;
  /** Minutes without any sample. */
  readonly gap?: readonly [from: number, to: number];
  readonly hasUptime?: boolean;
  readonly events: number;
}

const CASES: readonly Case[] = [
  {
    name: "a life of 50 before a restart",
    starts: [-200, 105],
    counter: (at, start) => (start === 105 ? 1 : at < 62 ? undefined : Math.min(2 * (at - 61), 50)),
    events: 51,
  },
  {
    name: "three lives, each with a burst",
    starts: [65, 80, 100],
    counter: (_, start) => (start === 65 ? 40 : start === 80 ? 20 : 10),
    events: 70,
  },
  {
    name: "lives of a process without its own metrics",
    starts: [65, 100],
    counter: (_, start) => (start === 65 ? 40 : 1),
    hasUptime: false,
    events: 41,
  },
  { name: "a burst a moment ago", starts: [-200], counter: (at) => (at < 119 ? undefined : 40), events: 40 },
  {
    name: "one event, and nine a minute later",
    starts: [-200],
    counter: (at) => (at < 118 ? undefined : at < 119 ? 1 : 10),
    events: 10,
  },
  { name: "an old series", starts: [-200], counter: (at) => at, events: 60 },
  { name: "an old series after a gap", starts: [-200], gap: [55, 65], counter: () => 40, events: 0 },
  {
    name: "a new series minutes after a gap",
    starts: [-200],
    gap: [55, 65],
    counter: (at) => (at < 66 ? undefined : 40),
    events: 40,
  },
];

// The value may be too large by the extrapolation of `increase`: a twentieth at these numbers of samples.
const RULES = CASES.map(({ name, events }, i) => ({
  alert: `Counted${i}`,
  expr: `abs(sum by (job) (${counted(`events_total{case="${name}"}`, "1h")}) - ${events * 1.02}) <= ${events * 0.03}`,
}));
const GROUPS = [{ name: "counted", rules: RULES }];
const ALL = CASES.map(({ name }, i) => `Counted${i} ${name}`);

// Events of one case and its process.
function samplesOf({ starts, counter, gap: [from, to] = [0, 0], hasUptime = true }: Case) {
  const at = Array.from({ length: MINUTES }, (_, minute) => {
    const start = starts.findLast((each) => each <= minute);
    if (start === undefined || (minute >= from && minute < to)) return {};
    return { uptime: hasUptime ? 60 * (minute - start) : undefined, events: counter(minute, start) };
  });
  return { uptime: at.map(({ uptime }) => uptime), events: at.map(({ events }) => events) };
}

const SERIES = CASES.flatMap((each) => {
  const { uptime, events } = samplesOf(each);
  const labels = `job="${each.name}",instance="a"`;
  const written = (values: readonly (number | undefined)[]): string =>
    values.map((value) => value ?? "_").join(" ");
  return [
    { series: `process_uptime_seconds{${labels}}`, values: written(uptime) },
    { series: `events_total{${labels},case="${each.name}"}`, values: written(events) },
  ];
});

test("all events of an hour are counted once, over restarts and after gaps", async () => {
  const fired: string[] = [];
  await runRules({
    groups: GROUPS,
    series: SERIES,
    sampleMillis: 60_000,
    minutes: 119.5 + 1e-9,
    stepMinutes: 119.5,
    missingData: "resolve",
    onStep: (_, engine) => {
      fired.push(...engine.active().map(({ name, labels }) => `${name} ${labels["job"]}`));
    },
  });
  expect(fired.toSorted()).toEqual(ALL);
});

test("in Prometheus, too", async (context) => {
  needs(context, "promtool");
  const firing = CASES.map(({ name }, i) => ({
    expr: `sum by (job) (ALERTS{alertname="Counted${i}"})`,
    eval_time: "119m30s",
    exp_samples: [{ labels: `{job="${name}"}`, value: 1 }],
  }));
  const tests = [{ interval: "1m", input_series: SERIES, promql_expr_test: firing }];
  const { output } = await promtool(
    {
      "rules.yml": exportRules(GROUPS),
      "tests.yml": JSON.stringify({ rule_files: ["rules.yml"], evaluation_interval: "30s", tests }),
    },
    ["test", "rules", "tests.yml"],
  );
  expect(output).toContain("SUCCESS");
});

test("in a history, too", async () => {
  for (const [i, each] of CASES.entries()) {
    const { uptime, events } = samplesOf(each);
    const store = filledStore({
      times: events.map((_, minute) => minute * 60_000),
      series: [
        { metric: "process_uptime_seconds", cells: uptime },
        { type: "counter", metric: "events", attributes: { case: each.name }, cells: events },
      ],
    });
    const at = 119.5 * 60;
    const fired = await backtest(GROUPS, new StoreSource(store), { from: at, to: at + 1 });
    expect([each.name, fired.map(({ rule }) => rule)]).toEqual([each.name, [`Counted${i}`]]);
    store.close();
  }
});
