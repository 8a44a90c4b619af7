// The public names, and further ones for the SDK and the command line tool.
export * from "./index.ts";
export { AlertCorrelator, type CorrelatedWithAlert } from "./correlation/alert-correlator.ts";
export { commonLabels, namesIn, SHARED } from "./correlation/component.ts";
export { correlationText } from "./correlation/correlation-text.ts";
export { isOfResources } from "./correlation/likely-cause.ts";
export { eventText, isChange, mayExplain, NearbyEvents } from "./correlation/nearby-events.ts";
export { ANOMALIES, selectorFrom } from "./options.ts";
export { Anomalies } from "./running/anomalies.ts";
export { selectedMetrics } from "./series/selected-metrics.ts";
export { expressionsFor } from "./series/expressions.ts";
export { type WatchedSeries, watchedSeries } from "./series/watched-series.ts";
export { examined, type SeriesDetector, type UnusualRange } from "./series/unusual-ranges.ts";
export { trainedWindow, WindowDetector } from "./models/window-detector.ts";
