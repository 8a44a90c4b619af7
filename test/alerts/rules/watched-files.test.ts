import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readRuleFile, type RuleFile, ruleFileFrom } from "../../../src/alerts/rules/rule-file.ts";
import { RulesError } from "../../../src/alerts/rules/problem.ts";
import { WatchedFiles } from "../../../src/alerts/rules/watched-files.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { newFolder } from "../../kit/new-folder.ts";

const rulesFor = (alert: string): string => `groups: [{ name: g, rules: [{ alert: ${alert}, expr: up }] }]`;

function watched(...texts: readonly string[]) {
  const folder = newFolder("rules");
  const files = texts.map((_, i) => join(folder, `${i}.yml`));
  for (const [i, text] of texts.entries()) writeFileSync(files[i] ?? "", text);
  const changes: string[][] = [];
  const rules = new WatchedFiles({
    files: files.map((file) => readRuleFile(file)),
    check: ruleFileFrom,
    onChange: (read) => void changes.push(namesIn(read)),
    intervalMillis: 20,
  });
  onTestFinished(() => rules.end());
  return { rules, files, changes, write: (i: number, text: string) => writeFileSync(files[i] ?? "", text) };
}

function namesIn(files: readonly RuleFile[]): string[] {
  return files.flatMap(({ groups }) => groups.flatMap(({ rules }) => rules.map(({ name }) => name)));
}

test("all files are read again after a change of one", async () => {
  const { rules, changes, write } = watched(rulesFor("A"), rulesFor("B"));
  expect(namesIn(rules.files)).toEqual(["A", "B"]);
  expect(await rules.look()).toBe(false);
  write(1, rulesFor("C"));
  expect(await rules.look()).toBe(true);
  expect(await rules.look()).toBe(false);
  expect(changes).toEqual([["A", "C"]]);
  expect(namesIn(rules.files)).toEqual(["A", "C"]);
});

test("a change between the construction and the first look is found", async () => {
  const { rules, changes, write } = watched(rulesFor("A"));
  write(0, rulesFor("B"));
  expect(await rules.look()).toBe(true);
  expect(changes).toEqual([["B"]]);
});

test.each([
  ["to other rules", rulesFor("B"), ["B"]],
  ["that adds a problem", "groups: [", ["A"]],
  ["that removes the file", undefined, ["A"]],
])("a change %s between the first reading and the construction", (_, text, names) => {
  const file = join(newFolder("rules"), "0.yml");
  writeFileSync(file, rulesFor("A"));
  const files = [readRuleFile(file)];
  if (text === undefined) rmSync(file);
  else writeFileSync(file, text);
  const rules = new WatchedFiles({ files, check: ruleFileFrom, onChange: () => {} });
  expect(namesIn(rules.files)).toEqual(names);
});

test("the timer finds changes until the end", async () => {
  const { rules, changes, write } = watched(rulesFor("A"));
  rules.start();
  write(0, rulesFor("B"));
  await expect.poll(() => changes).toEqual([["B"]]);
  rules.end();
  write(0, rulesFor("C"));
  await new Promise((resolve) => void setTimeout(resolve, 100));
  expect(changes).toEqual([["B"]]);
});

test.each([
  [
    "an invalid expression",
    "groups: [{ name: g, rules: [{ alert: A, expr: '(' }] }]",
    /0\.yml:1: group "g", rule "A": could not parse/,
  ],
  ["text that is not YAML", "groups: [", /0\.yml:1: the file must be valid YAML/],
  ["an unknown field", "group: []", /unknown field "group"/],
])("a file with %s changes nothing, and is logged once", async (_, text, message) => {
  const warnings = collectWarnings();
  const { rules, changes, write } = watched(rulesFor("A"), rulesFor("B"));
  await rules.look();
  write(0, text);
  write(1, rulesFor("C"));
  expect(await rules.look()).toBe(false);
  expect(await rules.look()).toBe(false);
  expect(warnings).toEqual([expect.stringMatching(message)]);
  expect(namesIn(rules.files)).toEqual(["A", "B"]);
  write(0, rulesFor("D"));
  expect(await rules.look()).toBe(true);
  expect(changes).toEqual([["D", "C"]]);
});

test("a file that is removed or replaced by a folder changes nothing", async () => {
  const warnings = collectWarnings();
  const { rules, files, changes } = watched(rulesFor("A"));
  const [file = ""] = files;
  await rules.look();
  renameSync(file, `${file}.old`);
  expect(await rules.look()).toBe(false);
  mkdirSync(file);
  expect(await rules.look()).toBe(false);
  rmSync(file, { recursive: true });
  renameSync(`${file}.old`, file);
  expect(await rules.look()).toBe(true);
  expect(changes).toEqual([["A"]]);
  expect(warnings).toHaveLength(2);
});

test("at the start, the problems of all files are thrown together", () => {
  let problems: RulesError["problems"] = [];
  try {
    watched("group: []", "groups: [{ name: g, rules: [{ alert: A, expr: '(' }] }]");
  } catch (error) {
    if (error instanceof RulesError) problems = error.problems;
  }
  expect(problems).toHaveLength(2);
});
