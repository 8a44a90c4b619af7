// The detectors of the build, with parameters and a threshold of the caller's choice.
import { fromBuild } from "../build.js";

const { beginsAlarm, evidenceNeeded, forgetAlarms } = await fromBuild("anomalies/detectors/alarms.js");
const { DETECTORS, EVIDENCE, SeriesEvidence } = await fromBuild("anomalies/detectors/series-evidence.js");
const { CELL } = await fromBuild("anomalies/detectors/layout.js");
const { PARAMETERS } = await fromBuild("anomalies/detectors/parameters.js");

export { DETECTORS, PARAMETERS };

/** Scores of an alarm for each sensitivity. */
export const SENSITIVITIES = { low: 0.6, normal: 0.5, high: 0.4 };

/**
 * Returns the positions of the alarms for each of several thresholds. The evidence does not depend on the alarms, so it is
 * computed once. Rest and caution are kept apart for each threshold.
 *
 * @param only index of the only detector to count, or undefined for all
 */
export function alarmsOf({ times, values }, thresholds, parameters = PARAMETERS, only) {
  const series = new SeriesEvidence(parameters);
  const states = thresholds.map(() => new Float64Array(series.layout.gaugesAt));
  const alarms = thresholds.map(() => []);
  for (let i = 0; i < times.length; i++) {
    const sum = series.push(times[i], values[i]);
    if (!series.isWarm) continue;
    const evidence = only === undefined ? sum : EVIDENCE[only];
    for (const [k, threshold] of thresholds.entries()) {
      const cells = states[k];
      cells[CELL.points] = i + 1;
      cells[CELL.interval] = series.cells[CELL.interval];
      forgetAlarms(cells, parameters);
      const score = evidence / (evidence + evidenceNeeded(cells, parameters));
      if (score >= threshold && beginsAlarm(cells, times[i], parameters)) alarms[k].push(i);
    }
  }
  return alarms;
}
