// Rules over sequences as groups of rules, for the list of all rules.
import type { Alert } from "../alert.ts";
import type { GroupState } from "../evaluation/rule-state.ts";
import type { CheckedSequenceRule } from "./check-rules.ts";
import { formatSequence } from "./format.ts";

const NAME = "sequences";

/** The rules of a file, or of the option. */
export interface SequenceSource {
  /** Path of the file, or name of the option. */
  readonly file: string;
  readonly rules: readonly CheckedSequenceRule[];
}

/**
 * A group `sequences` for each source with rules that raise alerts. Its rules are evaluated with each event, so that there
 * are no times of evaluations.
 *
 * @param alertsOf returns the firing alerts of a rule.
 */
export function sequenceGroups(
  sources: readonly SequenceSource[],
  alertsOf: (rule: CheckedSequenceRule) => readonly Alert[],
): readonly GroupState[] {
  const times = { lastEvaluation: undefined, evaluationSeconds: 0 };
  return sources.flatMap(({ file, rules }) => {
    const alerting = rules.filter(({ effect }) => effect === "alert");
    if (alerting.length === 0) return [];
    const states = alerting.map((rule) => {
      const alerts = alertsOf(rule);
      return {
        kind: "alerting",
        name: rule.name,
        group: NAME,
        file,
        query: formatSequence(rule.sequence),
        labels: rule.labels,
        annotations: rule.annotations,
        forSeconds: 0,
        // A rule without a limit fires until the event occurs again.
        keepFiringForSeconds: Number.isFinite(rule.keepFiringMillis) ? rule.keepFiringMillis / 1_000 : 0,
        state: alerts.length > 0 ? "firing" : "inactive",
        alerts,
        health: "ok",
        lastError: undefined,
        ...times,
      } as const;
    });
    return [{ name: NAME, file, interval: 0, limit: 0, missedEvaluations: 0, rules: states, ...times }];
  });
}
