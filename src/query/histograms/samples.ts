// The samples of one series, with what windows over them share.
import type { NativeHistogram } from "../native-histogram.ts";
import { sameBounds } from "./bucket-bounds.ts";
import { equal } from "./equal.ts";
import { isReset } from "./is-reset.ts";

/** Columns of samples in order of time, without stale ones. `values[i]` is a sample if `histograms[i]` is undefined. */
export interface SampleColumns {
  /** Unix milliseconds, strictly ascending. */
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly histograms: readonly (NativeHistogram | undefined)[];
}

/** The samples of one window: those from `first` to before `end`. */
export interface Window {
  readonly samples: Samples;
  readonly first: number;
  /** Excluded. More than `first`. */
  readonly end: number;
}

/**
 * The samples of one series. Resets are found once for each sample, so that a window over them costs the same for any
 * number of samples.
 */
export class Samples implements SampleColumns {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly histograms: readonly (NativeHistogram | undefined)[];
  // Entry `i` counts the histograms, resets, changes of value or of layout among the samples below `i`.
  readonly #histograms: Uint32Array;
  #resets: Uint32Array | undefined;
  #changes: Uint32Array | undefined;
  #layouts: Uint32Array | undefined;

  constructor({ times, values, histograms }: SampleColumns) {
    this.times = times;
    this.values = values;
    this.histograms = histograms;
    this.#histograms = running(times.length, (i) => histograms[i] !== undefined);
  }

  /** Kinds of the samples of a window. */
  has(first: number, end: number): "floats" | "histograms" | "both" {
    const count = this.#histograms[end]! - this.#histograms[first]!;
    if (count === 0) return "floats";
    return count === end - first ? "histograms" : "both";
  }

  /** Number of resets after sample `first`, up to before `end`. A change between float and histogram is one. */
  resets(first: number, end: number): number {
    this.#resets ??= running(this.times.length, (i) => i > 0 && this.#isReset(i));
    return this.#resets[end]! - this.#resets[first + 1]!;
  }

  /** Number of samples after sample `first`, up to before `end`, that differ from the one before. */
  changes(first: number, end: number): number {
    this.#changes ??= running(this.times.length, (i) => i > 0 && this.#isChange(i));
    return this.#changes[end]! - this.#changes[first + 1]!;
  }

  /** Whether all samples of a window are histograms of one layout, and no gauges. */
  isUniform(first: number, end: number): boolean {
    this.#layouts ??= running(this.times.length, (i) => i > 0 && !this.#hasLayoutOfBefore(i));
    return this.#layouts[end] === this.#layouts[first + 1] && this.#isCounter(first);
  }

  #isReset(i: number): boolean {
    const [before, now] = [this.histograms[i - 1], this.histograms[i]];
    if (before !== undefined && now !== undefined) return isReset(before, now);
    return before !== now || this.values[i]! < this.values[i - 1]!;
  }

  #isChange(i: number): boolean {
    const [before, now] = [this.histograms[i - 1], this.histograms[i]];
    if (before !== undefined && now !== undefined) return !equal(before, now);
    if (before !== now) return true;
    const [valueBefore, value] = [this.values[i - 1]!, this.values[i]!];
    return value !== valueBefore && !(Number.isNaN(value) && Number.isNaN(valueBefore));
  }

  #hasLayoutOfBefore(i: number): boolean {
    const [before, now] = [this.histograms[i - 1], this.histograms[i]];
    return (
      before !== undefined &&
      now !== undefined &&
      before.schema === now.schema &&
      before.resetHint !== "gauge" &&
      now.resetHint !== "gauge" &&
      sameBounds(before.customBounds, now.customBounds)
    );
  }

  #isCounter(i: number): boolean {
    const histogram = this.histograms[i];
    return histogram !== undefined && histogram.resetHint !== "gauge";
  }
}

// Entry `i` is the number of indexes below `i` for which the condition holds.
function running(length: number, holds: (i: number) => boolean): Uint32Array {
  const counts = new Uint32Array(length + 1);
  for (let i = 0; i < length; i++) counts[i + 1] = counts[i]! + (holds(i) ? 1 : 0);
  return counts;
}
