// Values of a function over the windows of several lanes.
import { samplesAlone, type WindowedSeries } from "../../query/capable-source.ts";
import type { Labels, SampleSeries } from "../../query/source.ts";
import type { BlockTaker, Lane } from "../select/lanes.ts";
import type { NamedLane } from "../select/named-lane.ts";
import { SAMPLE_SCOPE } from "../store/stored.ts";
import { LaneWindows, type WindowBudget, type WindowTask } from "./lane-windows.ts";

/** Called with each lane before its blocks; `origin` has its first series. */
export type OpenLane = (lane: NamedLane, origin: Lane) => BlockTaker;

/** Lanes of a selection, in the same order each time. */
export interface SelectedLanes {
  /** Called with the complete labels of each series. */
  readonly isWanted: (labels: Labels) => boolean;
  /** Passes all blocks to the lanes that `open` returns. */
  walk(open: OpenLane): void;
  /** Samples by lane; `isLaneWanted` is called with the number of each lane. */
  samples(isLaneWanted: (lane: number) => boolean): readonly (readonly SampleSeries[])[];
}

/** Values of windows, and the samples of the lanes whose values cannot be computed from summaries. */
export function laneValues(
  selected: SelectedLanes,
  task: WindowTask,
  budget: WindowBudget,
): readonly WindowedSeries[] {
  const lanes: LaneWindows[] = [];
  selected.walk((lane, { series }) => {
    const values = new LaneWindows(lane, selected.isWanted, task, budget);
    // Several samples may have the same time.
    if (series.metric.scope.name === SAMPLE_SCOPE.name) values.giveUp();
    lanes.push(values);
    return values;
  });
  const found = lanes.map((lane) => lane.series());
  if (!found.includes(undefined)) return found.flatMap((series = []) => series);
  const samples = selected.samples((lane) => found[lane] === undefined);
  return found.flatMap((series, lane) => series ?? samples[lane]?.map(samplesAlone) ?? []);
}
