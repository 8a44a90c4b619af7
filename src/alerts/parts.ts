// The public names, and further ones for the SDK and the command line tool.
export * from "./index.ts";
export { alertsDocument, rulesDocument } from "./http/documents.ts";
export { ALERTS, alertSteps } from "./options.ts";
export { exportGroups } from "./export/export-rules.ts";
export { notesOn } from "./rules/notes.ts";
export { countedEvents } from "./evaluation/counted-events.ts";
export { metricsIn, withRecorded } from "./evaluation/metrics-of-alert.ts";
export { withExactCounts } from "./monitors/ratios.ts";
export type { WrittenRule } from "./rules/rule.ts";
export { PROFILE_ANNOTATIONS } from "./profiled-alerts.ts";
export { type BudgetLeft, budgetsLeft, budgetOfObjective } from "./slo/budgets-left.ts";
export { objectiveIn } from "./slo/slo-group.ts";
export { readRuleFile } from "./rules/rule-file.ts";
export { problemText } from "./rules/problem.ts";
export { hasSequences } from "./sequences/rule-file.ts";
export { savedAlerts, savedSilences } from "./saved-alerts.ts";
export { Silences } from "./delivery/index.ts";
export { askForTest } from "./test-request.ts";
