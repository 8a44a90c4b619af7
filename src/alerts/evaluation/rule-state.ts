// States of rules and groups, with the fields that Prometheus' `/api/v1/rules` has.
import type { Alert } from "../alert.ts";

/** State of a rule. Times are seconds since the epoch. */
export interface RuleState {
  /** Kind of the rule. */
  readonly kind: "alerting" | "recording";
  /** Name of the alert or of the recorded metric. */
  readonly name: string;
  /** Name of the group. */
  readonly group: string;
  /** File of the group, or the option that holds it. */
  readonly file: string;
  /** The expression. */
  readonly query: string;
  /** Labels that the rule adds, before their templates are filled in. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations before their templates are filled in; empty for a recording rule. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Field `for`, in seconds. */
  readonly forSeconds: number;
  /** Field `keep_firing_for`, in seconds. */
  readonly keepFiringForSeconds: number;
  /** The highest state of its alerts. */
  readonly state: "inactive" | "pending" | "firing";
  /** Pending and firing alerts. */
  readonly alerts: readonly Alert[];
  /** Result of the last evaluation: `unknown` before the first, `err` if it failed. */
  readonly health: "unknown" | "ok" | "err";
  /** Message of the last evaluation if it failed. */
  readonly lastError: string | undefined;
  /** Time of the last evaluation. */
  readonly lastEvaluation: number | undefined;
  /** Time that the last evaluation took, in seconds. */
  readonly evaluationSeconds: number;
}

/** State of a group. Times are seconds since the epoch. */
export interface GroupState {
  readonly name: string;
  readonly file: string;
  /** Time between two evaluations, in seconds. */
  readonly interval: number;
  /** Maximum number of alerts or series of one rule; 0 without a limit. */
  readonly limit: number;
  readonly lastEvaluation: number | undefined;
  /** Time that the last evaluation of all rules took, in seconds. */
  readonly evaluationSeconds: number;
  /** Number of evaluations that were left out, since the one before took too long. */
  readonly missedEvaluations: number;
  readonly rules: readonly RuleState[];
}
