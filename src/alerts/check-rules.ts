// Checks of rule files for people: rules over metrics, and over sequences of events.
import { allSteps } from "../io/yield.ts";
import type { Problem } from "./rules/problem.ts";
import { readRuleFile } from "./rules/rule-file.ts";
import { isTextWithSequences, sequenceFileFrom } from "./sequences/rule-file.ts";

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
