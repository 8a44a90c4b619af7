/**
 * What wide questions need of a chunk:
 *
 *     first time; how long after it the last one is; number of times; number of series
 *     of each series: how much higher its id is than the one before; flags; where it has not all times, how many it has, and
 *                     how long after the chunk's first time its first and its last one are
 *     of each series, one after the other, what its flags say
 *
 * Numbers have a first; unless they are constant, a last and a sum; unless they only rose, the least, the most, and their
 * increase. Histograms have the size of what follows, number of cells; where they are exponential, scale, offsets and
 * lengths; first row, last row and, where they began again, increase: of each the sum, then the counts, in the last row
 * by how much they differ from the first. The extremes of all points come last, if they were stored.
 */
import { increaseOf, summaryOf } from "./block.ts";
import { ByteWriter } from "../../io/bytes/writer.ts";
import { type ByteReader, zigzagged } from "./number-column.ts";
import {
  allExtremes,
  areBuckets,
  type ExponentialBuckets,
  type Extremes,
  rowWidthOf,
  UNKNOWN_EXTREMES,
} from "./histogram-cells.ts";

/** Flags of a series' summary. */
export const FLAGS = {
  partial: 1,
  constant: 2,
  rising: 4,
  histograms: 8,
  exponential: 16,
  /** Histograms that fell. */
  reset: 32,
  /** Histograms with a min and a max. */
  extremes: 64,
} as const;

export interface SeriesToSumUp {
  readonly series: number;
  readonly times: Float64Array;
  readonly rows: Float64Array;
  /** Cells of a row; missing for numbers. */
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
  const { first, last, sum, min, max, increase } = summaryOf(values);
  writer.reserve(48);
  writer.double(first);
  if (values.every((value) => Object.is(value, first))) return FLAGS.constant;
  writer.double(last);
  writer.double(sum);
  if (values.every((value, i) => i === 0 || value >= values[i - 1]!)) return FLAGS.rising;
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

// What counts nothing would make a varint without an end.
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

/** Reads one series of histograms. `bucketWidth`: cells of a row, if not exponential. @throws RangeError if invalid. */
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
    throw new RangeError("its rows have another number of cells");
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
  if (reader.at !== end) throw new RangeError("its rows have another size");
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
  if (!areBuckets(buckets)) throw new RangeError("its buckets are not those of an exponential histogram");
  return buckets;
}
