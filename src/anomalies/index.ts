/**
 * Anomalies: unusual points of a series, found as they come.
 *
 * @module tachymeter/anomalies
 */
export { Detector, type DetectorName, type DetectorOptions, type Verdict } from "./detector.ts";
