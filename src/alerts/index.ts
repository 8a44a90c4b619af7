/**
 * Alerts: rules, predefined monitors, objectives, rules over sequences of events, and their receivers.
 *
 * @module tachymeter/alerts
 */
export type { Alert, AlertState } from "./alert.ts";
export type { AlertOptions } from "./options.ts";
export { checkRules } from "./rules/rule-file.ts";
export type { Problem } from "./rules/problem.ts";
export type { AlertingRule, RecordingRule, Rule, RuleDuration, RuleGroup } from "./rules/rule.ts";
export type { CheckedSequenceRule } from "./sequences/check-rules.ts";
export { matchStored, type MatchStoredOptions } from "./sequences/match-stored.ts";
export type { SequenceMatch } from "./sequences/match.ts";
export { readSequenceFile } from "./sequences/rule-file.ts";
