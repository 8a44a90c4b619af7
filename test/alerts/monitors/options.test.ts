import fc from "fast-check";
import { expect, test } from "vitest";
import {
  CATALOGUE,
  monitorGroups,
  type MonitorOptions,
} from "../../../src/alerts/monitors/monitor-groups.ts";
import { ALERTS } from "../../../src/alerts/options.ts";
import { OptionsError } from "../../../src/options/options-error.ts";
import { checkGroups } from "../../../src/alerts/rules/check-groups.ts";
import { generatedGroups, pacedGroups } from "../../../src/alerts/rules/generated-groups.ts";
import type { AlertingRule, Rule } from "../../../src/alerts/rules/rule.ts";
import { runs } from "../../kit/test-length.ts";

const MONITORS = [...CATALOGUE.values()].flat();

const SLO = { name: "shop", objective: 0.99, good: "good_total", total: "all_total" };

test("all monitors are on by default, and one is switched off or changed by its name", () => {
  expect(monitorGroups()).toEqual(monitorGroups(true));
  expect(monitorGroups({})).toEqual(monitorGroups());
  expect(monitorGroups(false)).toEqual([]);
  const names = alertsOf({ diskFull: false, leaderFlapping: true }).map(({ alert }) => alert);
  expect(names).not.toContain("DiskFull");
  expect(names).toContain("LeaderFlapping");
  const [full] = alertsOf({ diskFull: { for: 600, threshold: 0.9, keepFiringFor: "1h30m" } }).filter(
    ({ alert }) => alert === "DiskFull",
  );
  expect(full).toMatchObject({
    alert: "DiskFull",
    expr: `max by (job, instance, system_filesystem_mountpoint) (system_filesystem_utilization_ratio{system_filesystem_mode="rw"}) > 0.9`,
    for: "10m",
    keep_firing_for: "1h30m",
  });
});

test("monitors are valid, and are the same whether they are checked at the start or parsed when they are needed", () => {
  const { groups, problems } = checkGroups("alerts", monitorGroups());
  expect(problems).toEqual([]);
  expect(groups.length).toBeGreaterThan(20);
  expect(generatedGroups("alerts", monitorGroups())).toEqual(groups);
});

test("an area without monitors has no group", () => {
  const names = monitorGroups({ httpErrorBudget: false }).map(({ name }) => name);
  expect(names.filter((name) => name.includes("tachymeter-http"))).toEqual([]);
});

test("all problems are reported together, with the nearest names", () => {
  const options = JSON.parse(`{
    "diskFul": {}, "diskFull": { "treshold": 0.9, "threshold": 2, "for": "soon", "keepFiringFor": -1 },
    "queueGrowing": 7, "eventLoopSlow": { "window": "0s" }, "httpErrorBudget": { "objective": 1, "window": "1h" }
  }`);
  expect(() => monitorGroups(options)).toThrowErrorMatchingInlineSnapshot(
    `
    [OptionsError: monitors: 9 problems; see tachymeter/docs/configuration.md
      diskFul must be an existing option, such as diskFull, got {}
      eventLoopSlow.window must be a duration above 0, such as '15s', or a number of seconds, got "0s"
      diskFull.treshold must be an existing option, such as threshold, got 0.9
      diskFull.threshold must be a number from 0 to 1, got 2
      diskFull.for must be a duration, such as '10m', or a number of seconds, got "soon"
      diskFull.keepFiringFor must be a duration, such as '10m', or a number of seconds, got -1
      queueGrowing must be true, false or an object of parameters, got 7
      httpErrorBudget.objective must be a share above 0 and below 1, such as 0.999, got 1
      httpErrorBudget.window must be a duration from 1d to 90d, such as '30d', got "1h"]
  `,
  );
  expect(() => monitorGroups(JSON.parse("7"))).toThrowErrorMatchingInlineSnapshot(
    `[OptionsError: monitors: options must be true, false or an object such as { diskFull: { for: "10m" } }, got 7; see tachymeter/docs/configuration.md]`,
  );
});

test("any options either fail as options, or make valid rules", () => {
  const parameter = fc.oneof(
    fc.double({ noNaN: true }),
    fc.constantFrom("5m", "1h30m", "0s", "x", "", "1d", "99y", "1e3"),
    fc.jsonValue(),
  );
  const names = fc.constantFrom(...MONITORS.map(({ name }) => name), "__proto__", "constructor");
  const keys = fc.constantFrom(
    ...new Set(MONITORS.flatMap(({ parameters }) => parameters.map(({ name }) => name))),
  );
  const options = fc.dictionary(
    names,
    fc.oneof(fc.boolean(), fc.dictionary(keys, parameter), fc.jsonValue()),
  );
  fc.assert(
    fc.property(options, (given) => {
      expect(problemsOf(JSON.parse(JSON.stringify(given)))).toEqual([]);
    }),
    { numRuns: runs(30) },
  );
});

test("each monitor is described: a summary, what to do, a severity, and parameters with units", () => {
  const undescribed = MONITORS.flatMap(({ name, fires, parameters }) =>
    parameters
      .filter((each) => !fires.includes(`\`${each.name}\``) && !isCommon(each.name))
      .map((each) => `${name}.${each.name}`),
  );
  expect(undescribed).toEqual([]);
  expect(MONITORS.filter(({ fires, severities }) => fires.endsWith(".") || severities.length === 0)).toEqual(
    [],
  );
  for (const { annotations = {}, labels = {} } of alertsOf(true)) {
    expect(annotations["summary"]?.length).toBeGreaterThan(10);
    expect(annotations["description"]?.length).toBeGreaterThan(60);
    expect(["critical", "warning", "info"]).toContain(labels["severity"]);
  }
});

