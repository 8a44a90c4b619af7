// Rules that were checked: durations in milliseconds, expressions parsed, templates compiled.
import type { Expression } from "../../query/expression.ts";
import type { Template } from "../templates/template.ts";

/** Texts by names of labels or annotations. */
export type Texts = Readonly<Record<string, string>>;

/** A group of rules. */
export interface CheckedGroup {
  /** File of the group, or name of the option that holds it. */
  readonly file: string;
  readonly name: string;
  /** `undefined` if the group has the default interval. */
  readonly intervalMillis: number | undefined;
  /** Maximum number of alerts or series of one rule; 0 without a limit. */
  readonly limit: number;
  /** Rules are evaluated this long before now. */
  readonly queryOffsetMillis: number;
  /** Whether experimental parts of PromQL are accepted. */
  readonly experimental?: boolean | undefined;
  readonly rules: readonly CheckedRule[];
}

/** A rule of a group. */
export type CheckedRule = CheckedAlertingRule | CheckedRecordingRule;

interface CheckedExpression {
  readonly name: string;
  /** The expression as it is written. */
  readonly text: string;
  readonly expression: Expression;
  /** Labels, those of the group included. */
  readonly labels: Texts;
}

/** An alerting rule. */
export interface CheckedAlertingRule extends CheckedExpression {
  readonly kind: "alerting";
  readonly forMillis: number;
  readonly keepFiringForMillis: number;
  readonly annotations: Texts;
  /** The templates of `labels`, in their order. */
  readonly labelTemplates: readonly NamedTemplate[];
  /** The templates of `annotations`, in their order. */
  readonly annotationTemplates: readonly NamedTemplate[];
}

/** A recording rule. */
export interface CheckedRecordingRule extends CheckedExpression {
  readonly kind: "recording";
}

/** The template of a label or an annotation. */
export interface NamedTemplate {
  readonly name: string;
  readonly template: Template;
}

/** Names of the metrics that a rule writes. */
export function writtenNames(rule: CheckedRule): readonly string[] {
  return rule.kind === "recording" ? [rule.name] : ["ALERTS", "ALERTS_FOR_STATE"];
}

// Kept, since a replacement of all rules compares them.
const ruleKeys = new WeakMap<CheckedRule, string>();
const stateKeys = new WeakMap<CheckedRule, string>();

/** Identity of a rule within its group. Rules may be there several times. */
export function ruleKey(rule: CheckedRule): string {
  const { kind, name, text, labels } = rule;
  return keptIn(ruleKeys, rule, () => [kind, name, text, sortedEntries(labels)]);
}

/**
 * Part of the identity by which a changed rule continues the state of a rule, as in Prometheus: all but the expression. Rules
 * with the same one continue each other in their order.
 */
export function stateKey(rule: CheckedRule): string {
  const { kind, name, labels } = rule;
  return keptIn(stateKeys, rule, () => [kind, name, sortedEntries(labels)]);
}

function keptIn(keys: WeakMap<CheckedRule, string>, rule: CheckedRule, partsOf: () => unknown): string {
  let key = keys.get(rule);
  if (key === undefined) keys.set(rule, (key = JSON.stringify(partsOf())));
  return key;
}

/** Makes the keys of all rules of some groups, in steps. */
export function* keySteps(groups: readonly CheckedGroup[]): Generator<void, void> {
  for (const rule of groups.flatMap(({ rules }) => rules)) {
    ruleKey(rule);
    stateKey(rule);
    yield;
  }
}

/** The entries of an object in the order of their names. */
export function sortedEntries(texts: Texts): readonly (readonly [name: string, text: string])[] {
  return Object.entries(texts).toSorted(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
}
