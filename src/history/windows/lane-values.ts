// Values of a function over the windows of several lanes.
import { samplesAlone, type WindowedSeries, type WindowSelection } from "../../query/windowed-series.ts";
import { labelsKey } from "../../query/labels-key.ts";
import type { Labels, SampleSeries } from "../../query/source.ts";
import type { BlockTaker, Lane } from "../select/lanes.ts";
import type { NamedLane } from "../select/named-lane.ts";
import { type Block, lastBefore } from "../store/block.ts";
import { SAMPLE_SCOPE } from "../store/stored.ts";
import { LaneWindows, type WindowBudget, type WindowTask } from "./lane-windows.ts";

/** Called with each lane before its blocks; `origin` has its first series. */
export type OpenLane = (lane: NamedLane, origin: Lane) => BlockTaker;

/** Collects the samples of a lane. */
export interface SampleTaker extends BlockTaker {
  series(): readonly SampleSeries[];
}

/** Lanes of a selection, in the same order each time. */
export interface SelectedLanes {
  /** Called with the complete labels of each series. */
  readonly isWanted: (labels: Labels) => boolean;
  /** Passes all blocks to the lanes that `open` returns. */
  walk(open: OpenLane): void;
  /** Collects the samples of a lane from a time on, or all that are selected. */
  collect(lane: NamedLane, from?: number): SampleTaker;
}

const UNWANTED: SampleTaker = { block: () => {}, figures: () => true, series: () => [] };

/** Samples by lane; `isLaneWanted` is called with the number of each lane. */
export function laneSamples(
  selected: SelectedLanes,
  isLaneWanted: (lane: number) => boolean = () => true,
): readonly (readonly SampleSeries[])[] {
  const lanes: SampleTaker[] = [];
  selected.walk((lane) => {
    const samples = isLaneWanted(lanes.length) ? selected.collect(lane) : UNWANTED;
    lanes.push(samples);
    return samples;
  });
  return lanes.map((lane) => lane.series());
}

/** Values of windows, and the samples of the lanes whose values cannot be computed from summaries. */
export function laneValues(
  selected: SelectedLanes,
  { samplesFrom, ...task }: WindowTask & Pick<WindowSelection, "samplesFrom">,
  budget: WindowBudget,
): readonly WindowedSeries[] {
  const lanes: LaneWindows[] = [];
  const later: SampleTaker[] = [];
  selected.walk((lane, { series }) => {
    const values = new LaneWindows(lane, selected.isWanted, task, budget);
    // Several samples may have the same time, and no block has that of the beginning.
    if (series.metric.scope.name === SAMPLE_SCOPE.name || lane.beginMillis !== undefined) values.giveUp();
    lanes.push(values);
    if (samplesFrom === undefined) return values;
    const samples = samplesSince(selected.collect(lane, samplesFrom), samplesFrom, task.isExact);
    later.push(samples);
    return {
      block(block) {
        values.block(block);
        samples.block(block);
      },
      figures: (figures) => figures.to < samplesFrom && values.figures(figures),
    };
  });
  const found = lanes.map((lane, i) => {
    const series = lane.series();
    return later[i] === undefined ? series : series && withSamples(series, later[i].series());
  });
  if (!found.includes(undefined)) return found.flatMap((series = []) => series);
  const samples = laneSamples(selected, (lane) => found[lane] === undefined);
  return found.flatMap((series, lane) => series ?? samples[lane]?.map(samplesAlone) ?? []);
}

// Takes the blocks from a time on, and the last point before it if rises are exact.
function samplesSince(samples: SampleTaker, time: number, isExact = false): SampleTaker {
  let before: Block | undefined;
  const addBaseline = (): void => {
    const last = before && lastBefore(before, time);
    if (last !== undefined) samples.block(last);
    before = undefined;
  };
  return {
    block(block) {
      if (isExact && block.from < time) before = block;
      if (block.to < time) return;
      addBaseline();
      samples.block(block);
    },
    series() {
      addBaseline();
      return samples.series();
    },
  };
}

function withSamples(
  values: readonly WindowedSeries[],
  samples: readonly SampleSeries[],
): readonly WindowedSeries[] {
  const found = new Map(samples.map((each) => [labelsKey(each.labels), each]));
  return values.map((each) => ({ ...each, samples: found.get(labelsKey(each.labels)) }));
}
