// Selection of samples from the store, for queries in PromQL, and of functions over windows of them.
import { samplesAlone, type WindowedSeries, type WindowSelection } from "../../query/windowed-series.ts";
import type { Labels, SampleSeries, Selection } from "../../query/source.ts";
import { fromZero, type Pause } from "../../query/from-zero.ts";
import { labelsTest } from "../../query/evaluation/matchers.ts";
import type { WindowFunction, Windows } from "../../query/windows.ts";
import { overlapping } from "../comparison.ts";
import type { Store } from "../store/index.ts";
import {
  laneSamples,
  laneValues,
  type OpenLane,
  type SampleTaker,
  type SelectedLanes,
} from "../windows/lane-values.ts";
import { type WindowBudget, windowBudget } from "../windows/lane-windows.ts";
import { LaneSamples } from "./lane-samples.ts";
import {
  matchingMetrics,
  type MatchingMetric,
  type ViewedMatchers,
  walkLanes,
  type WalkedRange,
} from "./matching-metrics.ts";
import { labelsOfBlock, type NamedLane } from "./named-lane.ts";
import { idOf, isOtherService, serviceOf } from "./lanes.ts";
import { withMarkers } from "./stale-markers.ts";
import type { OwnProcess } from "./stored-view.ts";
import { targetInfo } from "./target-info.ts";
import { withinWindows } from "./within-windows.ts";

/** A selection without its signal, which cannot be sent to another thread. With an operation, its values are selected. */
export type SentSelection = Omit<Selection, "signal"> &
  ViewedMatchers &
  Partial<Pick<WindowSelection, "windows" | "operation" | "samplesFrom">>;

/** The selected series, or the reason for which there are too many samples. */
export interface Selected {
  readonly problem?: string;
  readonly series: readonly WindowedSeries[];
}

// Samples are held in memory, at least two numbers each.
const MAX_SAMPLES = 10_000_000;

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
  const { windows, operation } = selection;
  const selecting = new Selecting(store, selection, isCancelled);
  // By labels. Metrics of two types may have the same name in Prometheus; the first one counts.
  const series = new Map<string, WindowedSeries>();
  try {
    for (const metric of matchingMetrics(store, selection)) {
      const found =
        windows === undefined || operation === undefined
          ? laneSamples(selecting.lanesOf(metric)).flatMap((lane) => lane.map(samplesAlone))
          : selecting.values(metric, windows, operation);
      for (const each of found) {
        const key = JSON.stringify(each.labels);
        if (!series.has(key)) series.set(key, each);
      }
    }
    for (const each of selecting.targetInfo()) series.set(JSON.stringify(each.labels), each);
  } catch (error) {
    if (error instanceof TooManySamples) return TOO_MANY;
    throw error;
  }
  return { series: [...series.values()] };
}

/** The labels of the selected series. No sample is decoded: a series has samples in the range or near it. */
export function selectLabels(
  store: Store,
  selection: SentSelection,
  isCancelled: () => boolean = () => false,
): readonly Labels[] {
  const isWanted = labelsTest(selection.matchers);
  const found = new Map<string, Labels>();
  const open: OpenLane = (lane) => ({
    block(block) {
      for (const labels of labelsOfBlock(lane, block))
        if (isWanted(labels)) found.set(JSON.stringify(labels), labels);
    },
  });
  for (const metric of matchingMetrics(store, selection))
    walkLanes(store, metric, selection, open, isCancelled);
  for (const { labels } of targetInfo(store, selection)) found.set(JSON.stringify(labels), labels);
  return [...found.values()];
}

/** One selection from a store. */
class Selecting {
  readonly #store: Store;
  readonly #selection: SentSelection;
  readonly #isCancelled: () => boolean;
  readonly #isWanted: (labels: Labels) => boolean;
  readonly #known: number;
  readonly #range: WalkedRange;
  readonly #budget: WindowBudget = windowBudget();
  #samplesLeft = MAX_SAMPLES;
  #pauses: readonly Pause[] | undefined;

