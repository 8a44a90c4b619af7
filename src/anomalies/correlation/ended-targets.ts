// Processes and machines whose series all ended in the window, while those of others went on.
import type { Labels } from "../../query/source.ts";
import type { Grid } from "./column.ts";
import type { LoadedSeries } from "./loaded-series.ts";
import type { SeriesChange } from "./series-change.ts";
import { shapeOf } from "./shape.ts";

// A process is missing for at least this number of cells, and this part of the window.
const MIN_MISSING_CELLS = 4;
const MIN_MISSING_PART = 1 / 4;
// Windows before the end in which it was there.
const MIN_BASELINES = 2;
// Strength of the evidence for each cell, in units of the usual variation. Samples are missing at once, or not at all.
const SCORE_OF_CELL = 4;
// The series that stands for all of them: the first of these names that there is.
const NAMES = [/^target_info$/, /^process_uptime/, /^process_/, /^/];

interface Target {
  firstMillis: number;
  lastMillis: number;
  readonly series: LoadedSeries[];
}

/** The process or machine that a series is of. */
export function targetOf({ job = "", instance = "", service_instance_id: id = "" }: Labels): string {
  // Only `target_info` may have an id beside its instance.
  return JSON.stringify([job, instance === "" ? id : instance]);
}

/** One fall to nothing for each process that ended. */
export function endedTargets(all: readonly LoadedSeries[], grid: Grid): readonly SeriesChange[] {
  const targets = targetsOf(all);
  if (targets.length < 2) return [];
  const { startMillis, cellMillis, cells, windowCells } = grid;
  const missingCells = Math.max(MIN_MISSING_CELLS, windowCells * MIN_MISSING_PART);
  const windowMillis = startMillis + (cells - windowCells) * cellMillis;
  const aliveMillis = Math.max(...targets.map(({ lastMillis }) => lastMillis));
  return targets.flatMap(({ firstMillis, lastMillis, series }): readonly SeriesChange[] => {
    const missing = Math.floor((aliveMillis - lastMillis) / cellMillis);
    const isLong = lastMillis - firstMillis >= MIN_BASELINES * windowCells * cellMillis;
    if (missing < missingCells || !isLong || lastMillis < windowMillis - cellMillis) return [];
    const shown = NAMES.map((name) => series.find((each) => name.test(each.name))).find(
      (each) => each !== undefined,
    );
    if (shown === undefined) return [];
    const { name: metric, labels } = shown;
    const score = SCORE_OF_CELL * missing;
    const onsetMillis = lastMillis + cellMillis;
    const isThere = new Float64Array(cells).fill(1, 0, Math.round((onsetMillis - startMillis) / cellMillis));
    const shape = shapeOf(isThere, windowCells);
    return [{ metric, labels, score, moved: score, direction: "down", factor: 0, onsetMillis, shape }];
  });
}

function targetsOf(all: readonly LoadedSeries[]): readonly Target[] {
  const targets = new Map<string, Target>();
  for (const series of all) {
    const { instance, service_instance_id: id } = series.labels;
    // Such as the series of rules.
    if (instance === undefined && id === undefined) continue;
    const { times } = series.points;
    const key = targetOf(series.labels);
    const known = targets.get(key) ?? { firstMillis: Infinity, lastMillis: -Infinity, series: [] };
    targets.set(key, known);
    known.firstMillis = Math.min(known.firstMillis, times[0]!);
    known.lastMillis = Math.max(known.lastMillis, times.at(-1)!);
    known.series.push(series);
  }
  return [...targets.values()];
}
