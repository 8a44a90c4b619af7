/**
 * Anomalies: unusual points of a series, found as they come, and what changed together with a metric.
 *
 * @module tachymeter/anomalies
 */
export { Detector, type DetectorName, type Verdict } from "./detector.ts";
export { correlate, type CorrelationQuestion } from "./correlation/correlate.ts";
export {
  type CorrelatedPair,
  type CorrelationMatrix,
  correlationMatrix,
  type MatrixQuestion,
  type MatrixSeries,
} from "./correlation/correlation-matrix.ts";
export type { Correlated } from "./correlation/correlated.ts";
export type { DetectorOptions, Sensitivity } from "./false-alarms.ts";
export type { AnomalyOptions } from "./options.ts";