  constructor(store: Store, selection: SentSelection, isCancelled: () => boolean) {
    this.#store = store;
    this.#selection = selection;
    this.#isCancelled = isCancelled;
    this.#isWanted = labelsTest(selection.matchers);
    this.#known = Math.min(store.span().newest ?? -Infinity, selection.to);
    const { from, to, view, isFromZero, isExact } = selection;
    // All counts since a beginning whose samples were removed would be in the first window.
    const since = isFromZero === true || isExact === true ? store.keptSince() : undefined;
    this.#range = { from, to, view, ...(isExact === true ? { exactSince: since } : { zerosFrom: since }) };
  }

  lanesOf(metric: MatchingMetric): SelectedLanes {
    return {
      isWanted: this.#isWanted,
      walk: (open) => walkLanes(this.#store, metric, this.#range, open, this.#isCancelled),
      collect: (lane, from) => this.#collect(lane, from),
    };
  }

  values(metric: MatchingMetric, windows: Windows, operation: WindowFunction): readonly WindowedSeries[] {
    const { from, to, samplesFrom, isExact } = this.#selection;
    const pauses = (this.#pauses ??= this.#foundPauses());
    const task = { windows, operation, samplesFrom, pauses, isExact, from, to, known: this.#known };
    return laneValues(this.lanesOf(metric), task, this.#budget);
  }

  /** Series of `target_info`, as samples. */
  targetInfo(): readonly WindowedSeries[] {
    return targetInfo(this.#store, this.#selection).map((series) => samplesAlone(this.#finished(series)));
  }

  // Only charts know them.
  #foundPauses(): readonly Pause[] {
    const { isFromZero, view } = this.#selection;
    return isFromZero === true ? pausesOf(this.#store, view?.own) : [];
  }

  #collect(lane: NamedLane, from = this.#selection.from): SampleTaker {
    const samples = new LaneSamples(lane, this.#isWanted, { ...this.#selection, from });
    return {
      block: (block) => {
        this.#samplesLeft -= samples.add(block);
        if (this.#samplesLeft < 0) throw new TooManySamples();
      },
      series: () => samples.series().map((series) => this.#finished(series, lane)),
    };
  }

  #finished(series: Omit<SampleSeries, "stale">, lane?: NamedLane): SampleSeries {
    const { beginMillis, endMillis } = lane ?? {};
    if (this.#selection.isExact === true) return series;
    const marked = withMarkers(series, this.#known, endMillis);
    const whole = beginMillis === undefined ? marked : fromZero(marked, beginMillis);
    return withinWindows(whole, this.#selection.needed);
  }
}

/** The pauses between the processes whose series are in a view, in order of time. */
export function pausesOf(store: Pick<Store, "keptSince" | "processes">, own?: OwnProcess): readonly Pause[] {
  const stored = store.processes();
  const processes = stored.flatMap(({ resource, from, to }) => {
    const isOther = own === undefined || isOtherService(serviceOf({ resource }), own);
    if (isOther && own?.isAlone === true) return [];
    const instance = idOf({ resource });
    return { instance, isOwn: !isOther && instance === own.instance, from, to };
  });
  if (own !== undefined)
    processes.push({ instance: own.instance, isOwn: true, from: own.sinceUnixMillis, to: Infinity });
  const pauses: Pause[] = [];
  let end = -Infinity;
  for (const together of overlapping(processes)) {
    // As for series: only one of several processes at a time is seen.
    const isShared = own?.isAlone === true && new Set(together.map(({ instance }) => instance)).size > 1;
    const seen = isShared ? together.filter(({ isOwn }) => isOwn) : together;
    if (seen.length === 0) continue;
    pauses.push({ from: end, to: Math.min(...seen.map(({ from }) => from)) });
    end = Math.max(...seen.map(({ to }) => to));
  }
  const since = store.keptSince(stored);
  return pauses.map(({ from, to }) => ({ from, to: from < since ? Math.max(to, since) : to }));
}
