// Unit tests of rules, in promtool's format.
import { RuleEngine } from "../alerts/evaluation/rule-engine.ts";
import { rowsOf } from "../alerts/evaluation/evaluation.ts";
import type { Alert } from "../alerts/alert.ts";
import type { CheckedGroup } from "../alerts/rules/checked-group.ts";
import { readRuleFile } from "../alerts/rules/rule-file.ts";
import { RulesError } from "../alerts/rules/problem.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { prepare } from "../query/evaluation/prepared.ts";
import { histogramText } from "../query/histograms/text.ts";
import type { VectorSeries } from "../query/result.ts";
import { MemorySeries } from "./rule-tests/memory-series.ts";
import { histogramFrom, labelsFrom, seriesFrom } from "./rule-tests/series-notation.ts";
import {
  type AlertTest,
  type ExpressionTest,
  readTestFile,
  type RuleTest,
  type RuleTestFile,
} from "./rule-tests/test-file.ts";

/** A series of a test, in promtool's notation. */
export interface InputSeries {
  /** Name and labels: `queue_size{queue="jobs"}`. */
  readonly series: string;
  /** Values at the interval of the test, from its start on: `0+1x10 _ stale 5x3`. */
  readonly values: string;
}

/** A test that failed. */
export interface RuleTestFailure {
  /** Name of the test. */
  readonly test: string;
  /** Time of the evaluation after the start of the test, in seconds. */
  readonly evalTime: number;
  /** Name of the alert, or the expression. */
  readonly subject: string;
  /** The difference: expected and actual alerts or samples, or the error of a rule. */
  readonly message: string;
}

/**
 * Runs a file of unit tests for rules, in the format of `promtool test rules`, without Prometheus. Returns the tests that
 * failed; an empty list if all passed. Missing data resolve alerts, as in Prometheus.
 *
 * @param series further series for each test, beside its `input_series`.
 * @throws Error by the promise if the file or its rule files are invalid.
 * @example
 * expect(await evaluateRules("alerts.test.yml")).toEqual([]);
 */
export async function evaluateRules(
  file: string,
  series: readonly InputSeries[] = [],
): Promise<readonly RuleTestFailure[]> {
  const tests = readTestFile(file);
  const groups = groupsOf(tests);
  const failures: RuleTestFailure[] = [];
  for (const test of tests.tests) failures.push(...(await new TestRun(test, groups, tests, series).run()));
  return failures;
}

function groupsOf({
  ruleFiles,
  groupOrder,
  evaluationIntervalMillis,
}: RuleTestFile): readonly CheckedGroup[] {
  const read = ruleFiles.map((ruleFile) => readRuleFile(ruleFile));
  const problems = read.flatMap((each) => each.problems);
  if (problems.length > 0) throw new RulesError(problems);
  return read
    .flatMap(({ groups }) => groups)
    .map((group) => ({ ...group, intervalMillis: evaluationIntervalMillis }))
    .toSorted((left, right) => groupOrder.indexOf(left.name) - groupOrder.indexOf(right.name));
}

class TestRun {
  readonly #test: RuleTest;
  readonly #intervalMillis: number;
  readonly #isFuzzy: boolean;
  // Whether a tested group accepts experimental parts of PromQL.
  readonly #experimental: boolean;
  readonly #series: MemorySeries;
  readonly #engine: RuleEngine;
  readonly #failures: RuleTestFailure[] = [];

