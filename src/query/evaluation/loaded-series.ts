import type { SampleSeries } from "../source.ts";
import { Samples } from "../histograms/samples.ts";
import { LabelSet } from "./label-set.ts";

/** Samples of a series without stale markers, for functions over ranges. */
export interface RangeSeries {
  readonly labels: LabelSet;
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** All samples, if there are histograms among them. */
  readonly samples: Samples | undefined;
}

/** A series of the source. */
export class LoadedSeries implements RangeSeries {
  readonly labels: LabelSet;
  /** With stale markers. */
  readonly raw: SampleSeries;
  #range: RangeSeries | undefined;

  constructor(series: SampleSeries) {
    this.labels = new LabelSet(series.labels);
    this.raw = series;
    // Most series need no preparation.
    if (series.stale === undefined && series.histograms === undefined) this.#range = this;
  }

  get range(): RangeSeries {
    return (this.#range ??= rangeSeries(this.labels, withoutStale(this.raw)));
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
