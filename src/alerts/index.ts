/**
 * Alerts: rules, predefined monitors, objectives, rules over sequences of events, and their receivers.
 *
 * @module tachymeter/alerts
 */
export type { Alert, AlertState } from "./alert.ts";
export { Alerts } from "./alerts.ts";
export type {
  AlertmanagerOptions,
  AlertMatchers,
  DeliveryOptions,
  DeliveryReport,
  EmailOptions,
  InhibitOptions,
  LocalReceiverOptions,
  MuteTimeOptions,
  Notification,
  PagerDutyOptions,
  ReceiverOptions,
  RouteOptions,
  Silence,
  SilenceOptions,
  SlackOptions,
  WebhookOptions,
} from "./delivery/index.ts";
export type { MissingData } from "./evaluation/evaluation.ts";
export type { RuleState } from "./evaluation/rule-state.ts";
export { backtest, type BacktestRange, type Firing } from "./evaluation/backtest.ts";
export { exportRules } from "./export/export-rules.ts";
export { type MonitorOptions, monitorGroups } from "./monitors/monitor-groups.ts";
export type { AlertOptions } from "./options.ts";
export type { Problem } from "./rules/problem.ts";
export { checkRules } from "./sequences/rule-file.ts";
export { RulesError } from "./rules/problem.ts";
export type { AlertingRule, RecordingRule, Rule, RuleDuration, RuleGroup } from "./rules/rule.ts";
export { formatSequence } from "./sequences/format.ts";
export { matchStored, type MatchStoredOptions } from "./sequences/match-stored.ts";
export type { EventReference, SequenceMatch } from "./sequences/match.ts";
export { parseSequence } from "./sequences/check-sequence.ts";
export { readSequenceFile } from "./sequences/rule-file.ts";
export type {
  Absence,
  Compared,
  Count,
  Distinct,
  EventCondition,
  EventPattern,
  EventSequence,
  FieldValue,
  FollowedBy,
  SequenceAlertRule,
  SequenceEventRule,
  SequenceRule,
  SequenceStep,
} from "./sequences/rule.ts";
export { SequenceError } from "./sequences/tokens.ts";
export { sloGroups } from "./slo/slo-groups.ts";
export type { Budget, Slo } from "./slo/slo.ts";