  constructor(
    test: RuleTest,
    groups: readonly CheckedGroup[],
    { evaluationIntervalMillis, isFuzzy }: RuleTestFile,
    series: readonly InputSeries[],
  ) {
    this.#test = test;
    this.#intervalMillis = evaluationIntervalMillis;
    this.#isFuzzy = isFuzzy;
    this.#experimental = groups.some(({ experimental }) => experimental);
    this.#series = new MemorySeries(
      [...test.inputSeries, ...series].map((each) =>
        seriesFrom(each.series, each.values, test.intervalMillis, test.startMillis),
      ),
    );
    this.#engine = new RuleEngine({
      groups,
      source: this.#series,
      intervalMillis: evaluationIntervalMillis,
      missingData: "resolve",
      recorded: { keepsAll: true },
      externalLabels: test.externalLabels,
      externalUrl: () => test.externalUrl,
    });
  }

  async run(): Promise<readonly RuleTestFailure[]> {
    const { alertTests, expressionTests, startMillis } = this.#test;
    const times = [...alertTests, ...expressionTests].map(({ evalTimeMillis }) => evalTimeMillis);
    const last = times.length === 0 ? -1 : Math.max(...times);
    for (let time = 0; time <= last; time += this.#intervalMillis) {
      this.#series.untilMillis = startMillis + time;
      await this.#engine.evaluate(undefined, startMillis + time);
      this.#noteErrors(time);
      const isNow = ({ evalTimeMillis }: AlertTest): boolean =>
        time <= evalTimeMillis && evalTimeMillis < time + this.#intervalMillis;
      for (const alertTest of alertTests.filter(isNow)) this.#compareAlerts(alertTest);
    }
    // As in promtool, expressions see the samples up to the last evaluation.
    for (const expressionTest of expressionTests) await this.#compareSamples(expressionTest);
    await this.#engine.end();
    return this.#failures;
  }

  #noteErrors(timeMillis: number): void {
    for (const { rules } of this.#engine.groups())
      for (const { name, lastError } of rules)
        if (lastError !== undefined) this.#fail(timeMillis, name, `the rule failed: ${lastError}`);
  }

  #compareAlerts({ evalTimeMillis, alertname, expected }: AlertTest): void {
    const firing = this.#engine
      .active()
      .filter(({ name, state }) => name === alertname && state === "firing");
    const got = firing.map((alert) => alertText(alert)).toSorted();
    const wanted = expected
      .map(({ labels, annotations }) => alertText({ labels: { ...labels, alertname }, annotations }))
      .toSorted();
    if (got.join("\n") !== wanted.join("\n")) this.#fail(evalTimeMillis, alertname, difference(wanted, got));
  }

  async #compareSamples({ evalTimeMillis, expression, expected }: ExpressionTest): Promise<void> {
    try {
      const time = this.#test.startMillis + evalTimeMillis;
      const prepared = prepare(expression, { experimental: this.#experimental });
      const rows = rowsOf(await prepared.at(this.#engine.source, time));
      const wanted = expected
        .map(({ labels, value, histogram }) => {
          const sample = {
            labels: labelsFrom(labels),
            value: histogram === "" ? floatFrom(value) : histogramFrom(histogram.replace(/^\{\{|\}\}$/g, "")),
          };
          return sampleText((this.#isFuzzy && rows.find((row) => isNear(row, sample))) || sample);
        })
        .toSorted();
      const got = rows.map((row) => sampleText(row)).toSorted();
      if (got.join("\n") !== wanted.join("\n"))
        this.#fail(evalTimeMillis, expression, difference(wanted, got));
    } catch (error) {
      this.#fail(evalTimeMillis, expression, errorMessage(error));
    }
  }

  #fail(timeMillis: number, subject: string, message: string): void {
    this.#failures.push({ test: this.#test.name, evalTime: timeMillis / 1_000, subject, message });
  }
}

// YAML writes infinity as `.inf`.
function floatFrom(text: string): number {
  const special = /^([+-]?)\.inf$/i.exec(text);
  return special === null ? Number(text) : special[1] === "-" ? -Infinity : Infinity;
}

function alertText({ labels, annotations }: Pick<Alert, "labels" | "annotations">): string {
  const sorted = (texts: Readonly<Record<string, string>>): string =>
    JSON.stringify(Object.entries(texts).toSorted(([left], [right]) => (left < right ? -1 : 1)));
  return `labels ${sorted(labels)}, annotations ${sorted(annotations)}`;
}

type ComparedSample = Pick<VectorSeries, "labels" | "value">;

// Whether the samples differ at most in the last bit of their values.
function isNear(left: ComparedSample, right: ComparedSample): boolean {
  if (typeof left.value !== "number" || typeof right.value !== "number") return false;
  const [one = 0n, other = 0n] = new BigInt64Array(Float64Array.of(left.value, right.value).buffer);
  const steps = one - other;
  return steps >= -1n && steps <= 1n && JSON.stringify(left.labels) === JSON.stringify(right.labels);
}

function sampleText({ labels, value }: ComparedSample): string {
  return `${JSON.stringify(labels)} ${typeof value === "number" ? value : histogramText(value)}`;
}

function difference(expected: readonly string[], got: readonly string[]): string {
  const shown = (texts: readonly string[]): string => (texts.length === 0 ? "nothing" : texts.join("; "));
  return `expected ${shown(expected)}, got ${shown(got)}`;
}
