// Files of promtool's unit tests.
import { readTextSync } from "../../io/files/open-file.ts";
import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { DURATION_RULE, durationMillis } from "../../alerts/rules/duration.ts";
import { yamlValues } from "../../alerts/rules/yaml-values.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { nearestNames } from "../../diagnostics/nearest-names.ts";
import { show } from "../../diagnostics/show.ts";
import { isObject } from "../../options/check.ts";
import { orderedTest } from "../../options/wildcards.ts";
import { timeFrom } from "../../query/http/parameters.ts";

/** A parsed test file. Times are milliseconds. */
export interface RuleTestFile {
  /** Paths of the rule files. */
  readonly ruleFiles: readonly string[];
  readonly evaluationIntervalMillis: number;
  /** Names of groups in the order of evaluation; others come first. */
  readonly groupOrder: readonly string[];
  /** Whether values may differ in the last bit. */
  readonly isFuzzy: boolean;
  readonly tests: readonly RuleTest[];
}

/** One test. */
export interface RuleTest {
  readonly name: string;
  readonly intervalMillis: number;
  /** Unix time of the first values and the first evaluation. The other times are relative to it. */
  readonly startMillis: number;
  readonly inputSeries: readonly { readonly series: string; readonly values: string }[];
  readonly alertTests: readonly AlertTest[];
  readonly expressionTests: readonly ExpressionTest[];
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
}

/** Expected alerts of one name that fire at a time. */
export interface AlertTest {
  readonly evalTimeMillis: number;
  readonly alertname: string;
  readonly expected: readonly ExpectedAlert[];
}

/** Labels and annotations of an alert. */
export interface ExpectedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Expected samples of an expression at a time. */
export interface ExpressionTest {
  readonly evalTimeMillis: number;
  readonly expression: string;
  readonly expected: readonly {
    readonly labels: string;
    readonly value: string;
    readonly histogram: string;
  }[];
}

/** Reads a test file. Throws an error with the field that is invalid. */
export function readTestFile(path: string): RuleTestFile {
  const { value, problems } = yamlValues(readTextSync(path));
  const [problem] = problems;
  if (problem !== undefined) throw new Error(`${path}:${problem.line ?? 1}: ${problem.message}`);
  const file = new Reader(path, value, "rule_files evaluation_interval group_eval_order tests fuzzy_compare");
  const evaluationIntervalMillis = file.duration("evaluation_interval", 60_000);
  return {
    ruleFiles: file.texts("rule_files").flatMap((pattern) => {
      const files = filesOf(dirname(path), pattern);
      if (files.length > 0) return files;
      throw new Error(
        `${path}: rule_files must match existing files, got ${show(pattern)}; fix or remove it`,
      );
    }),
    evaluationIntervalMillis,
    groupOrder: file.texts("group_eval_order"),
    isFuzzy: file.boolean("fuzzy_compare"),
    tests: file.list("tests", TEST_FIELDS).map((test, i) => testFrom(test, i, evaluationIntervalMillis)),
  };
}

const TEST_FIELDS =
  "name interval input_series alert_rule_test promql_expr_test external_labels external_url start_timestamp";

function testFrom(test: Reader, index: number, evaluationIntervalMillis: number): RuleTest {
  return {
    name: test.text("name") || `test ${index}`,
    intervalMillis: test.duration("interval", evaluationIntervalMillis),
    startMillis: test.time("start_timestamp"),
    inputSeries: test
      .list("input_series", "series values")
      .map((input) => ({ series: input.text("series"), values: input.text("values") })),
    alertTests: test.list("alert_rule_test", "eval_time alertname exp_alerts").map((each) => ({
      evalTimeMillis: each.duration("eval_time", 0),
      alertname: each.text("alertname"),
      expected: each.list("exp_alerts", "exp_labels exp_annotations").map((alert) => ({
        labels: alert.entries("exp_labels"),
        annotations: alert.entries("exp_annotations"),
      })),
    })),
    expressionTests: test.list("promql_expr_test", "expr eval_time exp_samples").map((each) => ({
      evalTimeMillis: each.duration("eval_time", 0),
      expression: each.text("expr"),
      expected: each.list("exp_samples", "labels value histogram").map((sample) => ({
        labels: sample.text("labels"),
        value: sample.text("value"),
        histogram: sample.text("histogram"),
      })),
    })),
    externalLabels: test.entries("external_labels"),
    externalUrl: test.text("external_url"),
  };
}

