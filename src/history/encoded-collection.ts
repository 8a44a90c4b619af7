// The encoded form of a collection, sent from the main thread to the thread of the store.
import type { Attributes } from "@opentelemetry/api";
import type { MetricType } from "./question.ts";

/**
 * Layout of a series' cells. All values are cumulative since the start of the series.
 *
 * ```
 * number        value
 * buckets       sum, then one count per bound and one above the last bound; the sum is NaN if unknown
 * exponential   sum, zeroCount, scale, positiveOffset, positiveLength, negativeOffset, negativeLength,
 *               then `positiveLength` positive and `negativeLength` negative counts
 * ```
 *
 * With `hasMinMax` the minimum and maximum of the recorded values come last. They are `Infinity` and `-Infinity` before
 * the first value.
 */
export type SeriesLayout = {
  /** Whether the values were 0 at the start of the series. Unknown if it is missing. */
  readonly isFromZero?: boolean;
} & (
  | { readonly kind: "number" }
  /** Inclusive upper bounds of all buckets but the last. */
  | { readonly kind: "buckets"; readonly bounds: readonly number[]; readonly hasMinMax?: boolean }
  | { readonly kind: "exponential"; readonly hasMinMax?: boolean }
);

/** The description of a series, sent once with the first collection that contains it. */
export interface SeriesDescription {
  /** Unique in its origin on the main thread, counted from 0. */
  readonly id: number;
  readonly metric: string;
  readonly prometheusName: string;
  readonly type: MetricType;
  readonly unit: string;
  readonly description: string;
  readonly layout: SeriesLayout;
  /** Empty if `attributesJson` is set. */
  readonly attributes: Attributes;
  /** Many or long attributes: sorted JSON as UTF-8, transferred. */
  readonly attributesJson?: readonly ArrayBuffer[];
  readonly scope: {
    readonly name: string;
    readonly version: string;
    readonly schemaUrl?: string;
    readonly attributes?: Attributes;
  };
  /** Whole milliseconds since the epoch; 0 for gauges. */
  readonly startTimeUnixMillis: number;
}

/** Origin of series: collections of metrics, or rules, whose samples have times of their own. */
export type Origin = "metrics" | "rules";

/** A collection to be posted with its {@link transferables}. */
export interface EncodedCollection {
  /** @defaultValue "metrics" */
  readonly origin?: Origin;
  readonly timeUnixMillis: number;
  /** Constant for the life of a process. */
  readonly resource: Attributes;
  /** In ascending order of ids. */
  readonly newSeries: readonly SeriesDescription[];
  /**
   * ```
   * float64   number of series n, number of cells c
   * float64   cells of all series, in order                     × c
   * int32     ids of the series                                 × n
   * int32     numbers of cells of the series                    × n
   * ```
   */
  readonly buffer: ArrayBuffer;
}

/** The buffers to transfer. */
export function transferables({ buffer, newSeries }: EncodedCollection): readonly ArrayBuffer[] {
  return [buffer, ...newSeries.flatMap(({ attributesJson = [] }) => attributesJson)];
}

const HEADER = 2;

/** Views of the buffer. */
export interface CollectionCells {
  readonly ids: Int32Array;
  readonly widths: Int32Array;
  readonly cells: Float64Array;
}

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

export function cellsFrom(buffer: ArrayBuffer): CollectionCells {
  const [seriesCount = 0, cellCount = 0] = new Float64Array(buffer, 0, HEADER);
  const idsAt = 8 * (HEADER + cellCount);
  return {
    cells: new Float64Array(buffer, 8 * HEADER, cellCount),
    ids: new Int32Array(buffer, idsAt, seriesCount),
    widths: new Int32Array(buffer, idsAt + 4 * seriesCount, seriesCount),
  };
}

const FIRST_SERIES = 256;
const FIRST_CELLS = 1024;

export class CellList {
  #ids = new Int32Array(FIRST_SERIES);
  #widths = new Int32Array(FIRST_SERIES);
  #cells = new Float64Array(FIRST_CELLS);
  #series = 0;
  #used = 0;

  clear(): void {
    this.#series = 0;
    this.#used = 0;
  }

  get length(): number {
    return this.#series;
  }

  addNumber(id: number, value: number): void {
    this.begin(id, 1);
    this.#cells[this.#used++] = value;
  }

  /** Begins a series of `width` cells; pass them to {@link add} next. */
  begin(id: number, width: number): void {
    if (this.#series === this.#ids.length) {
      this.#ids = grown(this.#ids, new Int32Array(2 * this.#series));
      this.#widths = grown(this.#widths, new Int32Array(2 * this.#series));
    }
    if (this.#used + width > this.#cells.length)
      this.#cells = grown(this.#cells, new Float64Array(2 * (this.#used + width)));
    this.#ids[this.#series] = id;
    this.#widths[this.#series++] = width;
  }

  setId(index: number, id: number): void {
    this.#ids[index] = id;
  }

  /** Adds cells to the current series. */
  add(cells: Float64Array, from: number, count: number): void {
    for (let i = 0; i < count; i++) this.#cells[this.#used++] = cells[from + i]!;
  }

  addCell(value: number): void {
    this.#cells[this.#used++] = value;
  }

  /** Copies the content to a buffer of exact size. */
  toBuffer(): ArrayBuffer {
    const { buffer, ids, widths, cells } = emptyCells(this.#series, this.#used);
    ids.set(this.#ids.subarray(0, this.#series));
    widths.set(this.#widths.subarray(0, this.#series));
    cells.set(this.#cells.subarray(0, this.#used));
    return buffer;
  }
}

function grown<Numbers extends Int32Array | Float64Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
