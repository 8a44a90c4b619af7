import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { evaluateRules } from "../../src/testing/evaluate-rules.ts";
import { promtool, writeFiles } from "../alerts/evaluation/promtool.ts";
import { needs } from "../servers/needs.ts";

const examples = resolve(import.meta.dirname, "../../examples");

// Prometheus 2 includes a sample at the start of a range, which Prometheus 3 and this package exclude.
const ofPrometheus2 = ["NoActiveNodes", "SlowCoordination", "SlowMessageProcessing"];

test("the tests of the repository's example rules pass without Prometheus", async () => {
  const failures = await evaluateRules(join(examples, "prometheus-alerts.test.yml"));
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
  ["a: [", /test\.yml:\d+: /],
])("the file %j is refused with its problem", async (text, message) => {
  const folder = writeFiles({ "test.yml": text });
  await expect(evaluateRules(join(folder, "test.yml"))).rejects.toThrow(message);
});
