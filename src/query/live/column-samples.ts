// The samples of one column, from stretches.
import { fromStarts, fromZero, type Life } from "../from-zero.ts";
import { firstAfter } from "../evaluation/sample-search.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import type { Labels, SampleSeries } from "../source.ts";
import { unpackedHistogram } from "./packed-histogram.ts";
import { STRETCH_LENGTH } from "./stretch.ts";
import { StretchRange } from "./stretch-range.ts";

/** A range of stretches, read column by column. Series with all samples share the times. */
export class ColumnSamples {
  readonly #range: StretchRange;
  // Values of the column `#decoded`.
  #values: Float64Array | undefined;
  #decoded = -1;

  constructor(range: StretchRange) {
    this.#range = range;
  }

  /** With all earlier samples that were in memory at the time of the selection. */
  withEarlier(): ColumnSamples {
    const { all, end, decoded } = this.#range;
    return new ColumnSamples(new StretchRange(all, 0, end, decoded));
  }

  /** Whether a column has a sample. */
  has(column: number): boolean {
    return this.#range.stretches.some((stretch) => stretch.bits(column) !== 0);
  }

  /** The samples of a column; `undefined` without any. */
  read(column: number, labels: Labels, isNative: boolean): SampleSeries | undefined {
    const presence = this.#presenceOf(column);
    if (presence === "none") return undefined;
    if (isNative || presence === "some") return this.#readWithGaps(column, labels, isNative);
    return {
      labels,
      times: this.#range.times,
      values: this.#decode(column, new Float64Array(this.#range.times.length)),
    };
  }

  /**
   * The samples of a column, as {@link read} returns them, but decoded when they are used. The values are valid until
   * those of another column are used.
   */
  lazy(column: number, labels: Labels, isNative: boolean): SampleSeries | undefined {
    const isWhole = this.#range.decoded.isWhole(column, this.#range);
    if (!isWhole && (isNative || this.#presenceOf(column) !== "all"))
      return this.read(column, labels, isNative);
    return new LazySeries(this, column, labels);
  }

  /** The samples of a column that began with 0, as {@link fromZero} returns them. */
  fromZero(column: number, labels: Labels, isNative: boolean, beginMillis: number): SampleSeries | undefined {
    const series = this.read(column, labels, isNative);
    return series && fromZero(series, beginMillis);
  }

  /** The samples of a column with these lives, as {@link fromStarts} returns them. */
  fromStarts(
    column: number,
    labels: Labels,
    isNative: boolean,
    lives: readonly Life[],
  ): SampleSeries | undefined {
    const [start = Infinity, end = -Infinity] = [this.times[0], this.times[this.times.length - 1]];
    const begun = lives.filter(({ first }) => first >= start && first <= end);
    if (begun.length === 0) return this.lazy(column, labels, isNative);
    const series = this.read(column, labels, isNative);
    return series && fromStarts(series, begun);
  }

  /** Whether a column has a sample before a time. */
  hasBefore(column: number, time: number): boolean {
    return this.#range.stretches.some((stretch) => {
      const count = firstAfter(stretch.times, time - 1);
      return (stretch.bits(column) & ((1 << count) - 1)) !== 0;
    });
  }

  /** Times of a column with all samples. */
  get times(): Float64Array {
    return this.#range.times;
  }

  /** Values of a column with all samples, valid until those of another column are used. */
  valuesOf(column: number): Float64Array {
    const known = this.#range.decoded.values(column, this.#range);
    if (known !== undefined) return known;
    const values = (this.#values ??= new Float64Array(this.times.length));
    if (this.#decoded !== column) this.#decode(column, values);
    this.#decoded = column;
    return values;
  }

  #presenceOf(column: number): "none" | "some" | "all" {
    let [isAny, isAll] = [false, true];
    for (const stretch of this.#range.stretches) {
      const bits = stretch.bits(column);
      if (bits !== 0) isAny = true;
      if (bits !== (1 << stretch.times.length) - 1) isAll = false;
    }
    if (!isAny) return "none";
    return isAll ? "all" : "some";
  }

  #decode(column: number, values: Float64Array): Float64Array {
    let at = 0;
    for (const stretch of this.#range.stretches) {
      stretch.read(column, values, at);
      at += stretch.times.length;
    }
    return values;
  }

  // The first collection without a series that was present has a stale marker.
  #readWithGaps(column: number, labels: Labels, isNative: boolean): SampleSeries {
    const times: number[] = [];
    const values: number[] = [];
    const stale: number[] = [];
    const histograms: (NativeHistogram | undefined)[] = [];
    const scratch = new Float64Array(STRETCH_LENGTH);
    let wasPresent = this.#range.wasPresent(column);
    for (const stretch of this.#range.stretches) {
      const bits = stretch.bits(column);
      const packed = isNative ? stretch.histograms(column) : [];
      if (!isNative && bits !== 0) stretch.read(column, scratch, 0);
      for (let i = 0, next = 0; i < stretch.times.length; i++) {
        const isPresent = (bits & (1 << i)) !== 0;
        if (isPresent || wasPresent) {
          times.push(stretch.times[i]!);
          stale.push(isPresent ? 0 : 1);
          const histogram = isPresent && isNative ? packed[next] : undefined;
          histograms.push(histogram && unpackedHistogram(histogram));
          values.push(isPresent && !isNative ? scratch[next]! : Number.NaN);
          if (isPresent) next++;
        }
        wasPresent = isPresent;
      }
    }
    return {
      labels,
      times: Float64Array.from(times),
      values: Float64Array.from(values),
      ...(isNative && { histograms }),
      ...(stale.includes(1) && { stale: Uint8Array.from(stale) }),
    };
  }
}

class LazySeries implements SampleSeries {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly #samples: ColumnSamples;
  readonly #column: number;

  constructor(samples: ColumnSamples, column: number, labels: Labels) {
    this.labels = labels;
    this.times = samples.times;
    this.#samples = samples;
    this.#column = column;
  }

  get values(): Float64Array {
    return this.#samples.valuesOf(this.#column);
  }
}
