// A rule whose expression or file changed while it fired was reported as resolved while it fired.
import { expect, onTestFinished, test, vi } from "vitest";
import { checkGroups } from "../../src/alerts/rules/check-groups.ts";
import type { RuleGroup } from "../../src/alerts/rules/rule.ts";
import { type EngineOver, engineOver } from "../alerts/evaluation/engine-over.ts";
import { newFolder } from "../kit/new-folder.ts";

const rules = (expr: string, name = "g"): readonly RuleGroup[] => [{ name, rules: [{ alert: "A", expr }] }];
const checked = (expr: string, file = "test", name?: string) => checkGroups(file, rules(expr, name)).groups;

function statesOf({ reports }: EngineOver): readonly string[] {
  return reports.map(({ alerts }) => alerts.map(({ state }) => state).join());
}

function clockAt(minute: number): void {
  vi.setSystemTime(minute * 60_000);
  onTestFinished(() => void vi.useRealTimers());
}

test.each([
  ["expression", checked("x > 0.5")],
  ["file", checked("x > 0", "other")],
  ["file and expression", checked("x > 0.5", "other")],
  ["group", checked("x > 0", "test", "h")],
])("an alert fires on while the %s of its rule changes", async (_, groups) => {
  const over = engineOver(rules("x > 0"), { x: "1x9" });
  await over.run(0, 1);
  clockAt(1.5);
  await over.engine.replace(groups);
  await over.run(2, 4);
  expect(statesOf(over)).toEqual(["firing", "firing", "firing", "firing", "firing"]);
  expect(over.engine.active()).toMatchObject([{ firedAt: 0 }]);
});

test.each([
  ["expression", checked("x > 0.5")],
  ["file", checked("x > 0", "other")],
])("an alert fires on after a restart with another %s, also before there are data", async (_, groups) => {
  const directory = newFolder("alerts");
  const before = engineOver(rules("x > 0"), { x: "1x9" }, { directory });
  await before.run(0, 1);
  await before.engine.end();
  clockAt(3);
  const after = engineOver([], { x: "_x4 1x9" }, { directory, groups });
  await after.run(3, 6);
  expect(statesOf(after)).toEqual(["firing", "firing", "firing", "firing"]);
});

test("an alert of a changed rule is resolved if its new condition does not hold", async () => {
  const over = engineOver(rules("x > 0"), { x: "1x9" });
  await over.run(0, 1);
  clockAt(1.5);
  await over.engine.replace(checked("x > 2"));
  await over.run(2, 2);
  expect(statesOf(over)).toEqual(["firing", "firing", "resolved"]);
});

test("an alert of a removed rule is not resolved once another rule raises it", async () => {
  const over = engineOver(rules("x > 0"), { x: "1x9" });
  await over.run(0, 1);
  clockAt(1.5);
  const { groups } = checkGroups("test", [
    { name: "h", rules: [{ alert: "A", expr: "label_replace(x, 'a', 'b', '', '')", labels: { a: "" } }] },
  ]);
  await over.engine.replace(groups);
  await over.run(2, 3);
  expect(statesOf(over)).toEqual(["firing", "firing", "resolved", "firing", "firing"]);
});
