import { expect, onTestFinished, test, vi } from "vitest";
import { checkGroups } from "../../../src/alerts/rules/check-groups.ts";
import type { RuleGroup } from "../../../src/alerts/rules/rule.ts";
import { sampleSourceOf } from "../../../src/query/given-source.ts";
import { createTestTelemetry } from "../../../src/testing/index.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { RuleEngine } from "../../../src/alerts/evaluation/rule-engine.ts";
import { engineOn, engineOver } from "./engine-over.ts";

const group = (more: object = {}, expr = "x > 0"): readonly RuleGroup[] => [
  { name: "g", rules: [{ alert: "A", expr, ...more }] },
];

test("keep_firing_for keeps an alert firing after its condition ended", async () => {
  const { run, states } = engineOver(group({ keep_firing_for: "3m" }), { x: "1x2 0x9" });
  await run(0, 5);
  expect(states()).toEqual(["firing alertname=A"]);
  await run(6, 6);
  expect(states()).toEqual([]);
});

test("a limit that is exceeded fails the rule and resolves its alerts", async () => {
  const { run, engine, reports, states } = engineOver(
    [
      {
        name: "g",
        limit: 1,
        rules: [
          { alert: "A", expr: "x > 0" },
          { record: "r", expr: "x" },
        ],
      },
    ],
    { 'x{i="1"}': "1x9", 'x{i="2"}': "_x2 1x9" },
  );
  await run(0, 1);
  expect(states()).toEqual(["firing alertname=A,i=1"]);
  await run(2, 2);
  expect(states()).toEqual([]);
  expect(reports.at(-1)?.alerts).toMatchObject([{ state: "resolved", labels: { i: "1" }, resolvedAt: 120 }]);
  expect(engine.groups()[0]?.rules.map(({ lastError }) => lastError)).toEqual([
    "exceeded limit of 1 with 2 alerts",
    "exceeded limit of 1 with 2 series",
  ]);
});

test("alerts that keep_firing_for keeps count for the limit of a group", async () => {
  const { run, states, engine } = engineOver(
    [{ name: "g", limit: 1, rules: [{ alert: "A", expr: "x > 0", keep_firing_for: "2m" }] }],
    { 'x{i="1"}': "1 0x9", 'x{i="2"}': "0 0 1 0 0 1x9" },
  );
  await run(0, 1);
  expect(states()).toEqual(["firing alertname=A,i=1"]);
  await run(2, 2);
  expect(states()).toEqual([]);
  expect(engine.groups()[0]?.rules[0]?.lastError).toBe("exceeded limit of 1 with 2 alerts");
  await run(3, 6);
  expect(states()).toEqual(["firing alertname=A,i=2"]);
});

test("an alert that two rules raise with the same labels is resolved once it fires at neither", async () => {
  const groups = ["x > 0", "y > 0"].map((expr, i) => ({ name: `g${i}`, rules: [{ alert: "A", expr }] }));
  const { run, reports } = engineOver(groups, { x: "1 0x9", y: "1 1 0x9" });
  const stateAt = (seconds: number): unknown[] =>
    reports.flatMap(({ time, alerts }) => (time === seconds ? alerts.map(({ state }) => state) : []));
  await run(0, 2);
  expect(stateAt(60)).toEqual(["firing"]);
  expect(stateAt(120)).toContain("resolved");
});

test("a query in a template sees the time of the evaluation, without the offset of the group", async () => {
  const t = '{{ $value }} {{ with query "vector(time())" }}{{ . | first | value }}{{ end }}';
  const rules = [{ alert: "A", expr: "vector(time())", annotations: { t } }];
  const { run, engine } = engineOver([{ name: "g", query_offset: "2m", rules }], {});
  await run(10, 10);
  expect(engine.active()).toMatchObject([{ annotations: { t: "480 600" } }]);
});

test("an offset of a group evaluates its rules for an earlier time", async () => {
  const { run, rows } = engineOver([{ name: "g", query_offset: "2m", rules: [{ record: "r", expr: "x" }] }], {
    x: "0+1x9",
  });
  await run(5, 5);
  expect(await rows("r", 5)).toEqual(["__name__=r 3"]);
  expect(await rows("timestamp(r)", 5)).toEqual([" 180"]);
});

