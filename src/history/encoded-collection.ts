// One collection on its way from the main thread to the one that owns the store.
import type { Attributes } from "@opentelemetry/api";
import type { MetricType } from "./question.ts";

/**
 * What the cells of a series say, from its start on (cumulative):
 *
 *     number        value
 *     buckets       sum, then one count for each bound and one above the last; a sum that says nothing is NaN
 *     exponential   sum, zeroCount, scale, positiveOffset, positiveLength, negativeOffset, negativeLength,
 *                   then so many positive and negative counts
 *
 * With `hasMinMax` the least and the greatest recorded value come last; `Infinity` and `-Infinity` before the first one.
 */
export type SeriesLayout =
  | { readonly kind: "number" }
  /** `bounds`: inclusive upper bounds of all buckets but the last, rising. */
  | { readonly kind: "buckets"; readonly bounds: readonly number[]; readonly hasMinMax?: boolean }
  | { readonly kind: "exponential"; readonly hasMinMax?: boolean };

/** What a series is. It comes along once, with the first collection that holds the series. */
export interface SeriesDescription {
  /** The number that the series has on its main thread: from 0, never given to another. */
  readonly id: number;
  /** OpenTelemetry's name of the metric. */
  readonly metric: string;
  /** Prometheus' name of it. */
  readonly prometheusName: string;
  readonly type: MetricType;
  readonly unit: string;
  readonly description: string;
  readonly layout: SeriesLayout;
  /** Empty if they are in `attributesJson`. */
  readonly attributes: Attributes;
  /** Very many attributes, or long ones: their JSON as UTF-8, sorted by key, in pieces that are to be transferred. */
  readonly attributesJson?: readonly ArrayBuffer[];
  readonly scope: { readonly name: string; readonly version: string; readonly attributes?: Attributes };
  /** Since when the series has been measured, in whole milliseconds since the epoch; 0 for gauges, which have no beginning. */
  readonly startTimeUnixMillis: number;
}

/** A collection that can be posted to another thread; {@link transferables} are to be transferred. */
export interface EncodedCollection {
  /** When it was collected, in whole milliseconds since the epoch. */
  readonly timeUnixMillis: number;
  /** Who is measured: the same for as long as the process runs. */
  readonly resource: Attributes;
  /** The series that come for the first time, in the order of their ids. */
  readonly newSeries: readonly SeriesDescription[];
  /**
   * ```
   * float64   number of series n, number of cells c
   * float64   the cells of all series, one after the other      × c
   * int32     ids of the series                                 × n
   * int32     numbers of cells of the series                    × n
   * ```
   */
  readonly buffer: ArrayBuffer;
}

/** The buffers of a collection that need not be copied for another thread. */
export function transferables({ buffer, newSeries }: EncodedCollection): readonly ArrayBuffer[] {
  return [buffer, ...newSeries.flatMap(({ attributesJson = [] }) => attributesJson)];
}

const HEADER = 2;

/** The parts of an encoded collection's buffer, in place. */
export interface CollectionCells {
  readonly ids: Int32Array;
  /** How many cells each series has. */
  readonly widths: Int32Array;
  /** The cells of all series, one after the other. */
  readonly cells: Float64Array;
}

/** An empty buffer for so many series and cells, with its parts to be written to. */
export function emptyCells(
  seriesCount: number,
  cellCount: number,
): CollectionCells & { buffer: ArrayBuffer } {
  const buffer = new ArrayBuffer(8 * (HEADER + cellCount) + 8 * seriesCount);
  const header = new Float64Array(buffer, 0, HEADER);
  header[0] = seriesCount;
  header[1] = cellCount;
  return { buffer, ...cellsFrom(buffer) };
}

/** The parts of a buffer that `emptyCells` made. */
export function cellsFrom(buffer: ArrayBuffer): CollectionCells {
  const [seriesCount = 0, cellCount = 0] = new Float64Array(buffer, 0, HEADER);
  const idsAt = 8 * (HEADER + cellCount);
  return {
    cells: new Float64Array(buffer, 8 * HEADER, cellCount),
    ids: new Int32Array(buffer, idsAt, seriesCount),
    widths: new Int32Array(buffer, idsAt + 4 * seriesCount, seriesCount),
  };
}
