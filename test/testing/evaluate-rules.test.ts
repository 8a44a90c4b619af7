import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { evaluateRules } from "../../src/testing/evaluate-rules.ts";
import { promtool, writeFiles } from "../alerts/evaluation/promtool.ts";
import { isLong } from "../kit/test-length.ts";
import { needs } from "../servers/needs.ts";

const examples = resolve(import.meta.dirname, "../../examples");

// Prometheus 2 includes a sample at the start of a range, which Prometheus 3 and this package exclude.
const ofPrometheus2 = ["NoActiveNodes", "SlowCoordination", "SlowMessageProcessing"];

// The short form ends when all alerts have fired; that they resolve is in the test that writes the file.
const UNTIL = isLong ? Infinity : 110;

test("the tests of the repository's example rules pass without Prometheus", async () => {
  const file: { rule_files: string[]; tests: { alert_rule_test: { eval_time: string }[] }[] } = parse(
    readFileSync(join(examples, "prometheus-alerts.test.yml"), "utf8"),
  );
  const tests = file.tests.map((each) => ({
    ...each,
    alert_rule_test: each.alert_rule_test.filter(({ eval_time: time }) => Number.parseInt(time, 10) <= UNTIL),
  }));
  const rules = file.rule_files.map((name) => join(examples, name));
  const folder = writeFiles({ "test.yml": stringify({ ...file, rule_files: rules, tests }) });
  const failures = await evaluateRules(join(folder, "test.yml"));
  expect(failures.filter(({ subject }) => !ofPrometheus2.includes(subject))).toEqual([]);
});

const RULES = `
groups:
  - name: g
    rules:
      - record: job:x:sum
        expr: sum by (job) (x)
      - alert: Large
        expr: job:x:sum > 5
        for: 2m
        keep_firing_for: 1m
        labels: { severity: page }
        annotations: { summary: "{{ $labels.job }} has {{ $value }}" }
`;

const TESTS = (value: number): string => `
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - { series: 'x{job="a",i="1"}', values: "1+1x4 stale _x2 3" }
      - { series: 'x{job="a",i="2"}', values: "4x4 0x5" }
    alert_rule_test:
      - { eval_time: 2m, alertname: Large }
      - eval_time: 4m
        alertname: Large
        exp_alerts: [{ exp_labels: { severity: page, job: a }, exp_annotations: { summary: "a has ${value}" } }]
    promql_expr_test:
      - { expr: "job:x:sum", eval_time: 3m, exp_samples: [{ labels: 'job:x:sum{job="a"}', value: 8 }] }
      - { expr: "count(ALERTS) by (alertstate)", eval_time: 4m, exp_samples: [{ labels: '{alertstate="firing"}', value: 1 }] }
      - { expr: "ALERTS", eval_time: 9m, exp_samples: [] }
`;

test("a file of tests passes here as in promtool", async (context) => {
  needs(context, "promtool");
  const files = { "rules.yml": RULES, "test.yml": TESTS(9) };
  expect((await promtool(files, ["test", "rules", "test.yml"])).output).toContain("SUCCESS");
  expect(await evaluateRules(join(writeFiles(files), "test.yml"))).toEqual([]);
});

test("expressions may have experimental parts of PromQL if a tested group may", async () => {
  const tests = `
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series: [{ series: x, values: "1 2 3" }]
    promql_expr_test:
      - { expr: "increase(x[1m] anchored)", eval_time: 2m, exp_samples: [{ value: 1 }] }
`;
  const rules = (more: string): string => `groups: [{ name: g, ${more}rules: [{ record: r, expr: x }] }]`;
  const failuresOf = async (more: string): Promise<readonly unknown[]> =>
    await evaluateRules(join(writeFiles({ "rules.yml": rules(more), "test.yml": tests }), "test.yml"));
  expect(await failuresOf("experimental: true, ")).toEqual([]);
  expect(await failuresOf("")).toMatchObject([{ message: expect.stringContaining("experimental: true") }]);
});

test("figures of histograms may be infinite", async () => {
  const tests = `
tests:
  - interval: 1m
    input_series: [{ series: x, values: "{{count:+Inf sum:-Inf buckets:[1 inf]}}" }]
    promql_expr_test:
      - { expr: "histogram_count(x)", eval_time: 0m, exp_samples: [{ value: .inf }] }
      - { expr: "histogram_sum(x)", eval_time: 0m, exp_samples: [{ value: -.inf }] }
`;
  expect(await evaluateRules(join(writeFiles({ "test.yml": tests }), "test.yml"))).toEqual([]);
});

const KEPT_RULES = `
groups:
  - name: g
    rules:
      - record: r
        expr: x
      - alert: Long
        expr: count_over_time(r[12h30s]) > 700
`;