test.each([
  ["an hour forwards", 3_600_000],
  ["a minute forwards, which is no more than an evaluation left out", 90_000],
  ["two hours forwards", 7_200_000],
  ["an hour backwards", -3_600_000],
  ["ten seconds backwards", -70_000],
  ["a day backwards", -86_400_000],
])("if the clock jumps %s, nothing fires or resolves falsely", async (_, jumpMillis) => {
  const start = 200_000_000;
  const rules: readonly RuleGroup[] = [
    {
      name: "g",
      rules: [
        { alert: "Pending", expr: "x > 0", for: "10m" },
        { alert: "Firing", expr: "x > 0" },
        { alert: "Kept", expr: "y > 0", keep_firing_for: "10m" },
        { alert: "Quiet", expr: "x < 0" },
      ],
    },
  ];
  // A source whose samples are always those of now.
  const values = { x: 1, y: 1 };
  let now = start;
  const source = sampleSourceOf({
    async *select({ matchers }) {
      const name = matchers.find(({ label }) => label === "__name__")?.value;
      await Promise.resolve();
      if (name === "x" || name === "y")
        yield {
          labels: { __name__: name },
          times: Float64Array.of(now),
          values: Float64Array.of(values[name]),
        };
    },
  });
  const { groups } = checkGroups("test", rules);
  const engine = new RuleEngine({ groups, source, intervalMillis: 60_000 });
  const step = async (millis: number): Promise<readonly string[]> => {
    now += millis;
    await engine.evaluate(undefined, now);
    return engine.active().map(({ name, state }) => `${name} ${state}`);
  };
  await step(0);
  values.y = 0;
  for (let i = 0; i < 4; i++) await step(60_000);
  const usual = ["Pending pending", "Firing firing", "Kept firing"];
  expect(await step(jumpMillis + 60_000)).toEqual(usual);
  // The gap does not count. After more than an hour, a pending alert starts anew.
  for (let i = 6; i < 10; i++) expect(await step(60_000)).toEqual(usual);
  const later = await step(60_000);
  expect(later).toEqual([
    `Pending ${jumpMillis > 3_600_000 ? "pending" : "firing"}`,
    "Firing firing",
    "Kept firing",
  ]);
  expect(await step(60_000)).not.toContain("Kept firing");
});

test("after a reload, unchanged rules keep their alerts, and those of removed rules are resolved", async () => {
  const before: readonly RuleGroup[] = [
    {
      name: "g",
      rules: [
        { alert: "Kept", expr: "x > 0", for: "5m", annotations: { a: "old" } },
        { alert: "Removed", expr: "x > 0" },
        { alert: "Changed", expr: "x > 0" },
        { record: "r", expr: "x" },
      ],
    },
  ];
  const { run, engine, reports, states, rows } = engineOver(before, { x: "1x20" });
  await run(0, 3);
  const { groups } = checkGroups("test", [
    {
      name: "g",
      rules: [
        { alert: "Kept", expr: "x > 0", for: "5m", annotations: { a: "new" } },
        { alert: "Changed", expr: "x > 0.5", for: "1h" },
      ],
    },
  ]);
  vi.setSystemTime(200_000);
  onTestFinished(() => void vi.useRealTimers());
  await engine.replace(groups);
  expect(reports.at(-1)?.alerts.map(({ name, state }) => `${name} ${state}`)).toEqual(["Removed resolved"]);
  await run(4, 5);
  expect(states()).toEqual(["firing alertname=Kept", "firing alertname=Changed"]);
  expect(engine.active()[0]).toMatchObject({ activeAt: 0, annotations: { a: "new" } });
  expect(await rows("r", 5)).toEqual([]);
});