// Their meaning is the same everywhere.
function isCommon(name: string): boolean {
  return ["for", "keepFiringFor", "window", "collections"].includes(name);
}

function alertsOf(options: MonitorOptions): readonly AlertingRule[] {
  const rules = monitorGroups(options).flatMap((group): readonly Rule[] => group.rules);
  return rules.flatMap((rule) => ("alert" in rule ? [rule] : []));
}

// None for options that are refused as such.
function problemsOf(options: MonitorOptions): readonly unknown[] {
  try {
    return checkGroups("monitors", monitorGroups(options)).problems;
  } catch (error) {
    return error instanceof OptionsError ? [] : [error];
  }
}

test("rules whose alerts wait for long are evaluated more rarely", () => {
  const intervals = new Set<string>();
  for (const { interval, rules } of monitorGroups())
    for (const rule of rules)
      if ("alert" in rule) intervals.add(`for ${String(rule.for ?? "0s")}: ${String(interval ?? "default")}`);
  expect([...intervals].toSorted()).toEqual([
    "for 0s: default",
    "for 10m: 1m",
    "for 15m: 1m",
    "for 1h: 2m",
    "for 1m: default",
    "for 2m: default",
    "for 3h: 2m",
    "for 3m: default",
    "for 5m: default",
  ]);
});

test("a shorter or longer wait changes how often a monitor is evaluated", () => {
  const intervalOf = (wait: string): unknown =>
    monitorGroups({ diskFull: { for: wait } }).find(({ rules }) =>
      rules.some((rule) => "alert" in rule && rule.alert === "DiskFull"),
    )?.interval;
  expect(["0s", "599s", "10m", "59m", "1h", "2d"].map(intervalOf)).toEqual([
    undefined,
    undefined,
    "1m",
    "1m",
    "2m",
    "2m",
  ]);
});

test("error ratios are recorded in the group of the first alert that needs them", () => {
  const groups = monitorGroups().filter(({ name }) => name.includes("tachymeter-http"));
  expect(
    groups.map(({ name, rules }) => [
      name,
      ...rules.flatMap((rule) => ("record" in rule ? rule.record : [])),
    ]),
  ).toEqual([
    ["tachymeter-http", "slo:error_ratio:rate5m", "slo:error_ratio:rate1h", "slo:errors:increase1h"],
    ["1m-tachymeter-http", "slo:error_ratio:rate30m", "slo:error_ratio:rate6h", "slo:errors:increase6h"],
    [
      "2m-tachymeter-http",
      "slo:error_ratio:rate2h",
      "slo:error_ratio:rate1d",
      "slo:errors:increase1d",
      "slo:error_ratio:rate3d",
      "slo:errors:increase3d",
    ],
  ]);
});

test("no monitor is evaluated more often than option interval says", () => {
  const intervals = (interval: number): unknown[] => [
    ...new Set(ALERTS.settings({ interval, slo: [SLO] }).groups.map(({ intervalMillis }) => intervalMillis)),
  ];
  expect(intervals(1)).toEqual([undefined, 60_000, 120_000]);
  expect(intervals(60)).toEqual([undefined, 120_000]);
  expect(intervals(300)).toEqual([undefined]);
});

// A recorded value is used for 5 minutes. Each group has its own phase.
test.each([15, 60, 119, 120, 299, 600])(
  "with an interval of %i s, a recorded ratio is read in its group, or renewed in time for other groups",
  (interval) => {
    const groups = ALERTS.settings({ interval, monitors: false, slo: [SLO] }).groups;
    const recordings = groups.flatMap((group) =>
      group.rules.filter(({ kind }) => kind === "recording").map(({ name }) => ({ name, group })),
    );
    expect(recordings.length).toBeGreaterThan(8);
    for (const reader of groups)
      for (const { text } of reader.rules)
        for (const [metric] of text.matchAll(/slo:\w+:\w+/g)) {
          const seconds = recordings
            .filter(({ name }) => name === metric)
            .map(({ group }) => (group === reader ? 0 : (group.intervalMillis ?? interval * 1_000) / 1_000));
          expect(seconds).toHaveLength(1);
          expect(Math.max(...seconds)).toBeLessThanOrEqual(120);
        }
  },
);

test("names of objectives may be like those of groups", () => {
  const slo = ["api", "api-2m", "2m-api", "2m-slo-api"].map((name) => ({ ...SLO, name }));
  const names = ALERTS.settings({ monitors: false, slo }).groups.map(({ name }) => name);
  expect(names).toHaveLength(12);
  expect(names.slice(0, 3)).toEqual(["slo-api", "1m-slo-api", "2m-slo-api"]);
});

test("recording rules after the last alerting rule are in the group of the default interval", () => {
  const [first, last] = ["first", "last"].map((record) => ({ record, expr: "x" }));
  const alert = { alert: "A", expr: "first > 0", for: "1h" };
  expect(pacedGroups({ name: "g", rules: [first!, alert, last!] })).toEqual([
    { name: "2m-g", interval: "2m", rules: [first, alert] },
    { name: "g", rules: [last] },
  ]);
});
