import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkGroups } from "../../../src/alerts/rules/check-groups.ts";
import { reachMessage } from "../../../src/alerts/rules/notes.ts";
import { problemText } from "../../../src/alerts/rules/problem.ts";
import { checkRules } from "../../../src/alerts/sequences/rule-file.ts";
import { checkRuleText } from "../../../src/alerts/rules/rule-file.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { needs } from "../../servers/needs.ts";
import { promtool } from "../evaluation/promtool.ts";
import { invalid, stricter, valid, validInPrometheus3 } from "./rule-files.ts";
import { runs } from "../../kit/test-length.ts";

function problemsIn(text: string): readonly string[] {
  return checkRuleText("f", text).problems.map((problem) =>
    problemText(problem)
      .replace(/^f(?::|: )/, "")
      .replace(/^ /, ""),
  );
}

test.each([...valid, ...validInPrometheus3])("the file %j is valid", (text) => {
  expect(problemsIn(text)).toEqual([]);
});

test.each([...invalid, ...stricter])("the problems of %j are found, all at once", (text, problems) => {
  expect(problemsIn(text)).toEqual(problems);
});

test.for(valid)("promtool takes %j for valid too", async (text, context) => {
  needs(context, "promtool");
  expect(await promtool({ "rules.yml": text }, ["check", "rules", "rules.yml"])).toMatchObject({ code: 0 });
});

test.for(invalid.map(([text]) => text))("promtool takes %j for invalid too", async (text, context) => {
  needs(context, "promtool");
  expect((await promtool({ "rules.yml": text }, ["check", "rules", "rules.yml"])).code).not.toBe(0);
});

test("experimental parts of PromQL need `experimental` in the group", () => {
  const text = (field: string): string =>
    `groups:\n- name: g\n${field}  rules:\n  - {record: a, expr: "increase(x[5m] anchored)"}\n`;
  expect(problemsIn(text("  experimental: true\n"))).toEqual([]);
  expect(problemsIn(text(""))).toEqual([
    expect.stringContaining("anchored is experimental in Prometheus; set option experimental: true"),
  ]);
  expect(problemsIn(text("  experimental: 1\n"))[0]).toContain('experimental must be true or false, got "1"');
});

test("a range that depends on the query needs a history, if it is long", () => {
  const text = (range: string): string =>
    `groups:\n- name: g\n  experimental: true\n  rules:\n  - {record: a, expr: "rate(x[${range}])"}\n`;
  const noteOf = (range: string): string | undefined => reachMessage(checkRuleText("f", text(range)).groups);
  expect(noteOf("max_of(step(), 2h)")).toContain("these rules need older ones: a");
  expect([noteOf("max_of(step(), 5m)"), noteOf("step()")]).toEqual([undefined, undefined]);
});

test("durations and values of a group are read, and labels of a rule override those of its group", () => {
  const { groups, problems } = checkRuleText(
    "f",
    "groups:\n- name: g\n  interval: 1m30s\n  query_offset: 10s\n  limit: 3\n  labels: {a: group, b: group}\n  rules:\n  - alert: A\n    expr: up == 0\n    for: 1h\n    labels: {b: rule}\n",
  );
  expect(problems).toEqual([]);
  expect(groups).toMatchObject([
    {
      name: "g",
      intervalMillis: 90_000,
      queryOffsetMillis: 10_000,
      limit: 3,
      rules: [
        {
          kind: "alerting",
          name: "A",
          text: "up == 0",
          forMillis: 3_600_000,
          labels: { a: "group", b: "rule" },
        },
      ],
    },
  ]);
});

test("rules in code have the same checks, and durations may be seconds", () => {
  const rules = [
    { alert: "A", expr: "up", for: 90 },
    { alert: "B", expr: "(" },
  ];
  const { groups, problems } = checkGroups("alerts.rules[0]", [{ name: "g", rules }]);
  expect(groups[0]?.rules[0]).toMatchObject({ forMillis: 90_000 });
  expect(problems.map((problem) => problemText(problem))).toEqual([
    expect.stringMatching(/^alerts\.rules\[0\]: group "g", rule "B": could not parse expression: /),
  ]);
});

test("rules without a group are one problem, which says how to wrap them", () => {
  const { problems } = checkGroups("shop.yml", [{ alert: "A", expr: "up", for: "1m", labels: {} }]);
  expect(problems.map((problem) => problemText(problem))).toEqual([
    expect.stringContaining(
      'a group must be an object with name and rules, got a rule; wrap the rules, as { name: "shop", rules: [ … ] }',
    ),
  ]);
});

test("a file that cannot be read is a problem", () => {
  const folder = newFolder("rules");
  expect(checkRules(join(folder, "missing.yml"))).toMatchObject([
    { message: expect.stringContaining("not found") },
  ]);
  expect(checkRules(folder)).toMatchObject([{ message: expect.stringContaining("cannot be read") }]);
});

test("a file of 10 MB is refused without being parsed", () => {
  const file = join(newFolder("rules"), "rules.yml");
  writeFileSync(file, "x".repeat(10_000_000));
  expect(checkRules(file)).toMatchObject([
    { message: expect.stringMatching(/^the file must have at most 1048576 bytes/) },
  ]);
});

test("aliases that multiply take no memory, and deep nesting is refused", () => {
  const bomb = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"];
  for (let i = 1; i < 30; i++)
    bomb.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(",")}]`);
  expect(problemsIn([...bomb, "groups: *a29"].join("\n")).length).toBeGreaterThan(0);
  expect(problemsIn(`groups: ${"[".repeat(100_000)}`)).toEqual([
    "the file must have at most 100 levels; flatten it",
  ]);
  expect(
    problemsIn(Array.from({ length: 5_000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")).length,
  ).toBeGreaterThan(0);
  expect(problemsIn("groups: &a\n- *a\n").length).toBeGreaterThan(0);
});

test("random and mutated files never throw", () => {
  const texts = [...valid, ...invalid.map(([text]) => text)];
  const mutated = fc
    .tuple(
      fc.constantFrom(...texts),
      fc.nat(),
      fc.nat(20),
      fc.oneof(fc.string(), fc.constantFrom("{{", "- ", ": ", "&a", "*a", "<<: ", "\t", "'")),
    )
    .map(([text, at, count, inserted]) => {
      const start = text.length === 0 ? 0 : at % text.length;
      return text.slice(0, start) + inserted + text.slice(start + count);
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.string()), (text) => {
      expect(Array.isArray(problemsIn(text))).toBe(true);
    }),
    { numRuns: runs(500) },
  );
});

test("a file of sequences is checked, and has no groups", () => {
  const file = join(newFolder("rules"), "sequences.yml");
  writeFileSync(file, "sequences:\n  - alert: Silent\n    when: absent heartbeat for 5m\n");
  expect(checkRules(file)).toEqual([]);
  writeFileSync(
    file,
    `sequences:
  - alert: Silent
    when: absent heartbeat for 5m
  - alert: Late
    when: a followed by b
  - alert: Wrong
    when: absent a for 5m
    annotations: { summary: "{{ end }}" }
`,
  );
  expect(checkRules(file)).toMatchObject([
    { line: 4, message: expect.stringContaining("sequences[1].when must be a sequence of events") },
    { message: expect.stringContaining("sequences must have valid templates") },
  ]);
  writeFileSync(file, "sequences: []\ngroups: []\n");
  expect(checkRules(file)).toMatchObject([{ message: expect.stringContaining("in two files") }]);
});
