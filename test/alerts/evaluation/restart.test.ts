import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Alert } from "../../../src/alerts/alert.ts";
import { checkGroups } from "../../../src/alerts/rules/check-groups.ts";
import type { RuleGroup } from "../../../src/alerts/rules/rule.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { engineOver } from "./engine-over.ts";

const group = (more: object = {}, expr = "x > 0"): readonly RuleGroup[] => [
  { name: "g", experimental: true, rules: [{ alert: "A", expr, ...more }] },
];

// The time of a restart counts from the clock, which stands at a minute of the series.
function clockAt(minute: number): void {
  vi.setSystemTime(minute * 60_000);
  onTestFinished(() => void vi.useRealTimers());
}

function over(directory: string, groups: readonly RuleGroup[], series: Readonly<Record<string, string>>) {
  return engineOver(groups, series, { directory });
}

test("a pending alert goes on after a restart, without the time of the gap", async () => {
  const directory = newFolder("alerts");
  const before = over(directory, group({ for: "10m" }), { x: "1x99" });
  await before.run(0, 6);
  await before.engine.end();
  clockAt(30);
  const after = over(directory, group({ for: "10m" }), { x: "1x99" });
  await after.run(30, 32);
  expect(after.states()).toEqual(["pending alertname=A"]);
  await after.run(33, 33);
  expect(after.states()).toEqual(["firing alertname=A"]);
});

test("an alert that begins to fire or is resolved is on disk before it is passed on", async () => {
  const directory = newFolder("alerts");
  const passedOn = new Set<string>();
  const onEvaluated = (alerts: readonly Alert[]): void => {
    const saved = /"state":"(\w+)"/.exec(readFileSync(join(directory, "alerts.json"), "utf8"))?.[1];
    for (const { state } of alerts) passedOn.add(`${state}, on disk ${saved}`);
  };
  const { run } = engineOver(group({ for: "2m" }), { x: "1x4 0x4" }, { directory, onEvaluated });
  await run(0, 9);
  expect([...passedOn]).toEqual(["firing, on disk firing", "resolved, on disk inactive"]);
});

test("alerts that the limit of a group has resolved are resolved on disk, too", async () => {
  const directory = newFolder("alerts");
  const groups = group().map((each) => ({ ...each, limit: 1 }));
  const series = { 'x{i="1"}': "1x9", 'x{i="2"}': "0x2 1x2 0x9" };
  const before = over(directory, groups, series);
  await before.run(0, 2);
  expect(before.states()).toEqual(["firing alertname=A,i=1"]);
  await before.run(3, 3);
  await before.engine.end();
  expect(over(directory, groups, series).states()).toEqual([]);
});

test("a pending alert passes to a group of another name, without the time of the gap", async () => {
  const directory = newFolder("alerts");
  const moved = (name: string, expr?: string): readonly RuleGroup[] => [
    { name: "other", rules: [{ alert: "Other", expr: "x > 5" }] },
    ...group({ for: "10m" }, expr).map((each) => ({ ...each, name })),
  ];
  const before = over(directory, moved("g-1m"), { x: "1x99" });
  await before.run(0, 6);
  await before.engine.end();
  clockAt(30);
  const after = over(directory, moved("1m-g"), { x: "1x99" });
  expect(after.states()).toEqual(["pending alertname=A"]);
  await after.run(30, 32);
  expect(after.states()).toEqual(["pending alertname=A"]);
  await after.engine.replace(checkGroups("test", moved("g")).groups);
  expect(after.states()).toEqual(["pending alertname=A"]);
  expect(await after.rows("ALERTS", 32)).toEqual([]);
  await after.run(33, 33);
  expect(after.states()).toEqual(["firing alertname=A"]);
});

test("a firing alert that passed to a group of another name is on disk before that group is evaluated", async () => {
  const directory = newFolder("alerts");
  const renamed = group().map((each) => ({ ...each, name: "other" }));
  const before = over(directory, group(), { x: "1x99" });
  await before.run(0, 2);
  await before.engine.replace(checkGroups("test", renamed).groups);
  await before.engine.end();
  const after = over(directory, renamed, { x: "1x99" });
  expect(after.states()).toEqual(["firing alertname=A"]);
});

test("a pending alert goes on in its group though the expression has changed", async () => {
  const { engine, run, states } = engineOver(group({ for: "10m" }), { x: "1x99" });
  await run(0, 6);
  await engine.replace(checkGroups("test", group({ for: "10m" }, "x > 0.5")).groups);
  expect(states()).toEqual(["pending alertname=A"]);
  await run(7, 10);
  expect(states()).toEqual(["firing alertname=A"]);
});