// Prometheus 2 includes a sample at the start of a range, so that no range starts at one.
const KEPT_TESTS = `
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - { series: x, values: "9x900" }
      - { series: x, values: "1+1x900" }
    alert_rule_test:
      - { eval_time: 700m, alertname: Long, exp_alerts: [{}] }
    promql_expr_test:
      - { expr: "count_over_time(r[12h30s])", eval_time: 800m, exp_samples: [{ value: 721 }] }
      - { expr: 'count_over_time(ALERTS[12h30s])', eval_time: 800m, exp_samples: [{ labels: '{alertname="Long",alertstate="firing"}', value: 101 }] }
      - { expr: "min_over_time(x[12h30s])", eval_time: 800m, exp_samples: [{ value: 81 }] }
  - interval: 10s
    input_series:
      - { series: x, values: "0+1x100" }
    promql_expr_test:
      - { expr: x, eval_time: 90s, exp_samples: [{ labels: x, value: 6 }] }
      - { expr: x offset -50s, eval_time: 30s, exp_samples: [{ labels: x, value: 6 }] }
`;

test("recorded series are kept to the end, the last of two series counts, and samples end at the last evaluation, as in promtool", async (context) => {
  const files = { "rules.yml": KEPT_RULES, "test.yml": KEPT_TESTS };
  expect(await evaluateRules(join(writeFiles(files), "test.yml"))).toEqual([]);
  needs(context, "promtool");
  expect((await promtool(files, ["test", "rules", "test.yml"])).output).toContain("SUCCESS");
});

// Rules with one name and labels, and the times of their errors.
const DUPLICATES: readonly (readonly [rules: string, errors: readonly string[]])[] = [
  ["[{ record: r, expr: x }, { record: r, expr: x }]", []],
  ["[{ record: r, expr: x }, { record: r, expr: y }]", ["r 0"]],
  ["[{ record: r, expr: y }, { record: r, expr: x }]", ["r 0", "r 60"]],
  ["[{ record: r, expr: x == 2 or y }, { record: r, expr: y == 3 or x unless y }]", ["r 60"]],
  ["[{ alert: A, expr: x }, { alert: A, expr: x > 0 }]", []],
  ["[{ alert: A, expr: x }, { alert: A, expr: z }]", ["A 60"]],
];

test.for(DUPLICATES)("the rules %s fail as in promtool", async ([rules, errors], context) => {
  const tests = `
rule_files: [rules.yml]
tests:
  - interval: 1m
    input_series:
      - { series: 'x{i="1"}', values: "1 1" }
      - { series: 'y{i="1"}', values: "2 stale" }
      - { series: 'z{i="1"}', values: "_ 3" }
    promql_expr_test:
      - { expr: "x", eval_time: 1m, exp_samples: [{ labels: 'x{i="1"}', value: 1 }] }
`;
  const files = { "rules.yml": `groups: [{ name: g, rules: ${rules} }]`, "test.yml": tests };
  const failures = await evaluateRules(join(writeFiles(files), "test.yml"));
  expect(failures.map(({ subject, evalTime }) => `${subject} ${evalTime}`)).toEqual(errors);
  needs(context, "promtool");
  const { code, output } = await promtool(files, ["test", "rules", "test.yml"]);
  expect(code).toBe(errors.length === 0 ? 0 : 1);
  // It ends at the first time with an error.
  expect(output).toContain(errors.length === 0 ? "SUCCESS" : "duplicate sample for timestamp");
});

test.for([
  ["teams/*/alerts.yml", ["a", "b"]],
  ["*/[b-z]/*.yml", ["b", "other"]],
  ["teams/[^b]/alerts.ym?", ["a"]],
  ["teams/b/*", ["b", "other"]],
  [String.raw`teams/*/[\-\a]*[.]y\ml`, ["a", "b"]],
] as const)("rule files %s are those of promtool", async ([pattern, found], context) => {
  const names = ["a", "b", "other"];
  const tests = `
rule_files: ['${pattern}']
tests:
  - promql_expr_test:
${names.map((name) => `      - { expr: "${name}", eval_time: 1m, exp_samples: [${(found as readonly string[]).includes(name) ? `{ labels: ${name}, value: 1 }` : ""}] }`).join("\n")}
`;
  const rules = (name: string) =>
    `groups: [{ name: ${name}, rules: [{ record: ${name}, expr: vector(1) }] }]`;
  const files = {
    "teams/a/alerts.yml": rules("a"),
    "teams/b/alerts.yml": rules("b"),
    "teams/b/other.yml": rules("other"),
    "test.yml": tests,
  };
  expect(await evaluateRules(join(writeFiles(files), "test.yml"))).toEqual([]);
  needs(context, "promtool");
  const { code, output } = await promtool(files, ["test", "rules", "test.yml"]);
  expect([code, output]).toEqual([0, expect.stringContaining("SUCCESS")]);
});

test("a test starts at its start_timestamp", async () => {
  const rules =
    "groups: [{ name: g, rules: [{ alert: Ten, expr: hour() == 10 }, { record: r, expr: sum(x) }] }]";
  const tests = ["2024-01-01T10:00:00Z", "2024-01-01T12:00:00+02:00", "1704103200"].map(
    (time) => `
  - interval: 1m
    start_timestamp: ${time}
    input_series: [{ series: x, values: "1+1x5" }]
    alert_rule_test: [{ eval_time: 2m, alertname: Ten, exp_alerts: [{}] }, { eval_time: 1h, alertname: Ten }]
    promql_expr_test:
      - { expr: "r", eval_time: 1m, exp_samples: [{ labels: r, value: 2 }] }
      - { expr: "time()", eval_time: 90s, exp_samples: [{ value: 1704103290 }] }
      - { expr: "x", eval_time: 1m, exp_samples: [] }`,
  );
  const folder = writeFiles({
    "rules.yml": rules,
    "test.yml": `rule_files: [rules.yml]\ntests: ${tests.join("")}`,
  });
  const failures = await evaluateRules(join(folder, "test.yml"));
  // Only the last expectation is wrong.
  expect(failures.map(({ subject, evalTime }) => [subject, evalTime])).toEqual(tests.map(() => ["x", 60]));
});

