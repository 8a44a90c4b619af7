// Prometheus refuses a file in which two groups have the same name.
import { expect, test } from "vitest";
import { exportRules } from "../../src/alerts/export/export-rules.ts";
import { checkRuleText } from "../../src/alerts/rules/rule-file.ts";

test("groups of several files with one name get names of their own", () => {
  const names = ["app", "app", "b", "app-2", "app", "b"];
  const rules = [{ alert: "A", expr: "up" }];
  const { groups, problems } = checkRuleText("e.yml", exportRules(names.map((name) => ({ name, rules }))));
  expect(problems).toEqual([]);
  expect(groups.map(({ name }) => name)).toEqual(["app", "app-3", "b", "app-2", "app-4", "b-2"]);
});