test("groups of a file that is given twice keep their own alerts", async () => {
  const { engine, run } = engineOver(group({ for: "10m" }), { x: "1x99" });
  const { groups } = checkGroups("test", group({ for: "10m" }));
  await engine.replace([...groups, ...groups]);
  await run(0, 6);
  await engine.replace([...groups, ...groups]);
  expect(engine.groups().map(({ rules }) => rules[0]?.state)).toEqual(["pending", "pending"]);
});

test("a pending alert does not pass to a rule of another group with another expression", async () => {
  const { engine, run, states, reports } = engineOver(group({ for: "10m" }), { x: "1x99" });
  await run(0, 3);
  const [other] = group({ for: "10m" }, "x > 0.5");
  await engine.replace(checkGroups("test", [{ ...other, name: "other" }]).groups);
  expect(states()).toEqual([]);
  expect(reports.flatMap(({ alerts }) => alerts)).toEqual([]);
  await run(4, 10);
  expect(states()).toEqual(["pending alertname=A"]);
});

test("a rule whose alerts were pending does not stand in for one whose alerts fire", async () => {
  const rules = (name: string, first: string, second: string): readonly RuleGroup[] => [
    { name: `${name}-1`, rules: [{ alert: "A", expr: first, for: "10m" }] },
    { name: `${name}-2`, rules: [{ alert: "A", expr: second }] },
  ];
  const { engine, run, states } = engineOver(rules("old", "x > 0", "y > 0"), {
    'x{i="x"}': "1x99",
    'y{i="y"}': "1x99",
  });
  await run(0, 3);
  await engine.replace(checkGroups("test", rules("new", "y >= 1", "x >= 1")).groups);
  expect(states()).toEqual(["firing alertname=A,i=y"]);
  expect(engine.groups()[0]?.rules[0]?.state).toBe("firing");
});

test("evaluations after an adoption count, though the clock was set back", async () => {
  const { engine, run } = engineOver(group(), { x: "1x99" });
  await run(50, 51);
  expect(engine.isSettled).toBe(true);
  await engine.adopt(newFolder("alerts"));
  expect(engine.isSettled).toBe(false);
  await run(20, 20);
  expect(engine.isSettled).toBe(true);
  await engine.end();
});

test("an evaluation that began before an adoption does not count", async () => {
  const { engine, run } = engineOver(group(), { x: "1x99" });
  const evaluation = run(20, 20);
  const adoption = engine.adopt(newFolder("alerts"));
  await evaluation;
  await adoption;
  expect(engine.isSettled).toBe(false);
  await engine.end();
});

test("after more than an hour, a pending alert starts anew", async () => {
  const directory = newFolder("alerts");
  const before = over(directory, group({ for: "10m" }), { x: "1x200" });
  await before.run(0, 9);
  await before.engine.end();
  clockAt(100);
  const after = over(directory, group({ for: "10m" }), { x: "1x200" });
  await after.run(100, 109);
  expect(after.states()).toEqual(["pending alertname=A"]);
  await after.run(110, 110);
  expect(after.states()).toEqual(["firing alertname=A"]);
});

test("a firing alert stays firing after a restart until data say otherwise", async () => {
  const directory = newFolder("alerts");
  const before = over(directory, group(), { 'x{i="1"}': "1x9" });
  await before.run(0, 5);
  await before.engine.end();
  clockAt(20);
  // Another series is there first, which does not fit the alert.
  const series = { 'x{i="2"}': "_x19 0x40", 'x{i="1"}': "_x25 0x40" };
  const after = over(directory, group(), series);
  expect(after.states()).toEqual(["firing alertname=A,i=1"]);
  await after.run(20, 24);
  expect(after.states()).toEqual(["firing alertname=A,i=1"]);
  expect(after.reports.at(-1)?.alerts).toMatchObject([{ state: "firing", firedAt: 0, activeAt: 0 }]);
  await after.run(25, 25);
  expect(after.states()).toEqual([]);
  expect(after.reports.at(-1)?.alerts).toMatchObject([{ state: "resolved", firedAt: 0, resolvedAt: 1_500 }]);
});

