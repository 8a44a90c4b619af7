import fc from "fast-check";
import { expect, test } from "vitest";
import { CATALOGUE } from "../../../src/alerts/monitors/catalogue.ts";
import { type MonitorOptions, monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import { OptionsError } from "../../../src/options/options-error.ts";
import { checkGroups } from "../../../src/alerts/rules/check-groups.ts";
import type { AlertingRule, Rule } from "../../../src/alerts/rules/rule.ts";

const MONITORS = [...CATALOGUE.values()].flat();

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

test("an area without monitors has no group", () => {
  expect(monitorGroups({ httpErrorBudget: false }).map(({ name }) => name)).not.toContain("tachymeter-http");
});

test("all problems are reported together, with the nearest names", () => {
  const options = JSON.parse(`{
    "diskFul": {}, "diskFull": { "treshold": 0.9, "threshold": 2, "for": "soon", "keepFiringFor": -1 },
    "queueGrowing": 7, "eventLoopSlow": { "window": "0s" }, "httpErrorBudget": { "objective": 1, "window": "1h" }
  }`);
  expect(() => monitorGroups(options)).toThrowErrorMatchingInlineSnapshot(
    `
    [OptionsError: monitors: 9 problems; see tachymeter/docs/configuration.md
      diskFul must be an existing option, such as diskFull or diskFilling, got {}
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
    { numRuns: 30 },
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
