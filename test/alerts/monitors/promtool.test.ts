import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { exportRules } from "../../../src/alerts/export/export-rules.ts";
import { CATALOGUE } from "../../../src/alerts/monitors/catalogue.ts";
import { monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { isLong } from "../../kit/test-length.ts";
import { neededProgram, needs } from "../../servers/needs.ts";
import { CASES } from "./cases.ts";
import { QUIET_CASES } from "./quiet.ts";
import { lastsLong, quietFileOf, testFileOf } from "./promtool-tests.ts";

beforeEach((context) => needs(context, "promtool"));

test("each monitor has a fault, except that of HTTP, which has its own tests", () => {
  const names = [...CATALOGUE.values()].flat().map(({ name }) => name);
  const shown = new Set(CASES.map(({ monitor }) => monitor));
  expect(names.filter((name) => !shown.has(name))).toEqual(["httpErrorBudget"]);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(35);
});

test("in Prometheus disks and heaps that fill over hours raise their alerts, and resolve", () => {
  const groups = monitorGroups().filter(({ name }) => /memory|disk/.test(name));
  expect(promtool(exportRules(groups), testFileOf("rules.yml", CASES.filter(lastsLong)))).toMatch(SUCCESS);
});

// The short form of the tests of the engine compares it with Prometheus at each step of the same faults.
if (isLong) {
  test("in Prometheus each fault raises the one alert of its monitor, with its text, and resolves: the example", () => {
    const { stdout, stderr } = spawnSync(
      neededProgram("promtool"),
      ["test", "rules", "prometheus-alerts.test.yml"],
      {
        cwd: join(import.meta.dirname, "../../../examples"),
        encoding: "utf8",
      },
    );
    expect(stdout + stderr).toContain("SUCCESS");
  });

  test("in Prometheus nothing fires for what only looks like a fault", () => {
    const rules = exportRules(monitorGroups());
    expect(promtool(rules, quietFileOf("rules.yml", QUIET_CASES))).toMatch(SUCCESS);
  });
}

const SUCCESS = /^Unit Testing: {2}tests.yml\n {2}SUCCESS\n/;

function promtool(rules: string, tests: string): string {
  const folder = newFolder("monitors");
  writeFileSync(join(folder, "rules.yml"), rules);
  writeFileSync(join(folder, "tests.yml"), tests);
  const { stdout, stderr } = spawnSync(neededProgram("promtool"), ["test", "rules", "tests.yml"], {
    cwd: folder,
    encoding: "utf8",
  });
  return stdout + stderr;
}
