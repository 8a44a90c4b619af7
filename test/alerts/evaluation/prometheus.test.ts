import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RuleEngine } from "../../../src/alerts/evaluation/rule-engine.ts";
import { checkRuleText } from "../../../src/alerts/rules/rule-file.ts";
import { query } from "../../../src/query/index.ts";
import { MemorySeries } from "../../../src/testing/rule-tests/memory-series.ts";
import { seriesFrom } from "../../../src/testing/rule-tests/series-notation.ts";
import { evaluateRules, type RuleTestFailure } from "../../../src/testing/evaluate-rules.ts";
import { isLong } from "../../kit/test-length.ts";
import { needs } from "../../servers/needs.ts";
import { promtool, writeFiles } from "./promtool.ts";
import { type RuleProgram, rulePrograms, STEPS } from "./rule-programs.ts";

// Without NaN, which promtool takes for different from itself.
const WRITTEN = '{__name__=~"ALERTS|ALERTS_FOR_STATE|r:.*"} >= -Inf';
const STEP_MILLIS = 60_000;
const SAMPLE_MILLIS = 59_000;

test("random programs of rules have the same states and series at each step as in Prometheus", async (context) => {
  needs(context, "promtool");
  let [states, failed] = [0, 0];
  const failures: RuleTestFailure[] = [];
  await fc.assert(
    fc.asyncProperty(rulePrograms, async (program) => {
      const rules = JSON.stringify({ groups: program.groups });
      const { steps, isFailed } = await stepsOf(rules, program);
      failed += isFailed ? 1 : 0;
      states += steps.reduce((sum, { samples }) => sum + samples.length, 0);
      const files = { "rules.yml": rules, "test.yml": testFile(program, steps) };
      const { code, output } = await promtool(files, ["test", "rules", "test.yml"]);
      // A rule that fails ends the test in promtool.
      const failedAt = new RegExp(`time: ${steps.length === 1 ? "" : `${steps.length - 1}m`}0s, err: `);
      const [expectedCode, expected] = isFailed ? [1, failedAt] : [0, /SUCCESS/];
      expect(code === expectedCode && expected.test(output) ? "" : output.slice(0, 3_000)).toBe("");
      if (!isFailed) failures.push(...(await evaluateRules(join(writeFiles(files), "test.yml"))));
    }),
    { numRuns: isLong ? 1_000 : 20 },
  );
  expect(failures).toEqual([]);
  expect(states).toBeGreaterThan(100);
  expect(failed).toBeLessThan((isLong ? 1_000 : 20) / 2);
});

interface Step {
  readonly timeMillis: number;
  readonly samples: readonly { readonly labels: string; readonly value: number }[];
  readonly firing: readonly {
    readonly name: string;
    readonly labels: object;
    readonly annotations: object;
  }[];
}

/** The steps, up to the first one at which a rule fails. */
async function stepsOf(
  rules: string,
  program: RuleProgram,
): Promise<{ readonly steps: readonly Step[]; readonly isFailed: boolean }> {
  const { groups, problems } = checkRuleText("rules.yml", rules);
  expect(problems).toEqual([]);
  const source = new MemorySeries(
    program.series.map(({ series, values }) => seriesFrom(series, values, SAMPLE_MILLIS)),
  );
  const engine = new RuleEngine({ groups, source, intervalMillis: STEP_MILLIS, missingData: "resolve" });
  const steps: Step[] = [];
  for (let i = 0; i <= STEPS; i++) {
    const timeMillis = i * STEP_MILLIS;
    source.untilMillis = timeMillis;
    await engine.evaluate(undefined, timeMillis);
    const found = await query(WRITTEN, { source: engine.source, time: i * 60 });
    if (found.kind !== "vector") throw new Error("the result must be a vector");
    steps.push({
      timeMillis,
      samples: found.series.map(({ labels, value }) => ({
        labels: seriesText(labels),
        value: Number(value),
      })),
      firing: engine.active().filter(({ state }) => state === "firing"),
    });
    if (engine.groups().some(({ rules: each }) => each.some(({ health }) => health === "err")))
      return { steps, isFailed: true };
  }
  return { steps, isFailed: false };
}

function testFile({ series }: RuleProgram, steps: readonly Step[]): string {
  const durationOf = (millis: number): string => `${millis / 1_000}s`;
  const text = JSON.stringify({
    rule_files: ["rules.yml"],
    evaluation_interval: "1m",
    group_eval_order: ["g0", "g1", "g2"],
    tests: [
      {
        interval: "59s",
        input_series: series,
        alert_rule_test: steps.flatMap(({ timeMillis, firing }) =>
          ["A", "B", "C"].map((alertname) => ({
            eval_time: durationOf(timeMillis),
            alertname,
            exp_alerts: firing
              .filter(({ name }) => name === alertname)
              .map(({ labels, annotations }) => ({ exp_labels: labels, exp_annotations: annotations })),
          })),
        ),
        promql_expr_test: steps.map(({ timeMillis, samples }) => ({
          expr: WRITTEN,
          eval_time: durationOf(timeMillis),
          exp_samples: samples.map(({ labels, value }) => ({ labels, value: numberText(value) })),
        })),
      },
    ],
  });
  return text.replaceAll(/"([+-]?\.(?:nan|inf))"/g, "$1");
}

function seriesText({ __name__: name = "", ...labels }: Readonly<Record<string, string>>): string {
  return `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(",")}}`;
}

// YAML's forms of numbers that JSON does not have, to be written without quotes.
function numberText(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? ".nan" : value > 0 ? "+.inf" : "-.inf";
}
