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

const FIRST_SERIES = 256;
const FIRST_CELLS = 1024;

/** Series with their cells, one after the other. */
export class CellList {
  #ids = new Int32Array(FIRST_SERIES);
  #widths = new Int32Array(FIRST_SERIES);
  #cells = new Float64Array(FIRST_CELLS);
  #series = 0;
  #used = 0;

  /** Forgets everything. */
  clear(): void {
    this.#series = 0;
    this.#used = 0;
  }

  /** How many series there are. */
  get length(): number {
    return this.#series;
  }

  /** Adds a series of one cell. */
  addNumber(id: number, value: number): void {
    this.begin(id, 1);
    this.#cells[this.#used++] = value;
  }

  /** Adds a series of so many cells, which {@link add} is then to be called with. */
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

  /** Gives another id to the series that was added as number `index`. */
  setId(index: number, id: number): void {
    this.#ids[index] = id;
  }

  /** Adds cells of the series that was begun last. */
  add(cells: Float64Array, from: number, count: number): void {
    for (let i = 0; i < count; i++) this.#cells[this.#used++] = cells[from + i]!;
  }

  /** Adds one cell of the series that was begun last. */
  addCell(value: number): void {
    this.#cells[this.#used++] = value;
  }

  /** A copy, in a buffer of its own. */
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