test("an alert whose series never comes back is held for an hour after a restart", async () => {
  const directory = newFolder("alerts");
  const before = over(directory, group(), { 'x{i="1"}': "1x9" });
  await before.run(0, 5);
  await before.engine.end();
  clockAt(10);
  const after = over(directory, group(), { 'x{i="2"}': "_x9 0x99" });
  await after.run(10, 70);
  expect(after.states()).toEqual(["firing alertname=A,i=1"]);
  await after.run(71, 71);
  expect(after.states()).toEqual([]);
});

test.each([
  ["firing", {}],
  ["pending", { for: "10h" }],
])(
  "a %s alert on a ratio whose errors never come back is held for an hour after a restart",
  async (state, more) => {
    const directory = newFolder("alerts");
    const groups = group(more, "rate(e[5m]) / rate(t[5m]) > 0.05");
    const before = over(directory, groups, { e: "0+1x9", t: "0+2x9" });
    await before.run(0, 5);
    expect(before.states()).toEqual([`${state} alertname=A`]);
    await before.engine.end();
    clockAt(10);
    const after = over(directory, groups, { t: "_x9 0+2x99" });
    await after.run(10, 70);
    expect(after.states()).toEqual([`${state} alertname=A`]);
    await after.run(71, 71);
    expect(after.states()).toEqual([]);
  },
);

test("after a restart, an alert on a ratio with 0 for missing errors is resolved by the total", async () => {
  const directory = newFolder("alerts");
  const groups = group({}, "(sum(rate(e[5m])) or 0 * sum(rate(t[5m]))) / sum(rate(t[5m])) > 0.05");
  const before = over(directory, groups, { e: "0+1x9", t: "0+2x9" });
  await before.run(0, 5);
  await before.engine.end();
  clockAt(10);
  const after = over(directory, groups, { t: "_x10 0+2x99" });
  await after.run(10, 10);
  expect(after.states()).toEqual(["firing alertname=A"]);
  await after.run(11, 11);
  expect(after.states()).toEqual([]);
});

test("an alert that was found again after a restart is held without end once its metric is gone", async () => {
  const directory = newFolder("alerts");
  const groups = group({}, "rate(e[5m]) / rate(t[5m]) > 0.05");
  const before = over(directory, groups, { e: "0+1x9", t: "0+2x9" });
  await before.run(0, 5);
  await before.engine.end();
  clockAt(10);
  const after = over(directory, groups, { e: "_x9 0+1x9", t: "_x9 0+2x99" });
  await after.run(10, 100);
  expect(after.states()).toEqual(["firing alertname=A"]);
});

test.each([
  ['q{kind="waiting"} > 5 and ignoring (kind) q{kind="busy"}', { 'q{i="1",kind="busy"}': "1x99" }],
  ['q{kind="waiting"} > 5 and on (kind) c', { 'c{kind="waiting",i="2"}': "1x99" }],
  ["q * on () group_left (zone) c > 5", { 'c{i="2",zone="a"}': "1x99" }],
  ["q > on () group_left () sum(c)", { 'c{i="2"}': "5x99" }],
  ["q > scalar(c)", { 'c{i="2"}': "5x99" }],
  ['label_replace(q, "kind", "all", "kind", ".*") > 5', {}],
  ['count_values("i", q > 5)', {}],
  [
    'info(label_replace(q, "job", "a", "", ""), {version=~".+"}) > 5',
    { 'target_info{job="a",version="1"}': "1x5 stale", 'target_info{job="a",version="2"}': "_x5 1x99" },
  ],
])("after a restart, %s resolves by data with other labels than the alert", async (expr, more) => {
  const directory = newFolder("alerts");
  const series = { 'q{i="1",kind="waiting"}': "9x5 0x99", ...more };
  const before = over(directory, group({}, expr), series);
  await before.run(0, 5);
  expect(before.states()).toHaveLength(1);
  await before.engine.end();
  clockAt(6);
  const after = over(directory, group({}, expr), series);
  expect(after.states()).toHaveLength(1);
  await after.run(6, 6);
  expect(after.states()).toEqual([]);
});

test.each([
  "x > 5 and on (i) y",
  "x > on (i) y",
  "y < on (i) group_right () x",
  "topk by (i) (5, x) > 5",
  "limitk(5, x) > 5",
])("after a restart, %s is held until the series of the alert is there", async (expr) => {
  const directory = newFolder("alerts");
  const before = over(directory, group({}, expr), { 'x{i="1"}': "9x9", 'y{i="1"}': "5x9" });
  await before.run(0, 5);
  const fired = before.states();
  expect(fired).toHaveLength(1);
  await before.engine.end();
  clockAt(10);
  const series = { 'x{i="2"}': "_x9 0x9", 'x{i="1"}': "_x16 0x9", y: "1x40", 'y{i="1"}': "5x40" };
  const after = over(directory, group({}, expr), series);
  await after.run(10, 15);
  expect(after.states()).toEqual(fired);
  await after.run(16, 16);
  expect(after.states()).toEqual([]);
});

