// Alerts, as rules raise them and receivers get them.
import type { Correlated } from "../anomalies/correlation/correlated.ts";

/** State of an alert. An alert that has never fired is not sent to receivers. */
export type AlertState = "pending" | "firing" | "resolved";

/** An alert: one series for which the condition of a rule holds, or one match of a sequence of events. */
export interface Alert {
  /** Name of the rule: label `alertname`. */
  readonly name: string;
  /** State at the last evaluation. */
  readonly state: AlertState;
  /** Labels, `alertname` included. Together they are the identity of the alert. */
  readonly labels: Readonly<Record<string, string>>;
  /** Texts for people, such as `summary` and `description`, with their templates filled in. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Value of the expression at the last evaluation that had one. */
  readonly value: number;
  /** Seconds since the epoch at which the condition began to hold. */
  readonly activeAt: number;
  /** Seconds since the epoch at which the alert began to fire. */
  readonly firedAt?: number;
  /** Seconds since the epoch at which the alert was resolved. */
  readonly resolvedAt?: number;
  /**
   * Other series that changed when the alert began to fire, strongest first; empty if none did. If none did clearly, they have
   * `isWeak`. `undefined` without anomaly detection. Annotation `correlated` has them as text.
   */
  readonly correlated?: readonly Correlated[];
}
