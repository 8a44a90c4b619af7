import { join } from "node:path";
import { expect, test } from "vitest";
import fc from "fast-check";
import { backtest, type Firing } from "../../../src/alerts/evaluation/backtest.ts";
import type { RuleGroup } from "../../../src/alerts/rules/rule.ts";
import { MemorySeries } from "../../../src/testing/rule-tests/memory-series.ts";
import { seriesFrom } from "../../../src/testing/rule-tests/series-notation.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { isLong } from "../../kit/test-length.ts";
import { engineOver } from "./engine-over.ts";
import { writeFiles } from "./promtool.ts";
import { rulePrograms } from "./rule-programs.ts";

function sourceOf(series: Readonly<Record<string, string>>): MemorySeries {
  return new MemorySeries(Object.entries(series).map(([name, values]) => seriesFrom(name, values, 60_000)));
}

test("each time in which an alert would have fired is returned", async () => {
  const source = sourceOf({ 'x{i="1"}': "0x4 1+1x5 0x9 5x9 _x9 5", 'x{i="2"}': "0x60" });
  const rules: readonly RuleGroup[] = [
    {
      name: "g",
      rules: [
        { alert: "A", expr: "x > 0", for: "2m", labels: { a: "b" }, annotations: { s: "{{ $labels.i }}" } },
      ],
    },
  ];
  const found = await backtest(rules, source, { from: 0, to: 3_600, interval: 60 });
  const alert = {
    group: "g",
    rule: "A",
    labels: { a: "b", alertname: "A", i: "1" },
    annotations: { s: "1" },
  };
  expect(found).toEqual([
    { ...alert, activeAt: 300, firedAt: 420, resolvedAt: 660, peak: 6 },
    { ...alert, activeAt: 1_260, firedAt: 1_380, resolvedAt: expect.any(Number), peak: 5 },
    { ...alert, activeAt: 2_400, firedAt: 2_520, resolvedAt: expect.any(Number), peak: 5 },
  ]);
});

test.each([
  ["vector(range() + step()) > 0", 0],
  ["x @ END # of the query\n () > 3", 2],
  ["x > 3 and on () vector(range() + step()) == 0", 2],
])("%j has the times of each evaluation", async (expr, expected) => {
  const rules = [{ name: "g", experimental: true, rules: [{ alert: "A", expr }] }];
  const options = { from: 0, to: 240, interval: 60 };
  const found = await backtest(rules, sourceOf({ x: "9 1 1 4 1" }), options);
  expect(found).toHaveLength(expected);
});

test.each(["x < 5", "5 > x", "(x < 5) and x < 9"])("the peak of %s is the lowest value", async (expr) => {
  const found = await backtest([{ name: "g", rules: [{ alert: "A", expr }] }], sourceOf({ x: "9 4 1 3 9" }), {
    from: new Date(0),
    to: "1970-01-01T00:04:00Z",
    interval: 60,
  });
  expect(found).toMatchObject([{ firedAt: 60, resolvedAt: 240, peak: 1 }]);
});

test("rules that read recorded series, or ALERTS, are evaluated in their order", async () => {
  const folder = writeFiles({
    "rules.yml": `
groups:
  - name: g
    interval: 1m
    rules:
      - { record: r, expr: sum(x) }
      - { alert: A, expr: r > 2 }
      - { alert: B, expr: 'ALERTS{alertname="A"} == 1', for: 1m }
`,
  });
  const found = await backtest([join(folder, "rules.yml")], sourceOf({ x: "0 3 3 3 0" }), {
    from: 0,
    to: 300,
  });
  expect(found.map(({ rule, firedAt, resolvedAt }) => [rule, firedAt, resolvedAt])).toEqual([
    ["A", 60, 240],
    ["B", 120, 240],
  ]);
});

test("an alert that fires at the end has no end", async () => {
  const found = await backtest(
    [{ name: "g", rules: [{ alert: "A", expr: "x > 0" }] }],
    sourceOf({ x: "1x9" }),
    {
      from: 0,
      to: 300,
    },
  );
  expect(found).toMatchObject([{ firedAt: 0, resolvedAt: undefined }]);
});

