/**
 * Anomalies: unusual points of a series, found as they come, and what changed together with a metric.
 *
 * @module tachymeter/anomalies
 */
export { Detector, type DetectorName, type DetectorOptions, type Verdict } from "./detector.ts";
export { correlate, type CorrelationQuestion } from "./correlation/correlate.ts";
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
export { type WatchedExpression, type WatchedKind, expressionsFor } from "./series/expressions.ts";
/** @internal */
export { type WatchedRange, type WatchedSeries, watchedSeries } from "./series/watched-series.ts";
/** @internal */
export {
  type DetectorResult,
  type Examined,
  type SeriesDetector,
  type UnusualRange,
  examined,
} from "./series/unusual-ranges.ts";
/** @internal */
export {
  type LearnedModel,
  modelFrom,
  removeModel,
  stillFits,
  storedModels,
  storeModel,
} from "./models/stored-models.ts";
/** @internal */
export { trainedWindow, WindowDetector } from "./models/window-detector.ts";
/** @internal */
export { type WindowModel, type WindowVerdict, WindowWatch } from "../history/models/window-model.ts";
/** @internal */
export { type JointModel, type JointVerdict, JointWatch } from "../history/models/joint-model.ts";