test("after a reload, rules with another expression keep pending and firing alerts, as in Prometheus", async () => {
  const rulesOf = (limit: number): readonly RuleGroup[] => [
    {
      name: "g",
      rules: [
        { alert: "Pending", expr: `x > ${limit}`, for: "5m" },
        { alert: "Firing", expr: `x > ${limit}` },
        { record: "r", expr: `x + ${limit}` },
      ],
    },
  ];
  const { run, engine, states, rows } = engineOver(rulesOf(0), { x: "1x20" });
  await run(0, 3);
  await engine.replace(checkGroups("test", rulesOf(0.5)).groups);
  expect(await rows("r", 3)).toEqual(["__name__=r 1"]);
  await run(4, 4);
  expect(states()).toEqual(["pending alertname=Pending", "firing alertname=Firing"]);
  expect(engine.active().map(({ activeAt }) => activeAt)).toEqual([0, 0]);
  expect(await rows("r", 4)).toEqual(["__name__=r 1.5"]);
  await run(5, 5);
  expect(states()[0]).toBe("firing alertname=Pending");
  // Without a result, a continued alert ends.
  await engine.replace(checkGroups("test", rulesOf(2)).groups);
  await run(6, 6);
  expect(states()).toEqual([]);
});

test("rules of a group share their work, but not that over series that the group writes", async () => {
  const { run, rows } = engineOver(
    [
      {
        name: "levels",
        rules: [
          { record: "before", expr: "sum(level) + sum(x)" },
          { record: "level", expr: "2 * x" },
          { record: "after", expr: "sum(level) + sum(x)" },
        ],
      },
    ],
    { x: "1 2 3" },
  );
  await run(0, 2);
  expect(await rows("before", 2)).toEqual(["__name__=before 7"]);
  expect(await rows("after", 2)).toEqual(["__name__=after 9"]);
});

test("a template that fails does not keep the alert from firing", async () => {
  const { run, engine } = engineOver(group({ annotations: { bad: "{{ len 3 }}", good: "{{ $value }}" } }), {
    x: "7",
  });
  await run(0, 0);
  expect(engine.active()).toMatchObject([
    {
      state: "firing",
      annotations: {
        bad: expect.stringMatching(
          /^<error expanding template: error executing template __alert_A: .*len of type int>$/,
        ),
        good: "7",
      },
    },
  ]);
});

test("a source that fails makes the rules fail, and holds their alerts", async () => {
  const over = engineOver(group(), { x: "1x9" });
  const { groups } = checkGroups("test", [{ name: "broken", rules: [{ alert: "A", expr: "x > 0" }] }]);
  let isBroken = false;
  const source = sampleSourceOf({
    select(selection) {
      if (isBroken) throw new Error("the disk is gone");
      return over.source.select(selection);
    },
  });
  const warnings = collectWarnings();
  const telemetry = createTestTelemetry();
  const engine = new RuleEngine({
    groups,
    source,
    intervalMillis: 60_000,
    meter: telemetry.meterProvider.getMeter("test"),
  });
  await engine.evaluate(undefined, 0);
  isBroken = true;
  await engine.evaluate(undefined, 60_000);
  expect(engine.active()).toMatchObject([{ state: "firing" }]);
  expect(engine.groups()[0]?.rules[0]).toMatchObject({
    health: "err",
    lastError: expect.stringContaining("the disk is gone"),
  });
  expect(warnings.join("\n")).toContain('group "broken", rule "A" failed');
  expect(await telemetry.value("alerts.rule.failures", { "alert.rule.group": "broken" })).toBe(1);
  expect(await telemetry.value("alerts.active", { "alert.state": "firing" })).toBe(1);
});

test("a listener that throws is logged, and the next evaluation follows", async () => {
  const warnings = collectWarnings();
  const { run, states } = engineOver(
    group(),
    { x: "1x9" },
    {
      onEvaluated: () => {
        throw new Error("broken");
      },
    },
  );
  await run(0, 1);
  expect(states()).toEqual(["firing alertname=A"]);
  expect(warnings.join("\n")).toContain("the listener of evaluations failed");
});

test("each group is evaluated at its interval, at a phase of its own", async () => {
  const times: number[] = [];
  const { engine } = engineOver(
    [{ name: "g", interval: 0.05, rules: [{ alert: "A", expr: "vector(1)" }] }],
    {},
    { onEvaluated: (_, time) => void times.push(Math.round(time * 1_000)) },
  );
  engine.start();
  await expect.poll(() => times.length).toBeGreaterThan(4);
  await engine.end();
  const { length } = times;
  expect(new Set(times.map((time) => time % 50)).size).toBe(1);
  expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
  await new Promise((resolve) => void setTimeout(resolve, 150));
  expect(times.length).toBe(length);
});

