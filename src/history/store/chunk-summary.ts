/**
 * Encoding of the summary of a chunk, from which wide queries are computed:
 *
 * ```
 * first time; last time - first time; number of times; number of series
 * for each series: id - previous id; flags; if it lacks some of the times: its number of times,
 *                  its first time - first time of the chunk, its last time - first time of the chunk
 * for each series: figures according to its flags
 * ```
 *
 * Figures of numbers:
 *
 * ```
 * first value; unless constant: last value, sum; unless never falling: minimum, maximum, increase
 * ```
 *
 * Figures of histograms:
 *
 * ```
 * size of the following figures; number of cells; if exponential: scale, offsets and lengths;
 * first row; last row; if it was reset: increase; if stored: minimum and maximum of all points
 * ```
 *
 * A row or an increase is the sum, then the counts. The counts of the last row are differences to the first row.
 */
import { increaseOf, summaryOf } from "./block.ts";
import { ByteWriter } from "../../io/bytes/writer.ts";
import { type ByteReader, zigzagged } from "../../io/bytes/number-column.ts";
import {
  allExtremes,
  areBuckets,
  type ExponentialBuckets,
  type Extremes,
  rowWidthOf,
  UNKNOWN_EXTREMES,
} from "./histogram-cells.ts";

/** Flags of a series in a summary. */
export const FLAGS = {
  partial: 1,
  constant: 2,
  rising: 4,
  histograms: 8,
  exponential: 16,
  /** Histograms that were reset to 0. */
  reset: 32,
  /** Histograms with minimum and maximum. */
  extremes: 64,
} as const;

export interface SeriesToSumUp {
  readonly series: number;
  readonly times: Float64Array;
  readonly rows: Float64Array;
  /** Number of cells in a row; missing for numbers. */
  readonly histogramWidth?: number;
  readonly extremes?: Float64Array | undefined;
  readonly exponential?: ExponentialBuckets;
}

export function encodeSummary(series: readonly SeriesToSumUp[], times: Float64Array): Uint8Array {
  const writer = new ByteWriter(64 * series.length);
  const body = new ByteWriter(64 * series.length);
  const first = times[0]!;
  writer.varint(zigzagged(first));
  writer.varint(times.at(-1)! - first);
  writer.varint(times.length);
  writer.varint(series.length);
  let before = 0;
  for (const each of series) {
    const isPartial = each.times.length !== times.length;
    const flags =
      each.histogramWidth === undefined ? writeNumbers(body, each.rows) : writeHistograms(body, each);
    writer.reserve(0);
    writer.varint(each.series - before);
    writer.byte(flags | (isPartial ? FLAGS.partial : 0));
    if (isPartial) {
      writer.varint(each.times.length);
      writer.varint(each.times[0]! - first);
      writer.varint(each.times.at(-1)! - first);
    }
    before = each.series;
  }
  writer.copy(body.bytes, 0, body.length);
  return writer.take();
}

function writeNumbers(writer: ByteWriter, values: Float64Array): number {
  const { first, last, sum, min, max, increase, isRising } = summaryOf(values);
  writer.reserve(48);
  writer.double(first);
  if (values.every((value) => Object.is(value, first))) return FLAGS.constant;
  writer.double(last);
  writer.double(sum);
  if (isRising) return FLAGS.rising;
  writer.double(min);
  writer.double(max);
  writer.double(increase);
  return 0;
}

function writeHistograms(
  writer: ByteWriter,
  { rows, histogramWidth: width = 1, extremes, exponential }: SeriesToSumUp,
): number {
  const first = rows.subarray(0, width);
  const last = rows.subarray(rows.length - width);
  const increase = increaseOf(rows, width);
  const isReset = increase.some((value, i) => i > 0 && value !== last[i]! - first[i]!);
  const body = new ByteWriter(48 + 30 * width);
  body.varint(width);
  if (exponential !== undefined) {
    const { scale, positiveOffset, positiveLength, negativeOffset, negativeLength } = exponential;
    for (const value of [scale, positiveOffset, positiveLength, negativeOffset, negativeLength])
      body.varint(zigzagged(value));
  }
  body.double(first[0]!);
  for (let i = 1; i < width; i++) body.varint(countOf(first[i]!));
  body.double(last[0]!);
  for (let i = 1; i < width; i++) body.varint(zigzagged(countOf(last[i]!) - countOf(first[i]!)));
  if (isReset) {
    body.double(increase[0]!);
    for (let i = 1; i < width; i++) body.varint(countOf(increase[i]!));
  }
  if (extremes !== undefined) {
    const { min, max } = allExtremes(extremes);
    body.double(min);
    body.double(max);
  }
  writer.reserve(10);
  writer.varint(body.length);
  writer.copy(body.bytes, 0, body.length);
  return (
    FLAGS.histograms |
    (exponential === undefined ? 0 : FLAGS.exponential) |
    (isReset ? FLAGS.reset : 0) |
    (extremes === undefined ? 0 : FLAGS.extremes)
  );
}

// Replaces invalid counts by 0, because they would result in an endless varint.
function countOf(cell: number): number {
  return Number.isSafeInteger(cell) && cell > 0 ? cell : 0;
}

export function numbersSize(flags: number): number {
  if (flags & FLAGS.constant) return 8;
  return flags & FLAGS.rising ? 24 : 48;
}

export interface HistogramRows {
  readonly exponential: ExponentialBuckets | undefined;
  readonly first: Float64Array;
  readonly last: Float64Array;
  readonly increase: Float64Array;
  readonly extremes: Extremes;
}

/**
 * Reads a series of histograms.
 *
 * @param bucketWidth number of cells in a row, if not exponential
 * @throws RangeError if the data is invalid
 */
export function readHistograms(
  reader: ByteReader,
  flags: number,
  bucketWidth: number | undefined,
): HistogramRows {
  const size = reader.varint();
  const end = reader.at + size;
  const width = reader.varint();
  const exponential = flags & FLAGS.exponential ? readBuckets(reader) : undefined;
  if (width !== (exponential === undefined ? bucketWidth : rowWidthOf(exponential)))
    throw new RangeError("unexpected number of cells in rows");
  const row = (read: (i: number) => number): Float64Array => {
    const cells = new Float64Array(width);
    cells[0] = reader.double();
    for (let i = 1; i < width; i++) cells[i] = read(i);
    return cells;
  };
  const first = row(() => reader.varint());
  const last = row((i) => first[i]! + reader.zigzag());
  const increase =
    flags & FLAGS.reset ? row(() => reader.varint()) : last.map((value, i) => value - first[i]!);
  const extremes = flags & FLAGS.extremes ? { min: reader.double(), max: reader.double() } : UNKNOWN_EXTREMES;
  if (reader.at !== end) throw new RangeError("unexpected size of rows");
  return { exponential, first, last, increase, extremes };
}

function readBuckets(reader: ByteReader): ExponentialBuckets {
  const buckets = {
    scale: reader.zigzag(),
    positiveOffset: reader.zigzag(),
    positiveLength: reader.zigzag(),
    negativeOffset: reader.zigzag(),
    negativeLength: reader.zigzag(),
  };
  if (!areBuckets(buckets)) throw new RangeError("invalid buckets of an exponential histogram");
  return buckets;
}
