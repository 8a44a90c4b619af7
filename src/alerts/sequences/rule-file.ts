// Files of rules over sequences of events.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { show } from "../../diagnostics/show.ts";
import { allSteps } from "../../io/yield.ts";
import { isObject } from "../../options/check.ts";
import { parsed, Parser } from "../../options/parser.ts";
import type { Problem } from "../rules/problem.ts";
import { isDeep, MAX_RULE_FILE_BYTES, readChecked, readRuleFile, ruleText } from "../rules/rule-file.ts";
import { yamlSteps, yamlValues } from "../rules/yaml-values.ts";
import { type CheckedSequenceRule, refuseTemplates, ruleFrom, SEQUENCES } from "./check-rules.ts";
import type { SequenceRule } from "./rule.ts";

const MAX_SHOWN = 40;

/** A file of rules over sequences that was read. */
export interface SequenceFile {
  readonly file: string;
  /** `undefined` if the file cannot be read. */
  readonly text: string | undefined;
  readonly rules: readonly CheckedSequenceRule[];
  readonly problems: readonly Problem[];
}

/**
 * Reads the rules under `sequences` of a YAML or JSON file once. Option `sequences` accepts the path of a file, too, and
 * reads it again after changes.
 *
 * @throws OptionsError with all problems.
 * @example
 * start({ alerts: { sequences: readSequenceFile("sequences.yml") } });
 */
export function readSequenceFile(file: string): readonly SequenceRule[] {
  return parsed("sequences", (parser) => {
    try {
      return allSteps(sequencesFromYaml(parser, ruleText(file))).map(ruleFrom);
    } catch (error) {
      parser.problem("file", file, `be readable (${errorMessage(error)})`);
      return [];
    }
  });
}

/** Reads and checks a file. Never throws. */
export function readSequences(file: string): SequenceFile {
  return readChecked(file, sequenceFileFrom, (problem) => ({
    file,
    text: undefined,
    rules: [],
    problems: [problem],
  }));
}

/** Checks the text of a file that was read, in steps. */
export function* sequenceFileFrom(file: string, text: string): Generator<void, SequenceFile> {
  const parser = new Parser();
  const rules = yield* sequencesFromYaml(parser, text);
  yield;
  refuseTemplates(parser, rules, "sequences");
  return { file, text, rules, problems: problemsOf(parser, file, text) };
}

/** Whether a file has rules over sequences of events. A file that cannot be read or parsed has none. */
export function hasSequences(file: string): boolean {
  try {
    const text = ruleText(file);
    return typeof text === "string" && isTextWithSequences(text);
  } catch {
    return false;
  }
}

/** Whether the text of a rule file has rules over sequences of events. One that cannot be parsed has none. */
export function isTextWithSequences(text: string): boolean {
  if (isDeep(text)) return false;
  const { value, problems } = yamlValues(text);
  return problems.length === 0 && isObject(value) && Object.hasOwn(value, "sequences");
}

/** Parses the text of a file, in steps. `text` is its size if it is too large. Problems are added to `parser`. */
function* sequencesFromYaml(
  parser: Parser,
  text: string | number,
): Generator<void, readonly CheckedSequenceRule[]> {
  const refuse = (must: string): readonly CheckedSequenceRule[] => {
    parser.problem("file", typeof text === "number" ? text : text.slice(0, MAX_SHOWN), must);
    return [];
  };
  if (typeof text === "number" || Buffer.byteLength(text) > MAX_RULE_FILE_BYTES)
    return refuse(`have at most ${MAX_RULE_FILE_BYTES} bytes`);
  if (isDeep(text)) return refuse("be valid YAML (it is nested too deeply)");
  const { value: content, problems } = yield* yamlSteps(text, "core");
  const [problem] = problems;
  if (problem !== undefined) return refuse(`be valid YAML (${problem.message})`);
  if (!isObject(content)) return refuse("be an object with sequences");
  if (Object.hasOwn(content, "groups") && Object.hasOwn(content, "sequences"))
    return refuse("have groups or sequences, in two files if both are needed");
  parser.refuseUnknown("", content, ["groups", "sequences"]);
  const given = content["sequences"];
  return given === undefined ? [] : SEQUENCES.parse(parser, given, "sequences");
}

// With the line of the rule.
function problemsOf({ problems }: Parser, file: string, text = ""): readonly Problem[] {
  if (problems.length === 0) return [];
  const { value, lines } = isDeep(text) ? yamlValues("") : yamlValues(text);
  const rules = isObject(value) ? value["sequences"] : undefined;
  return problems.map(({ name, value: given, must }) => {
    const i = /^sequences\[(\d+)\]/.exec(name)?.[1];
    const line = i === undefined ? undefined : lines.of(rules, Number(i));
    const message = `${name === "file" ? "the file" : name} must ${must}, got ${show(given, name)}`;
    return { file, ...(line !== undefined && { line }), message };
  });
}

/**
 * Checks a rule file, YAML or JSON: `groups` in Prometheus' format, or `sequences`. Returns all problems: invalid YAML,
 * unknown fields, expressions, sequences and templates that do not parse. Returns an empty list for a
 * valid file. Never throws: a file that cannot be read is a problem, too.
 *
 * @example
 * for (const { line, rule, message } of checkRules("alerts.yml")) console.error(line, rule, message);
 */
export function checkRules(file: string): Problem[] {
  const { text, problems } = readRuleFile(file);
  if (text === undefined || !isTextWithSequences(text)) return [...problems];
  return [...allSteps(sequenceFileFrom(file, text)).problems];
}
