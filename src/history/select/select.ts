// Selection of samples from the store, for queries in PromQL, and of functions over windows of them.
import { samplesAlone, type WindowedSeries, type WindowSelection } from "../../query/capable-source.ts";
import type { Labels, Selection } from "../../query/source.ts";
import { labelsTest } from "../../query/evaluation/matchers.ts";
import type { WindowFunction, Windows } from "../../query/windows.ts";
import type { Store } from "../store/index.ts";
import { SAMPLE_SCOPE } from "../store/stored.ts";
import { LaneWindows, type WindowBudget } from "../windows/lane-windows.ts";
import { LaneSamples } from "./lane-samples.ts";
import { matchingMetrics, type MatchingMetric, type OpenLane, walkLanes } from "./matching-metrics.ts";
import { withMarkers } from "./stale-markers.ts";
import { withinWindows } from "./within-windows.ts";

/** A selection without its signal, which cannot be sent to another thread. With an operation, its values are selected. */
export type SentSelection = Omit<Selection, "signal"> &
  Partial<Pick<WindowSelection, "windows" | "operation">>;

/** The selected series, or the reason for which there are too many samples. */
export interface Selected {
  readonly problem?: string;
  readonly series: readonly WindowedSeries[];
}

// Samples are held in memory, at least two numbers each.
const MAX_SAMPLES = 10_000_000;
// Values of windows are held in memory, up to nine numbers each.
const MAX_WINDOWS = 2_000_000;

const TOO_MANY: Selected = {
  problem: `the selection has more than ${MAX_SAMPLES} samples; use a shorter range or fewer series`,
  series: [],
};

class TooManySamples extends Error {}

/**
 * Selects series under the names and labels of Prometheus. Series of consecutive processes are joined. Those of processes
 * that ran at the same time have the label `service_instance_id`.
 *
 * @param isCancelled polled during the work
 * @throws CancelledError once `isCancelled` returns true
 */
export function select(
  store: Store,
  selection: SentSelection,
  isCancelled: () => boolean = () => false,
): Selected {
  const { matchers, windows, operation } = selection;
  const selecting = new Selecting(store, selection, isCancelled);
  // By labels. Metrics of two types may have the same name in Prometheus; the first one counts.
  const series = new Map<string, WindowedSeries>();
  try {
    for (const metric of matchingMetrics(store, matchers)) {
      const found =
        windows === undefined || operation === undefined
          ? selecting.samples(metric)
          : selecting.values(metric, windows, operation);
      for (const each of found.flat()) {
        const key = JSON.stringify(each.labels);
        if (!series.has(key)) series.set(key, each);
      }
    }
  } catch (error) {
    if (error instanceof TooManySamples) return TOO_MANY;
    throw error;
  }
  return { series: [...series.values()] };
}

/** One selection from a store. Series are returned by lane. */
class Selecting {
  readonly #store: Store;
  readonly #selection: SentSelection;
  readonly #isCancelled: () => boolean;
  readonly #isWanted: (labels: Labels) => boolean;
  readonly #known: number;
  readonly #budget: WindowBudget = { left: MAX_WINDOWS };
  #samplesLeft = MAX_SAMPLES;

  constructor(store: Store, selection: SentSelection, isCancelled: () => boolean) {
    this.#store = store;
    this.#selection = selection;
    this.#isCancelled = isCancelled;
    this.#isWanted = labelsTest(selection.matchers);
    this.#known = Math.min(store.usage().newest ?? -Infinity, selection.to);
  }

  /** @param isLaneWanted called with the number of each lane */
  samples(
    metric: MatchingMetric,
    isLaneWanted: (lane: number) => boolean = () => true,
  ): readonly (readonly WindowedSeries[])[] {
    const lanes: LaneSamples[] = [];
    this.#walk(metric, (lane) => {
      const isWanted = isLaneWanted(lanes.length) ? this.#isWanted : () => false;
      const samples = new LaneSamples(lane, isWanted, this.#selection);
      lanes.push(samples);
      return (block) => {
        this.#samplesLeft -= samples.add(block);
        if (this.#samplesLeft < 0) throw new TooManySamples();
      };
    });
    return lanes.map((lane) =>
      lane
        .series()
        .map((series) =>
          samplesAlone(withinWindows(withMarkers(series, this.#known), this.#selection.needed)),
        ),
    );
  }

  /** Values of windows, and samples of the lanes whose values cannot be computed from summaries. */
  values(
    metric: MatchingMetric,
    windows: Windows,
    operation: WindowFunction,
  ): readonly (readonly WindowedSeries[])[] {
    const { from, to } = this.#selection;
    const task = { windows, operation, from, to, known: this.#known };
    const lanes: LaneWindows[] = [];
    this.#walk(metric, (lane, { series }) => {
      const values = new LaneWindows(lane, this.#isWanted, task, this.#budget);
      // Several samples may have the same time.
      if (series.metric.scope.name === SAMPLE_SCOPE.name) values.giveUp();
      lanes.push(values);
      return (block) => values.add(block);
    });
    const found = lanes.map((lane) => lane.series());
    if (!found.includes(undefined)) return found.map((series = []) => series);
    // The lanes are opened in the same order.
    const samples = this.samples(metric, (lane) => found[lane] === undefined);
    return found.map((series, lane) => series ?? samples[lane] ?? []);
  }

  #walk(metric: MatchingMetric, open: OpenLane): void {
    walkLanes(this.#store, metric, this.#selection, open, this.#isCancelled);
  }
}
