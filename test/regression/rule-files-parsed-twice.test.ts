// Rule files were parsed when the options were read, when the alerts began, and at the first look.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ALERTS } from "../../src/alerts/options.ts";
import { ruleFileFrom } from "../../src/alerts/rules/rule-file.ts";
import { WatchedFiles } from "../../src/alerts/rules/watched-files.ts";
import { newFolder } from "../kit/new-folder.ts";

const rulesFor = (alert: string): string => `groups: [{ name: g, rules: [{ alert: ${alert}, expr: up }] }]`;

test("a file is parsed once, until its text changes", async () => {
  const folder = newFolder("rules");
  const [first, second] = [join(folder, "1.yml"), join(folder, "2.yml")];
  writeFileSync(first, rulesFor("A"));
  writeFileSync(second, rulesFor("B"));
  const { files } = ALERTS.settings({ rules: [first, second], monitors: false });
  const parsed = files.flatMap(({ groups }) => groups);
  const rules = new WatchedFiles({ files, check: ruleFileFrom, onChange: () => {} });
  expect(await rules.look()).toBe(false);
  expect(rules.files.flatMap(({ groups }) => groups).map((group, i) => group === parsed[i])).toEqual([
    true,
    true,
  ]);
  writeFileSync(second, rulesFor("C"));
  expect(await rules.look()).toBe(true);
  expect(rules.files.flatMap(({ groups }) => groups).map((group, i) => group === parsed[i])).toEqual([
    true,
    false,
  ]);
});
