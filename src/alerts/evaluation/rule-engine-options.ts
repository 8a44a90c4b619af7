import type { Meter } from "@opentelemetry/api";
import type { SampleSource } from "../../query/sample-source.ts";
import type { Alert } from "../alert.ts";
import type { CheckedGroup } from "../rules/checked-group.ts";
import type { RecordedSeries, RecordedSeriesOptions } from "./recorded-series.ts";
import type { MissingData } from "./evaluation.ts";

/** Options of the rule engine. */
export interface RuleEngineOptions {
  readonly groups: readonly CheckedGroup[];
  /** Samples that the rules are evaluated over. */
  readonly source: SampleSource;
  /** Interval of groups without one of their own. */
  readonly intervalMillis: number;
  /** Effect of missing data. Default: `hold`. */
  readonly missingData?: MissingData | undefined;
  /** Folder of `alerts.json`. Without one, a restart forgets all alerts. */
  readonly directory?: string | undefined;
  /** Which series that the rules write are kept; or those of an engine before, which the rules continue. */
  readonly recorded?: RecordedSeriesOptions | RecordedSeries | undefined;
  /** Labels that identify this program, for templates. */
  readonly externalLabels?: Readonly<Record<string, string>> | undefined;
  /** URL of this program, for templates. */
  readonly externalUrl?: (() => string | undefined) | undefined;
  /** Meter of the metrics `alerts.rule.failures`, `alerts.rule.duration` and `alerts.active`. */
  readonly meter?: Meter | undefined;
  /** Alerts of other rules, which `alerts.active` counts, too. */
  readonly otherAlerts?: (() => readonly Alert[]) | undefined;
  /**
   * Called after each evaluation of a group: with its alerts that fire, and those that were resolved within the last 15
   * minutes. Firing alerts of a rule whose evaluation failed are left out, and so are resolved ones that fire at another
   * rule. The next evaluation waits for a returned promise.
   */
  readonly onEvaluated?:
    | ((alerts: readonly Alert[], timeSeconds: number, intervalSeconds: number) => void | Promise<void>)
    | undefined;
}
