/**
 * The instrumentation scope of the gauges that `BridgeTelemetry.recordMetric` records on. A history leaves it out of its
 * collections, since it has each of these values as a sample already.
 */
export const BRIDGE_SCOPE = "tachymeter.bridge";