test.each([
  ["true", []],
  ["false", ["0.1 + 0.2", "3 * 0.1"]],
])("with fuzzy_compare %s values may differ in their last bit", async (isFuzzy, subjects) => {
  const tests = `
rule_files: []
fuzzy_compare: ${isFuzzy}
tests:
  - promql_expr_test:
      - { expr: "0.1 + 0.2", exp_samples: [{ value: 0.3 }] }
      - { expr: "3 * 0.1", exp_samples: [{ value: 0.3 }] }
      - { expr: "0 - 0", exp_samples: [{ value: 0 }] }
      - { expr: "vector(0.3)", exp_samples: [{ value: 0.3000000000000001 }, { value: 0.3 }] }`;
  const failures = await evaluateRules(join(writeFiles({ "test.yml": tests }), "test.yml"));
  expect(failures.map(({ subject }) => subject)).toEqual([...subjects, "vector(0.3)"]);
});

test("a sequence of native histograms adds up", async () => {
  const tests = `
rule_files: []
tests:
  - interval: 1m
    input_series:
      - series: x
        values: "{{schema:0 count:2 sum:3 buckets:[2]}}+{{schema:0 count:1 sum:1 buckets:[0 1]}}x2 {{count:9}}-{{count:2}}x1"
    promql_expr_test:
      - expr: x
        eval_time: 2m
        exp_samples: [{ labels: x, histogram: "{{schema:0 count:4 sum:5 buckets:[2 2]}}" }]
      - { expr: "histogram_count(x)", eval_time: 3m, exp_samples: [{ value: 9 }] }
      - { expr: "histogram_count(x)", eval_time: 4m, exp_samples: [{ value: 7 }] }`;
  expect(await evaluateRules(join(writeFiles({ "test.yml": tests }), "test.yml"))).toEqual([]);
});

test("a test that fails is returned with its time, its alert and the difference", async () => {
  const folder = writeFiles({ "rules.yml": RULES, "test.yml": TESTS(7) });
  expect(await evaluateRules(join(folder, "test.yml"))).toEqual([
    {
      test: "test 0",
      evalTime: 240,
      subject: "Large",
      message: expect.stringMatching(/expected .*a has 7.*, got .*a has 9/),
    },
  ]);
});

test("series of the caller are added to those of the file", async () => {
  const folder = writeFiles({ "rules.yml": RULES, "test.yml": TESTS(9) });
  const failures = await evaluateRules(join(folder, "test.yml"), [{ series: 'x{job="b"}', values: "9x9" }]);
  expect(failures.map(({ subject, evalTime }) => [subject, evalTime])).toEqual([
    ["Large", 120],
    ["Large", 240],
    ["job:x:sum", 180],
    ["count(ALERTS) by (alertstate)", 240],
    ["ALERTS", 540],
  ]);
});

test.each([
  ["rule_files: [missing.yml]\ntests: []", /missing\.yml: the file was not found/],
  ["rule_files: []\ntest: []", /unknown field "test"; write tests/],
  ["rule_files: []\ntests: [{ interval: 5 }]", /interval must be a duration such as/],
  ["rule_files: []\ntests: [{ input_series: [{ series: x, values: '1x' }] }]", /values must be such as/],
  [
    "rule_files: []\ntests: [{ input_series: [{ series: 'x{a=~\"b\"}', values: '1' }] }]",
    /a series must be a name and labels/,
  ],
  [
    "rule_files: []\ntests: [{ start_timestamp: today }]",
    /"start_timestamp".* cannot parse "today" to a valid timestamp/,
  ],
  ["rule_files: []\nfuzzy_compare: maybe", /fuzzy_compare must be true or false, got "maybe"/],
  [
    "rule_files: []\ntests: [{ input_series: [{ series: x, values: '{{}}+{{}}' }] }]",
    /values must be such as/,
  ],
  ["a: [", /test\.yml:\d+: /],
])("the file %j is refused with its problem", async (text, message) => {
  const folder = writeFiles({ "test.yml": text });
  await expect(evaluateRules(join(folder, "test.yml"))).rejects.toThrow(message);
});

test("a pattern of rule files that matches none is an error", async () => {
  const folder = writeFiles({
    "rules.yml": RULES,
    "test.yml": "rule_files: [rules*.yml, other*.yml]\ntests: []",
  });
  await expect(evaluateRules(join(folder, "test.yml"))).rejects.toThrow(
    /rule_files must match existing files, got ".*other\*\.yml"; fix or remove it/,
  );
});
