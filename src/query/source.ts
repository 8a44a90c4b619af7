// Interface of the sources of samples: live columns, history, or a test.
import type { NativeHistogram } from "./native-histogram.ts";
import type { Windows } from "./windows.ts";

/** Labels of a series, the name as `__name__` included. Keys are sorted by UTF-16 code units; no value is empty. */
export type Labels = Readonly<Record<string, string>>;

/** A condition for one label. A missing label is an empty one. */
export interface Matcher {
  /** Name of the label; `__name__` for the metric. */
  readonly label: string;
  /** Equal, not equal, or the same for a regular expression that is anchored at both ends. */
  readonly operator: "=" | "!=" | "=~" | "!~";
  /** The value or the regular expression, in RE2 syntax. */
  readonly value: string;
}

/** Samples of one series in order of time. Columns of one length; callers do not change them. */
export interface SampleSeries {
  /** Labels of the series. */
  readonly labels: Labels;
  /** Unix milliseconds, whole numbers, strictly ascending. */
  readonly times: Float64Array;
  /** The values. */
  readonly values: Float64Array;
  /** Defined if the sample is a native histogram: its entry of `values` has no meaning. `undefined` without any. */
  readonly histograms?: readonly (NativeHistogram | undefined)[] | undefined;
  /** 1 if the series has ended (a stale marker): its entry of `values` has no meaning. `undefined` without any. */
  readonly stale?: Uint8Array | undefined;
}

/** Windows whose samples are needed. Samples after `until` are needed in any case. */
export interface NeededWindows extends Windows {
  /** In Unix milliseconds. */
  readonly until: number;
}

/** Selection of samples. */
export interface Selection {
  /** All of them must hold. */
  readonly matchers: readonly Matcher[];
  /** First time, in Unix milliseconds, included. */
  readonly from: number;
  /** Last time, in Unix milliseconds, included. */
  readonly to: number;
  /** Ends the selection. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Samples that no window contains are not needed, and may be left out. For exact increases, those may be left out between
   * which no window begins or ends, and no value falls. @internal
   */
  readonly needed?: NeededWindows | undefined;
  /** Whether a cumulative series that began within the times has a sample of 0 there, if the source knows it. @internal */
  readonly isFromZero?: boolean | undefined;
  /**
   * Whether exact increases need the samples. Then each series has its last sample before the times, too. A sample of 0 is
   * before the first one after each start that the source knows. @internal
   */
  readonly isExact?: boolean | undefined;
  /** Earliest time that the selections of an expression need: all of them have the same samples. @internal */
  readonly earliest?: number | undefined;
}

/**
 * A source of samples for `query()` and `queryRange()`. Each series of the selection is returned once, in any order; one
 * without samples in the range may be missing. It may return more samples than asked for.
 */
export interface Source {
  /** Returns the series of a selection. */
  select(selection: Selection): AsyncIterable<SampleSeries>;
}
