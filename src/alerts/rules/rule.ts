// Rules in code, with the fields of Prometheus' rule files.

/** A duration: Prometheus' text, `1h30m`, or a number of seconds. */
export type RuleDuration = string | number;

/** A group of rules that are evaluated together, in their order. */
export interface RuleGroup {
  /** Name, unique in its file. */
  readonly name: string;
  /** Time between two evaluations. @defaultValue option `interval` */
  readonly interval?: RuleDuration;
  /** Maximum number of alerts or series of one rule; 0 for no limit. @defaultValue 0 */
  readonly limit?: number;
  /** Rules are evaluated this long before now. @defaultValue 0 */
  readonly query_offset?: RuleDuration;
  /**
   * Whether the expressions may have parts of PromQL that are behind feature flags in Prometheus. @defaultValue false
   * @experimental
   */
  readonly experimental?: boolean;
  /** Labels of all rules; those of a rule override them. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The rules. */
  readonly rules: readonly Rule[];
}

/** An alerting or a recording rule. */
export type Rule = AlertingRule | RecordingRule;

/** A rule that raises an alert for each series of its expression. */
export interface AlertingRule {
  /** Name of the alert. */
  readonly alert: string;
  /** PromQL. */
  readonly expr: string;
  /** Time for which the expression must have a result until the alert fires. @defaultValue 0 */
  readonly for?: RuleDuration;
  /** Time for which the alert goes on firing after the expression has no result any more. @defaultValue 0 */
  readonly keep_firing_for?: RuleDuration;
  /** Labels of the alert; values are templates. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Annotations of the alert; values are templates. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A rule that stores the result of its expression as a metric. */
export interface RecordingRule {
  /** Name of the metric. */
  readonly record: string;
  /** PromQL. */
  readonly expr: string;
  /** Labels that are added to the series. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A rule as it is written: in a file, in code, or as the endpoint serves it. */
export interface WrittenRule {
  readonly kind: "alerting" | "recording";
  readonly name: string;
  /** The expression. */
  readonly text: string;
  readonly labels: Readonly<Record<string, unknown>>;
}
