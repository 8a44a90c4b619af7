import type { SampleSeries } from "../source.ts";
import type { WindowedSeries } from "../windowed-series.ts";
import type { Windows } from "../windows.ts";
import { Samples } from "../histograms/samples.ts";
import type { Frame } from "./frame.ts";
import type { LabelSet } from "./label-set.ts";

/** Samples of a series without stale markers, for functions over ranges. */
export interface RangeSeries {
  readonly labels: LabelSet;
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** All samples, if there are histograms among them. */
  readonly samples: Samples | undefined;
  /** Values that the source has computed, from the first window on. */
  readonly computed?: ComputedWindows | undefined;
}

/** Values of a function over windows. */
export interface ComputedWindows extends Pick<WindowedSeries, "values" | "cells"> {
  /** All windows; there may be fewer values. */
  readonly windows: Windows;
}

/** A series of the source. */
export class LoadedSeries implements RangeSeries {
  readonly labels: LabelSet;
  /** With stale markers. */
  readonly raw: SampleSeries;
  readonly computed: ComputedWindows | undefined;
  #range: RangeSeries | undefined;

  constructor(series: SampleSeries, computed: ComputedWindows | undefined, labels: LabelSet) {
    this.labels = labels;
    this.raw = series;
    this.computed = computed;
    // Most series need no preparation.
    if (series.stale === undefined && series.histograms === undefined) this.#range = this;
  }

  get range(): RangeSeries {
    return (this.#range ??= { ...rangeSeries(this.labels, withoutStale(this.raw)), computed: this.computed });
  }

  get times(): Float64Array {
    return this.raw.times;
  }

  // Not kept: a source may decode them each time.
  get values(): Float64Array {
    return this.raw.values;
  }

  readonly samples = undefined;
}

/**
 * Copies computed values to a row of a frame, and returns the number of steps that have them.
 *
 * @throws TypeError if they were computed for other steps
 */
export function copyComputed(
  computed: ComputedWindows | undefined,
  frame: Frame,
  row: number,
  { firstEnd, apart }: Pick<Windows, "firstEnd" | "apart">,
): number {
  if (computed === undefined) return 0;
  const { windows, values, cells } = computed;
  const isSame = windows.firstEnd === firstEnd && windows.count === frame.steps;
  if (!isSame || (windows.count > 1 && windows.apart !== apart))
    throw new TypeError("the windows of a selector were computed for other steps");
  frame.values.set(values, row * frame.steps);
  frame.cells.set(cells, row * frame.steps);
  return values.length;
}

/** Prepares samples without stale markers. */
export function rangeSeries(
  labels: LabelSet,
  { times, values, histograms }: Pick<SampleSeries, "times" | "values" | "histograms">,
): RangeSeries {
  const samples =
    histograms?.some((histogram) => histogram !== undefined) === true
      ? new Samples({ times, values, histograms })
      : undefined;
  return { labels, times, values, samples };
}

function withoutStale(series: SampleSeries): Pick<SampleSeries, "times" | "values" | "histograms"> {
  const { times, values, stale, histograms } = series;
  if (stale === undefined || !stale.includes(1)) return series;
  const kept: number[] = [];
  for (let i = 0; i < times.length; i++) if (stale[i] !== 1) kept.push(i);
  return {
    times: Float64Array.from(kept, (i) => times[i]!),
    values: Float64Array.from(kept, (i) => values[i]!),
    histograms: histograms === undefined ? undefined : kept.map((i) => histograms[i]),
  };
}
