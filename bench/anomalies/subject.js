// The detectors of the build, with parameters and false alarms of the caller's choice.
import { fromBuild } from "../build.js";

const { evidenceNeeded, evidenceNeededAlone, learnEpisode } = await fromBuild(
  "anomalies/detectors/episodes.js",
);
const { DETECTORS, EVIDENCE, SeriesEvidence } = await fromBuild("anomalies/detectors/series-evidence.js");
const { CELL } = await fromBuild("anomalies/detectors/layout.js");
const { PARAMETERS } = await fromBuild("anomalies/detectors/parameters.js");

const { FALSE_ALARMS_PER_DAY } = await fromBuild("anomalies/false-alarms.js");

export { DETECTORS, PARAMETERS };

const ALONE = [DETECTORS.indexOf("flat"), DETECTORS.indexOf("missing")];

/** False alarms a day of each sensitivity. */
export const SENSITIVITIES = FALSE_ALARMS_PER_DAY;

/**
 * Returns the positions of the alarms for each of several numbers of false alarms a day. The evidence does not depend on them,
 * so it is computed once.
 *
 * @param without index of a detector that is left out, or undefined
 */
export function alarmsOf({ times, values }, alarmsPerDay, parameters = PARAMETERS, without) {
  const series = new SeriesEvidence(parameters);
  const { cells } = series;
  const alarms = alarmsPerDay.map(() => []);
  const hasAlarm = alarmsPerDay.map(() => 0);
  for (let i = 0; i < times.length; i++) {
    const needed = alarmsPerDay.map((each) => evidenceNeeded(cells, parameters, each));
    const alone = alarmsPerDay.map((each) => evidenceNeededAlone(cells, parameters, each));
    const sum = series.push(times[i], values[i]) - (without === undefined ? 0 : EVIDENCE[without]);
    if (!series.isWarm) continue;
    if (sum <= 0) {
      learnEpisode(cells, times[i], 0, parameters);
      continue;
    }
    learnEpisode(cells, times[i], sum, parameters);
    const most = Math.max(...EVIDENCE.map((each, d) => (d === without ? 0 : each)));
    const isAlone = most > 0 && ALONE.some((d) => d !== without && EVIDENCE[d] === most);
    // An episode is known by its begin.
    const began = cells[CELL.episodeBegan];
    for (let k = 0; k < needed.length; k++) {
      if (sum < (isAlone ? Math.min(alone[k], needed[k]) : needed[k]) || began === hasAlarm[k]) continue;
      hasAlarm[k] = began;
      alarms[k].push(i);
    }
  }
  return alarms;
}
