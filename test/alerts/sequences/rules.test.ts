import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OptionsError } from "../../../src/options/options-error.ts";
import { readSequenceFile } from "../../../src/alerts/sequences/rule-file.ts";
import { Sequences } from "../../../src/alerts/sequences/sequences.ts";
import { newFolder } from "../../kit/new-folder.ts";

const GOOD = { alert: "A", when: "count a >= 2 within 1m" };

test.each([
  ["no array", {}, "sequences"],
  ["a text", "count a >= 2 within 1m", "sequences"],
  ["a rule that is a text", ["count a >= 2 within 1m"], "sequences[0]"],
  ["no name", [{ when: GOOD.when }], "sequences[0].alert"],
  ["an empty name", [{ ...GOOD, alert: " " }], "sequences[0].alert"],
  ["two names", [{ ...GOOD, event: "e" }], "sequences[0]"],
  ["no sequence", [{ alert: "A" }], "sequences[0].when"],
  ["a text that cannot be parsed", [{ alert: "A", when: "a then b" }], "sequences[0].when"],
  ["an unknown field", [{ ...GOOD, keep_fireing_for: "5m" }], "sequences[0].keep_fireing_for"],
  ["annotations of an event", [{ event: "e", when: GOOD.when, annotations: {} }], "sequences[0].annotations"],
  ["a label that is a number", [{ ...GOOD, labels: { a: 1 } }], "sequences[0].labels"],
  ["a label with a bad name", [{ ...GOOD, labels: { __name__: "1" } }], "sequences[0].labels"],
  ["a label that is the name", [{ ...GOOD, labels: { alertname: "x" } }], "sequences[0].labels"],
  ["a time without a unit", [{ ...GOOD, keep_firing_for: "5" }], "sequences[0].keep_firing_for"],
  ["the same rule twice", [GOOD, GOOD], "sequences[1]"],
  ["an unknown kind", [{ alert: "A", when: { kind: "any" } }], "sequences[0].when.kind"],
  [
    "a sequence of one step",
    [{ alert: "A", when: { kind: "sequence", steps: [{ event: "a" }], within: 1 } }],
    "sequences[0].when.steps",
  ],
  [
    "an exception before the first step",
    [
      {
        alert: "A",
        when: { kind: "sequence", steps: [{ event: "a", without: ["x"] }, { event: "b" }], within: 1 },
      },
    ],
    "sequences[0].when.steps[0].without",
  ],
  [
    "an operator that does not exist",
    [
      {
        alert: "A",
        when: {
          kind: "absence",
          event: { type: "a", where: [{ field: "data.x", is: "==", value: 1 }] },
          within: 1,
        },
      },
    ],
    "sequences[0].when.event.where[0].is",
  ],
  [
    "a bad regular expression",
    [{ alert: "A", when: 'absent a{data.x =~ "("} for 1m' }],
    "sequences[0].when.event.where[0].value",
  ],
  [
    "a number as text",
    [
      {
        alert: "A",
        when: {
          kind: "count",
          event: { where: [{ field: "x", is: "<", value: "1" }] },
          at_least: 1,
          within: 1,
        },
      },
    ],
    "sequences[0].when.event.where[0].value",
  ],
])("a list of rules with %s is refused by name", (_, rules, name) => {
  const error = errorOf(() => Reflect.construct(Sequences, [rules]));
  expect(error.problems.map((problem) => problem.name)).toEqual([name]);
  expect(error.message).toMatchSnapshot();
});

test.each([-1, 3_601, Number.NaN, "1s", null])("a lateness of %s is refused", (lateness) => {
  const { problems } = errorOf(() => Reflect.construct(Sequences, [[], { lateness }]));
  expect(problems).toMatchObject([{ name: "lateness", must: "be a number of seconds from 0 to 3600" }]);
});

test("all problems of all rules are reported together", () => {
  const rules = [
    { alert: "", when: "count a" },
    { event: 1, when: { kind: "count", event: "", at_least: 0, within: "5", by: ["labels"] } },
    {},
  ];
  const { problems } = errorOf(() => Reflect.construct(Sequences, [rules]));
  expect(problems.map(({ name }) => name)).toEqual([
    "sequences[0].alert",
    "sequences[0].when",
    "sequences[1].event",
    "sequences[1].when.within",
    "sequences[1].when.by",
    "sequences[1].when.event",
    "sequences[1].when.at_least",
    "sequences[2].alert",
    "sequences[2].when",
  ]);
});

test("a file has rules under sequences, as text and as objects", () => {
  const rules = readSequenceFile(
    fileOf(`
sequences:
  - alert: Stuck
    when: >
      order.created
      not followed by order.shipped
      within 1h by data.order
    keep_firing_for: 10m
    labels: { severity: critical }
    annotations:
      summary: "{{ $labels.order }} is stuck"
  - event: order.slow
    when:
      kind: sequence
      steps: [{ event: a }, { event: { type: b, where: [{ field: data.n, is: ">", value: 3 }] }, without: [c] }]
      within: 5m
`),
  );
  expect(rules).toMatchSnapshot();
  new Sequences(rules).close();
});

test.each([
  ["no YAML", "sequences: [", /be valid YAML \(/],
  ["a list", "- a", /be an object with sequences/],
  ["nothing", "", /be an object with sequences/],
  ["an unknown field", "sequenzes: []", /be an existing option, such as sequences/],
  [
    "a bomb of aliases",
    `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}, *a${i}]`).join("\n")}\nsequences: *a30`,
    /be valid YAML \(.*alias/,
  ],
  ["deep nesting", "[".repeat(100_000), /be valid YAML \(it is nested too deeply/],
  ["deep lists", "- ".repeat(100_000), /be valid YAML \(it is nested too deeply/],
  ["too many characters", `# ${" ".repeat(1_048_576)}`, /have at most 1048576 bytes/],
])("a file with %s is refused", (_, text, message) => {
  expect(() => readSequenceFile(fileOf(text))).toThrow(OptionsError);
  expect(() => readSequenceFile(fileOf(text))).toThrow(message);
});

test("a file that is missing is reported by name", () => {
  expect(() => readSequenceFile("/nowhere/rules.yml")).toThrow(/be readable \(.*ENOENT/);
});

function fileOf(text: string): string {
  const file = join(newFolder("sequences"), "rules.yml");
  writeFileSync(file, text);
  return file;
}

function errorOf(run: () => unknown): OptionsError {
  try {
    run();
  } catch (error) {
    if (error instanceof OptionsError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