/** Reads the fields of an object, whose scalars are texts. */
class Reader {
  readonly #place: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(place: string, given: unknown, known: string) {
    this.#place = place;
    if (given !== undefined && !isObject(given))
      throw new Error(`${place} must be an object, got ${show(given)}`);
    this.#fields = given ?? {};
    const names = known.split(" ");
    for (const name of Object.keys(this.#fields))
      if (!names.includes(name)) {
        const [nearest = names.join(", ")] = nearestNames(name, names, 1);
        throw new Error(`${place}: unknown field ${show(name)}; write ${nearest}`);
      }
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (value === undefined) return "";
    if (typeof value !== "string")
      throw new Error(`${this.#place}: ${name} must be a text, got ${show(value)}`);
    return value;
  }

  duration(name: string, otherwise: number): number {
    const text = this.text(name);
    if (text === "") return otherwise;
    const millis = durationMillis(text);
    if (millis === undefined)
      throw new Error(`${this.#place}: ${name} must ${DURATION_RULE}, got ${show(text)}`);
    return millis;
  }

  /** Milliseconds since the epoch; 0 if it is missing. */
  time(name: string): number {
    try {
      return Math.round(timeFrom(new URLSearchParams({ [name]: this.text(name) }), name, 0) * 1_000);
    } catch (error) {
      throw new Error(`${this.#place}: ${errorMessage(error)}`, { cause: error });
    }
  }

  boolean(name: string): boolean {
    const text = this.text(name);
    if (!["", "true", "false"].includes(text))
      throw new Error(`${this.#place}: ${name} must be true or false, got ${show(text)}`);
    return text === "true";
  }

  texts(name: string): readonly string[] {
    return this.#items(name).map((item) => {
      if (typeof item !== "string")
        throw new Error(`${this.#place}: ${name} must be texts, got ${show(item)}`);
      return item;
    });
  }

  entries(name: string): Readonly<Record<string, string>> {
    const value = this.#fields[name];
    if (value === undefined) return {};
    if (!isObject(value)) throw new Error(`${this.#place}: ${name} must be an object, got ${show(value)}`);
    return Object.fromEntries(
      Object.entries(value).map(([key, text]) => [key, typeof text === "string" ? text : ""]),
    );
  }

  list(name: string, known: string): readonly Reader[] {
    return this.#items(name).map((item, i) => new Reader(`${this.#place}: ${name}[${i}]`, item, known));
  }

  #items(name: string): readonly unknown[] {
    const value = this.#fields[name] ?? [];
    if (!Array.isArray(value)) throw new Error(`${this.#place}: ${name} must be a list, got ${show(value)}`);
    return value;
  }
}

// The files of a pattern with `*`, `?` and classes such as `[a-z]` in any part of the path, like Go's `filepath.Glob`.
function filesOf(folder: string, pattern: string): readonly string[] {
  if (!/[*?[]/.test(pattern)) return [resolve(folder, pattern)];
  const test = nameTest(basename(pattern));
  return filesOf(folder, dirname(pattern)).flatMap((parent) =>
    namesIn(parent)
      .filter(test)
      .map((name) => join(parent, name)),
  );
}

function namesIn(folder: string): readonly string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
    ? readdirSync(folder).toSorted()
    : [];
}

const CLASS = /\[(\^?)((?:\\.|[^\]\\])+)\]/su;
const NAME_PART = new RegExp(`\\*|${CLASS.source}|\\\\?.`, "gsu");

function nameTest(pattern: string): (name: string) => boolean {
  const parts = [""];
  for (const [part] of pattern.matchAll(NAME_PART)) {
    if (part === "*") parts.push("");
    else parts.push(`${parts.pop() ?? ""}${sourceOf(part)}`);
  }
  return orderedTest(parts);
}

function sourceOf(part: string): string {
  if (part === "?") return ".";
  const [, not = "", characters] = CLASS.exec(part) ?? [];
  if (characters === undefined) return literal(part.replace(/^\\(?=.)/su, ""));
  const source = characters.replaceAll(/\\(.)|[^-]/gsu, (character, escaped?: string) =>
    escaped === "-" ? String.raw`\-` : literal(escaped ?? character),
  );
  return `[${not}${source}]`;
}

function literal(character: string): string {
  return character.replace(/[\\^$.+*?()[\]{}|]/u, String.raw`\$&`);
}