test("the time of slow evaluations counts for `for`", async () => {
  const { groups } = checkGroups("test", [
    { name: "slow", interval: 0.05, rules: [{ alert: "A", expr: "x > 0", for: "600ms" }] },
  ]);
  const source = sampleSourceOf({
    async *select({ to }) {
      await new Promise((resolve) => void setTimeout(resolve, 200));
      yield { labels: { __name__: "x" }, times: Float64Array.of(to), values: Float64Array.of(1) };
    },
  });
  const states: (string | undefined)[] = [];
  const engine: RuleEngine = new RuleEngine({
    groups,
    source,
    intervalMillis: 60_000,
    onEvaluated: () => void states.push(engine.active()[0]?.state),
  });
  engine.start();
  await expect.poll(() => states, { timeout: 5_000 }).toContain("firing");
  await engine.end();
  // At least 200 ms lie between two of them.
  expect(states.indexOf("firing")).toBeLessThanOrEqual(3);
});

test("series that rules write are in memory for one and a half hours", async () => {
  const { run, rows } = engineOver([{ name: "g", rules: [{ record: "r", expr: "vector(1)" }] }], {});
  await run(0, 120);
  expect(await rows("count_over_time(r[3h])", 120)).toEqual([" 91"]);
});

test("alerts are series again after the clock was set back", async () => {
  const { engine, source, rows } = engineOver(group(), { x: "1x90" });
  await engine.evaluate(undefined, 80 * 60_000);
  source.untilMillis = 10 * 60_000;
  await engine.evaluate(undefined, 10 * 60_000);
  expect(await rows("ALERTS", 10)).toEqual(["__name__=ALERTS,alertname=A,alertstate=firing 1"]);
});

test("a group that is evaluated late leaves what another one has just written", async () => {
  const rules = [
    { record: "r", expr: "x > 0" },
    { alert: "A", expr: "x > 0" },
  ];
  const groups = [
    { name: "a", rules },
    { name: "b", rules: [{ record: "s", expr: "x" }] },
  ];
  const { engine, source, groups: checked, run, rows } = engineOver(groups, { x: "1x5 0x5" });
  await run(0, 5);
  source.untilMillis = 6.5 * 60_000;
  await engine.evaluate(checked[0], 6.5 * 60_000);
  await engine.evaluate(checked[1], 6 * 60_000);
  expect(await rows('{__name__=~"r|s|ALERTS"}', 6.6)).toEqual(["__name__=s 0"]);
});

test("an alert that moves to labels of before, while another one takes its series, is a series", async () => {
  const rules = [
    { alert: "B", expr: "absent(y offset 2m)", for: "1m" },
    { alert: "A", expr: 'ALERTS{alertname="B"} <= 1', for: "1m" },
  ];
  const { run, rows } = engineOver([{ name: "g", rules }], { y: "_ 0" }, { missingData: "resolve" });
  await run(0, 9);
  expect(await rows('ALERTS{alertname="A"}', 9)).toHaveLength(1);
});

test("with too many series, recording rules fail, and alerts still fire", async () => {
  const warnings = collectWarnings();
  const many = Object.fromEntries(Array.from({ length: 10_500 }, (_, i) => [`x{i="${i}"}`, "1"]));
  const rules = [
    { record: "r", expr: "x" },
    { record: "s", expr: "x" },
    { alert: "A", expr: "x" },
  ];
  const { run, engine } = engineOver([{ name: "many", rules }], many);
  await run(0, 0);
  expect(engine.groups()[0]?.rules.map(({ health, alerts }) => [health, alerts.length])).toEqual([
    ["ok", 0],
    ["err", 0],
    ["ok", 10_500],
  ]);
  expect(warnings.join("\n")).toContain("alerts are not written to ALERTS");
});

test("a thousand rules over a source in memory are evaluated", async () => {
  const rules = Array.from({ length: 1_000 }, (_, i) => ({
    alert: `A${i}`,
    expr: `x{i="${i % 10}"} > ${i}`,
  }));
  const series = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`x{i="${i}"}`, "50x9"]));
  const over = engineOver([{ name: "g", rules }], series);
  await over.run(0, 1);
  expect(over.states()).toHaveLength(50);
  expect(engineOn([], over.source).states()).toEqual([]);
});