test("a resolved alert is passed on after a restart, for the rest of its 15 minutes", async () => {
  const directory = newFolder("alerts");
  const before = over(directory, group(), { x: "1x2 0x99" });
  await before.run(0, 4);
  await before.engine.end();
  clockAt(10);
  const after = over(directory, group(), { x: "1x2 0x99" });
  await after.run(10, 20);
  expect(after.reports.map(({ alerts }) => alerts.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
});

test("a firing alert of a rule that was removed meanwhile is resolved", async () => {
  const directory = newFolder("alerts");
  const before = over(directory, group(), { x: "1x9" });
  await before.run(0, 2);
  await before.engine.end();
  clockAt(3);
  const after = over(directory, [{ name: "g", rules: [{ alert: "B", expr: "x > 5" }] }], { x: "1x9" });
  await after.run(3, 3);
  expect(after.reports.at(-1)?.alerts).toMatchObject([{ name: "A", state: "resolved", resolvedAt: 180 }]);
});

test("keep_firing_for goes on after a restart", async () => {
  const directory = newFolder("alerts");
  const groups = group({ keep_firing_for: "10m" });
  const before = over(directory, groups, { x: "1x2 0x99" });
  await before.run(0, 6);
  await before.engine.end();
  clockAt(20);
  const after = over(directory, groups, { x: "1x2 0x99" });
  await after.run(20, 25);
  expect(after.states()).toEqual(["firing alertname=A"]);
  await after.run(26, 26);
  expect(after.states()).toEqual([]);
});

test.each([
  ["half a file", '{"version":1,"groups":[{"file":"te'],
  ["another program's file", '{"alerts":[]}'],
  ["wrong fields", '{"version":1,"groups":[{"file":"test","name":"g","lastMillis":"x","rules":[]}]}'],
  ["an empty file", ""],
  ["binary data", "\u0000\u0001\ufffd"],
])("%s is logged, renamed and ignored", async (_, text) => {
  const directory = newFolder("alerts");
  writeFileSync(join(directory, "alerts.json"), text);
  const warnings = collectWarnings();
  const { run, engine, states } = over(directory, group(), { x: "1x9" });
  expect(warnings.join("\n")).toMatch(/alerts\.json" is damaged/);
  await run(0, 0);
  await engine.end();
  expect(states()).toEqual(["firing alertname=A"]);
  expect(readdirSync(directory).toSorted()).toEqual(["alerts.json", "alerts.json.damaged"]);
  expect(readFileSync(join(directory, "alerts.json.damaged"), "utf8")).toBe(text);
});

test("a file of a newer version is kept, and ignored", async () => {
  const directory = newFolder("alerts");
  const text = '{"version":2,"groups":[]}';
  writeFileSync(join(directory, "alerts.json"), text);
  const warnings = collectWarnings();
  const { run, engine, states } = over(directory, group(), { x: "1x9" });
  expect(warnings.join("\n")).toMatch(/alerts\.json" was written by a newer version of tachymeter/);
  await run(0, 0);
  await engine.end();
  expect(states()).toEqual(["firing alertname=A"]);
  expect(readFileSync(join(directory, "alerts.json.newer"), "utf8")).toBe(text);
});

test("a folder that cannot be written is logged, and the rules go on", async () => {
  const directory = newFolder("alerts");
  mkdirSync(join(directory, "alerts.json"));
  const warnings = collectWarnings();
  const { run, engine, states } = over(directory, group(), { x: "1x9" });
  await run(0, 1);
  await engine.end();
  expect(states()).toEqual(["firing alertname=A"]);
  expect(warnings.join("\n")).toMatch(/the state is not saved|cannot be read/);
});

test("the folder is made if it is missing", async () => {
  const directory = join(newFolder("alerts"), "a", "b");
  const { run, engine } = over(directory, group(), { x: "1x9" });
  await run(0, 0);
  await engine.end();
  expect(readdirSync(directory)).toEqual(["alerts.json"]);
});

test("without alerts there is no file", async () => {
  const directory = newFolder("alerts");
  const { run, engine } = over(directory, group(), { x: "0x9" });
  await run(0, 3);
  await engine.end();
  expect(existsSync(join(directory, "alerts.json"))).toBe(false);
});
