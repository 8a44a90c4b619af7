// Values of functions over windows, which a source may compute from less than all samples.
import type { Labels, SampleSeries, Selection } from "./source.ts";
import type { WindowFunction, Windows } from "./windows.ts";

/** Selection of the values of a function over windows. */
export interface WindowSelection extends Selection {
  readonly windows: Windows;
  readonly operation: WindowFunction;
  /** Time from which series with values have samples, too, for further windows. If exact, also the last sample before. */
  readonly samplesFrom?: number | undefined;
}

/** Values of a function over the windows of one series. */
export interface WindowedSeries {
  readonly labels: Labels;
  /** Values in the first windows; possibly not in all of them. */
  readonly values: Float64Array;
  /** 1 if the function has a value in a window, else 0. */
  readonly cells: Uint8Array;
  /** `undefined`, unless samples were selected. All of them if there are no values, else those beside the values. */
  readonly samples: SampleSeries | undefined;
}

const NO_VALUES = new Float64Array();
const NO_CELLS = new Uint8Array();

/** A series whose windows have no computed values. */
export function samplesAlone(samples: SampleSeries): WindowedSeries {
  return { labels: samples.labels, values: NO_VALUES, cells: NO_CELLS, samples };
}