test("a backtest over ranges finds what the engine finds step by step", async () => {
  await fc.assert(
    fc.asyncProperty(rulePrograms, async ({ groups, series }) => {
      const rules = groups.map(({ name, rules: each }) => ({
        name,
        rules: each
          .filter((rule) => rule["alert"] !== undefined && !/ALERTS|r:/.test(String(rule["expr"])))
          .map(({ alert, expr, ...others }) => ({ alert: String(alert), expr: String(expr), ...others })),
      }));
      const values = Object.fromEntries(series.map((each) => [each.series, each.values]));
      const over = engineOver(rules, values);
      const fired = new Map<string, number | undefined>();
      for (let minute = 0; minute <= 25; minute++) {
        await over.run(minute, minute);
        if (over.engine.groups().some((group) => group.rules.some(({ health }) => health === "err"))) return;
        for (const { labels, firedAt, resolvedAt } of over.reports
          .slice(-rules.length)
          .flatMap(({ alerts }) => alerts))
          fired.set(`${JSON.stringify(labels)} ${firedAt}`, resolvedAt);
      }
      const found = await backtest(rules, over.source, { from: 0, to: 25 * 60, interval: 60 });
      const texts = found.map(({ labels, firedAt, resolvedAt }: Firing): [string, number | undefined] => [
        `${JSON.stringify(labels)} ${firedAt}`,
        resolvedAt,
      ]);
      expect(new Map(texts)).toEqual(fired);
      expect(texts.length).toBe(fired.size);
    }),
    { numRuns: isLong ? 1_000 : 60 },
  );
});

test("a step that fails changes no state, and other steps and rules are evaluated", async () => {
  const warnings = collectWarnings();
  const rules: readonly RuleGroup[] = [
    {
      name: "g",
      rules: [
        { alert: "Joined", expr: "x * on () y > 0" },
        { alert: "Other", expr: "x > 1" },
      ],
    },
  ];
  // For two minutes y has two series.
  const source = sourceOf({ x: "0 1 1 1 1 2 0", 'y{j="1"}': "1x9", 'y{j="2"}': "_x3 1x1 stale" });
  const found = await backtest(rules, source, { from: 0, to: 360, interval: 60 });
  expect(found.map(({ rule, firedAt, resolvedAt }) => [rule, firedAt, resolvedAt])).toEqual([
    ["Joined", 60, 360],
    ["Other", 300, 360],
  ]);
  expect(warnings.join("\n")).toMatch(/backtest: rule "Joined" failed: .*duplicate series/);
});

test("`@ end()` is the time of each evaluation", async () => {
  const rules = [{ name: "g", rules: [{ alert: "A", expr: "x @ end() > 0" }] }];
  const found = await backtest(rules, sourceOf({ x: "0x3 1x9" }), { from: 0, to: 600, interval: 60 });
  expect(found).toMatchObject([{ firedAt: 240 }]);
});

test.each(["x > 0", "x @ end() > 0"])("a source that fails ends the backtest of %s", async (expr) => {
  const select = (): never => {
    throw new Error("no disk");
  };
  const rules = [{ name: "g", rules: [{ alert: "A", expr }] }];
  await expect(backtest(rules, { select }, { from: 0, to: 60 })).rejects.toThrow("no disk");
});

test.each([
  [{ from: "yesterday", to: 0 }, /from must be a Date, an ISO 8601 string or Unix seconds, got "yesterday"/],
  [{ from: 0, to: 60, interval: 0 }, /interval must be above 0, got 0/],
  [{ from: 0, to: 1e9, interval: 1 }, /at most 1000000 evaluations/],
])("the range %j is refused", async (range, message) => {
  await expect(backtest([{ name: "g", rules: [] }], sourceOf({}), range)).rejects.toThrow(message);
});

test("invalid rules are refused with all problems", async () => {
  await expect(
    backtest(
      [
        {
          name: "g",
          rules: [
            { alert: "A", expr: "(" },
            { record: "{", expr: "x" },
          ],
        },
      ],
      sourceOf({}),
      { from: 0, to: 1 },
    ),
  ).rejects.toThrow(/rule "A": could not parse expression.*\n.*rule "{": invalid recording rule name/);
});

test("groups of the same name are evaluated each at its own time", async () => {
  const groups = [30, 60].map((seconds): RuleGroup => ({
    name: "g",
    interval: `${seconds}s`,
    // A selector of a series that a rule writes: the groups are evaluated in turn.
    rules: [{ alert: `A${seconds}`, expr: "x > 0 unless ALERTS{alertname='none'}", for: "90s" }],
  }));
  const found = await backtest(groups, sourceOf({ x: "1x9" }), { from: 0, to: 300 });
  expect(found.map(({ rule, firedAt }) => `${rule} ${firedAt}`)).toEqual(["A30 90", "A60 120"]);
});
