/**
 * Encoding of the points of a chunk, which has several series of one metric:
 *
 * ```
 * number of times; the times as a column
 * for each series: size of its part
 * for each series: 0 if it has a point at each time, else 1 and one bit per time, lowest bit first;
 *                  then one column per cell of its rows; for histograms with extremes, a column of minimums
 *                  and a column of maximums
 * ```
 */
import { ByteWriter } from "../../io/bytes/writer.ts";
import { ByteReader, readColumn, writeColumn } from "../../io/bytes/number-column.ts";
import { EXTREME_CELLS } from "./histogram-cells.ts";

export interface ChunkSeries {
  readonly times: Float64Array;
  readonly rows: Float64Array;
  readonly width: number;
  /** For histograms: the recorded minimum and maximum of each row. */
  readonly extremes?: Float64Array | undefined;
}

export function encodePoints(series: readonly ChunkSeries[], times: Float64Array): Uint8Array {
  const body = new ByteWriter(1_024 * series.length);
  const sizes = series.map((each) => {
    const before = body.length;
    writeSeries(body, each, times);
    return body.length - before;
  });
  const writer = new ByteWriter(body.length + 16 * times.length + 10 * sizes.length);
  writer.varint(times.length);
  writeColumn(writer, times);
  writer.reserve(10 * sizes.length);
  for (const size of sizes) writer.varint(size);
  writer.copy(body.bytes, 0, body.length);
  return writer.take();
}

function writeSeries(writer: ByteWriter, series: ChunkSeries, allTimes: Float64Array): void {
  const { times, rows, width, extremes } = series;
  if (times.length === allTimes.length) writer.byte(0);
  else writePresence(writer, times, allTimes);
  const column = new Float64Array(times.length);
  writeColumns(writer, column, rows, width);
  if (extremes !== undefined) writeColumns(writer, column, extremes, EXTREME_CELLS);
}

// `column` is overwritten.
function writeColumns(writer: ByteWriter, column: Float64Array, rows: Float64Array, width: number): void {
  for (let cell = 0; cell < width; cell++) {
    for (let i = 0; i < column.length; i++) column[i] = rows[i * width + cell]!;
    writeColumn(writer, column);
    writer.reserve(0);
  }
}

function writePresence(writer: ByteWriter, times: Float64Array, allTimes: Float64Array): void {
  const present = new Uint8Array((allTimes.length + 7) >> 3);
  let next = 0;
  for (let i = 0; i < allTimes.length; i++) {
    if (times[next] !== allTimes[i]) continue;
    present[i >> 3]! |= 1 << (i & 7);
    next++;
  }
  writer.reserve(1);
  writer.byte(1);
  writer.copy(present, 0, present.length);
}

export interface Rows {
  readonly rows: Float64Array;
  readonly extremes: Float64Array | undefined;
}

/** Points decoded series by series. Throws for bytes not written by {@link encodePoints}. */
export class EncodedPoints {
  readonly #reader: ByteReader;
  readonly #times: Float64Array;
  // The start of each series, then the end of the last one.
  readonly #starts: number[];

  constructor(bytes: Uint8Array, counts: { readonly times: number; readonly series: number }) {
    const reader = new ByteReader(bytes);
    this.#reader = reader;
    if (reader.varint() !== counts.times) throw new RangeError("unexpected number of times");
    this.#times = new Float64Array(counts.times);
    readColumn(reader, this.#times, counts.times);
    const starts = [0];
    for (let i = 0; i < counts.series; i++) starts.push(starts[i]! + reader.varint());
    const begin = reader.at;
    this.#starts = starts.map((start) => begin + start);
    if (this.#starts.at(-1) !== reader.length) throw new RangeError("unexpected size of series");
  }

  times(index: number): Float64Array {
    this.#reader.at = this.#starts[index]!;
    return this.#readTimes();
  }

  /** `extremes` is undefined if the series has none. */
  rows(index: number, width: number, hasExtremes: boolean): Rows {
    this.#reader.at = this.#starts[index]!;
    const count = this.#readTimes().length;
    const rows = this.#columns(count, width);
    const extremes = hasExtremes ? this.#columns(count, EXTREME_CELLS) : undefined;
    if (this.#reader.at !== this.#starts[index + 1]) throw new RangeError("unexpected size of rows");
    return { rows, extremes };
  }

  #columns(count: number, width: number): Float64Array {
    const rows = new Float64Array(count * width);
    for (let cell = 0; cell < width; cell++) readColumn(this.#reader, rows, count, cell, width);
    return rows;
  }

  #readTimes(): Float64Array {
    if (this.#reader.byte() === 0) return this.#times;
    const present = this.#reader.take((this.#times.length + 7) >> 3);
    return this.#times.filter((_, i) => ((present[i >> 3]! >> (i & 7)) & 1) === 1);
  }
}
