// All faults in Prometheus itself. In the short form, `engine.test.ts` compares our engine with it at each step of some of them.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { exportRules } from "../../../src/alerts/export/export-rules.ts";
import { monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import { neededProgram, needs } from "../../servers/needs.ts";
import { promtool, quietFileOf, SUCCESS } from "./promtool-tests.ts";
import { QUIET_CASES } from "./quiet.ts";

beforeEach((context) => needs(context, "promtool"));

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
