import { expect, onTestFinished, test, vi } from "vitest";
import type { RuleGroup } from "../../../src/alerts/rules/rule.ts";
import type { Catalogue } from "../../../src/query/sample-source.ts";
import type { Selection } from "../../../src/query/source.ts";
import { MemorySeries } from "../../../src/testing/rule-tests/memory-series.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { engineOn, engineOver } from "./engine-over.ts";

const group = (expr: string, more: object = {}): readonly RuleGroup[] => [
  { name: "g", experimental: true, rules: [{ alert: "A", expr, ...more }] },
];

// The alert fires at minute 2. Then the series ends, and is there again from minute 20 on.
const GONE = "1x2 stale _x16 0x9";
const KEPT = "1x40";

test.each([
  ["a threshold", "x > 0.5", { x: GONE }],
  ["an aggregation", "sum by (job) (x) > 0.5", { 'x{job="a"}': GONE }],
  ["a rate", "increase(x[3m]) > 0.5", { x: "0+1x6 _x12 0x9" }],
  ["a function of time", "x * on () group_left vector(time()) > 0", { x: GONE }],
  ["a join of which one side is gone", "x / y > 0.5", { x: GONE, y: KEPT }],
  ["a join of which the other side is gone", "y / x > 0.5", { x: "1x2 stale _x16 5x9", y: KEPT }],
  ["a conjunction of which one side is gone", "y > 0.5 and x > 0.5", { x: GONE, y: KEPT }],
  ["both sides of an alternative", "x > 0.5 or y > 0.5", { x: GONE, y: GONE }],
  ["the left side of a difference", "x > 0.5 unless y > 2", { x: GONE, y: KEPT }],
  ["a range of the length of a query", "increase(x[max_of(step(), 3m)]) > 0.5", { x: "0+1x6 _x12 0x9" }],
  ["an anchored range", "increase(x[3m] anchored) > 0.5", { x: "0+1x6 _x12 0x9" }],
  ["the side that is not filled", "x * fill_right(2) y > 0.5", { x: GONE, y: KEPT }],
  [
    "info that is needed",
    'info(y, {v=~".+"}) > 0.5',
    { 'target_info{job="a",v="1"}': "1x2 stale _x16 1x9", 'y{job="a"}': "1x2 stale _x16 0x9" },
  ],
  ["a subquery", "max_over_time((x > 0.5)[2m:1m]) > 0.5", { x: GONE }],
])(
  "an alert on %s is held while its series are gone, and resolves once data say so",
  async (_, expr, series) => {
    const { run, states, reports } = engineOver(group(expr), series);
    await run(0, 2);
    expect(states()).toHaveLength(1);
    await run(3, 18);
    expect(states()).toEqual([expect.stringContaining("firing")]);
    await run(19, 28);
    expect(states()).toEqual([]);
    expect(reports.at(-1)?.alerts).toMatchObject([{ state: "resolved" }]);
  },
);

test.each([
  ["a comparison that is false", "x > 0.5", { x: "1x2 0x9" }],
  [
    "one of several series, while others are there",
    "x > 0.5",
    { 'x{i="1"}': "1x2 stale", 'x{i="2"}': "0x9" },
  ],
  ["absent(), once the series is there", "absent(x)", { x: "_x3 1x9" }],
  [
    "one side of an alternative, while the other is there",
    "x > 0.5 or y > 0.5",
    { x: "1x2 stale", y: "0x9" },
  ],
  ["the right side of a difference", "x > 0.5 unless y > 2", { x: "1x2 0x9", y: "1x2 stale" }],
  ["the side that is filled", "x + fill(0) y > 0.5", { x: "1x2 0x9", y: "1x2 stale" }],
  [
    "the side that is filled for many",
    "x + on () group_right () fill_right(0) y > 0.5",
    { x: "1x2 stale", y: "1x2 0x9" },
  ],
  ["info that is not needed", 'info(x, {v=~".*"}) > 0.5', { x: "1x2 0x9", target_info: "1x2 stale" }],
  ["an expression without series", "vector(time()) < 170", {}],
  ["a selector that never had series", "x > 0.5 or never > 1", { x: "1x2 0x9" }],
])("an alert on %s is not held", async (_, expr, series) => {
  const { run, states } = engineOver(group(expr), series);
  await run(0, 2);
  expect(states()).toEqual([expect.stringContaining("firing")]);
  await run(3, 6);
  expect(states()).toEqual([]);
});

