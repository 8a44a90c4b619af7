import { beforeEach, expect, test } from "vitest";
import { exportRules } from "../../../src/alerts/export/export-rules.ts";
import { CATALOGUE, monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import { needs } from "../../servers/needs.ts";
import { CASES } from "./cases.ts";
import { lastsLong, promtool, SUCCESS, testFileOf } from "./promtool-tests.ts";

beforeEach((context) => needs(context, "promtool"));

test("each monitor has a fault, except that of HTTP, which has its own tests", () => {
  const names = [...CATALOGUE.values()].flat().map(({ name }) => name);
  const shown = new Set(CASES.map(({ monitor }) => monitor));
  const without = names.filter((name) => !shown.has(name));
  expect(without, "add a case to test/alerts/monitors/cases.ts").toEqual(["httpErrorBudget"]);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(35);
});

test("in Prometheus disks and heaps that fill over hours raise their alerts, and resolve", () => {
  const groups = monitorGroups().filter(({ name }) => /memory|disk/.test(name));
  expect(promtool(exportRules(groups), testFileOf("rules.yml", CASES.filter(lastsLong)))).toMatch(SUCCESS);
});
