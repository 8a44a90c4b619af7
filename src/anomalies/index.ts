/**
 * Anomalies: unusual points of a series, found as they come, and what changed together with a metric.
 *
 * @module tachymeter/anomalies
 */
export { Detector, type DetectorName, type DetectorOptions, type Verdict } from "./detector.ts";
export { correlate, type CorrelationQuestion } from "./correlation/correlate.ts";
export {
  type CorrelatedPair,
  type CorrelationMatrix,
  correlationMatrix,
  type MatrixQuestion,
  type MatrixSeries,
} from "./correlation/correlation-matrix.ts";
export type { Correlated } from "./correlation/correlated.ts";
export type { AnomalyOptions, Sensitivity } from "./options.ts";
/** @internal */
export { AlertCorrelator } from "./correlation/alert-correlator.ts";
/** @internal */
export { NearbyEvents } from "./correlation/nearby-events.ts";
/** @internal */
export { ANOMALIES, selectorFrom } from "./options.ts";
/** @internal */
export { Anomalies } from "./running/anomalies.ts";
/** @internal */
export { selectedMetrics } from "./series/selected-metrics.ts";
/** @internal */
export { expressionsFor } from "./series/expressions.ts";
/** @internal */
export { type WatchedSeries, watchedSeries } from "./series/watched-series.ts";
/** @internal */
export { examined, type SeriesDetector, type UnusualRange } from "./series/unusual-ranges.ts";
/** @internal */
export { trainedWindow, WindowDetector } from "./models/window-detector.ts";
