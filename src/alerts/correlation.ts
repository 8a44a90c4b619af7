// Correlation of alerts: other series that changed when an alert began to fire.
import type { Correlated } from "../anomalies/correlation/correlated.ts";
import type { Alert } from "./alert.ts";

/** An alert that began to fire. */
export interface CorrelationRequest {
  readonly alert: Alert;
  /** Metrics of the rule's expression, by their names in Prometheus. Empty for a rule over events. */
  readonly metrics: readonly string[];
  /** Aborts when the alerts end. */
  readonly signal: AbortSignal;
}

/** The series that changed together with an alert. */
export interface AlertCorrelation {
  readonly correlated: readonly Correlated[];
  /** The same for people: annotation `correlated`. */
  readonly text: string;
  /** Unix milliseconds from which a further comparison finds more. `undefined` if the comparison is complete. */
  readonly againMillis?: number | undefined;
}

/** Finds what changed together with an alert. If it rejects or is late, the alert has no annotation. */
export type CorrelateAlert = (request: CorrelationRequest) => Promise<AlertCorrelation>;