test("a pending alert is held too, and the time without data does not count", async () => {
  const { run, states } = engineOver(group("x > 0.5", { for: "4m" }), { x: "1x2 stale _x10 1x9" });
  await run(0, 14);
  expect(states()).toEqual(["pending alertname=A"]);
  await run(15, 16);
  expect(states()).toEqual(["firing alertname=A"]);
});

test("the option resolve behaves as Prometheus", async () => {
  const { run, states } = engineOver(group("x > 0.5"), { x: GONE }, { missingData: "resolve" });
  await run(0, 3);
  expect(states()).toEqual([]);
});

test("the option alert raises an alert with the labels of the rule", async () => {
  const { run, states } = engineOver(
    group("x > 0.5", { for: "2m", labels: { severity: "page" } }),
    { 'x{i="1"}': "0x2 stale _x9 0x9" },
    { missingData: "alert" },
  );
  await run(0, 3);
  expect(states()).toEqual(["pending alertname=A,severity=page"]);
  await run(4, 5);
  expect(states()).toEqual(["firing alertname=A,severity=page"]);
  await run(6, 13);
  expect(states()).toEqual([]);
});

const recording = (expr: string): readonly RuleGroup[] => [
  {
    name: "g",
    rules: [
      { record: "r", expr },
      { record: "s", expr: "r * 2" },
      { alert: "A", expr: "s > 0.5" },
    ],
  },
];

test("an alert on a recorded metric is held if the recording rule lacks data", async () => {
  const { run, states } = engineOver(recording("x > 0.5"), { x: GONE });
  await run(0, 18);
  expect(states()).toEqual(["firing alertname=A"]);
  await run(19, 20);
  expect(states()).toEqual([]);
});

test("an alert on a recorded metric resolves if the recording rule has data, and no result", async () => {
  const { run, states } = engineOver(recording("x > 0.5"), { x: "1x2 0x9" });
  await run(0, 2);
  expect(states()).toEqual(["firing alertname=A"]);
  await run(3, 3);
  expect(states()).toEqual([]);
});

test("a rule with a range of 0 fails alone, and the samples of the others are loaded together", async () => {
  const loaded: unknown[] = [];
  class Loading extends MemorySeries {
    override catalogue(): Catalogue {
      const ready = async (selections: Iterable<Selection> = []): Promise<void> => {
        for (const { matchers } of selections) loaded.push(matchers[0]?.value);
      };
      return { ...super.catalogue(), ready };
    }
  }
  const rules = ["rate(x[step()])", "y > 0"].map((expr) => ({ record: "r", expr }));
  const { run, engine } = engineOn([{ name: "g", experimental: true, rules }], new Loading([]));
  await run(0, 0);
  expect(loaded).toEqual(["y"]);
  expect(engine.groups()[0]?.rules.map(({ health }) => health)).toEqual(["err", "ok"]);
});

test("an alert on ALERTS resolves with the alert that it is about", async () => {
  const rules = [
    { alert: "A", expr: "x > 0" },
    { alert: "B", expr: 'ALERTS{alertname="A"} == 1' },
  ];
  const { run, states } = engineOver([{ name: "g", rules }], { x: "1x2 0x9" });
  await run(0, 2);
  expect(states()).toHaveLength(2);
  await run(3, 3);
  expect(states()).toEqual([]);
});

test("after a restart, one search finds which of many alerts have series again", async () => {
  const directory = newFolder("alerts");
  const names = Array.from({ length: 40 }, (_, i) => `x{i="${i}"}`);
  const series = (values: string): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, values]));
  const before = engineOver(group("x > 0"), series("1x9"), { directory });
  await before.run(0, 9);
  await before.engine.end();
  vi.setSystemTime(10 * 60_000);
  onTestFinished(() => void vi.useRealTimers());
  const after = engineOver(group("x > 0"), { 'x{i="0"}': "0x19", 'x{i="1"}': "1x19" }, { directory });
  const read = vi.spyOn(MemorySeries.prototype, "read");
  onTestFinished(() => read.mockRestore());
  await after.run(10, 10);
  expect(after.states()).toHaveLength(39);
  // The query, whether there are any series, and the series.
  expect(read).toHaveBeenCalledTimes(3);
});
