/**
 * Native histograms as numbers, and their compression. A packed histogram is
 *
 * ```
 * schema │ count │ sum │ zeroCount │ offset, length of positive buckets │ of negative ones │ counts …
 * ```
 *
 * Neighbouring histograms of one layout are written as a run: its length, the layout, then a column for each other number.
 */
import { type ByteReader, readColumn, writeColumn } from "../../io/bytes/number-column.ts";
import type { ByteWriter } from "../../io/bytes/writer.ts";
import type { BucketRun, NativeHistogram as TranslatedHistogram } from "../../translation/native-buckets.ts";
import type { NativeHistogram } from "../native-histogram.ts";

// OpenTelemetry's default for histograms without a zero threshold; the Prometheus reader exports the same.
const ZERO_THRESHOLD = 1e-128;

const SCHEMA = 0;
const COUNT = 1;
const SUM = 2;
const ZERO_COUNT = 3;
const POSITIVE_OFFSET = 4;
const POSITIVE_LENGTH = 5;
const NEGATIVE_OFFSET = 6;
const NEGATIVE_LENGTH = 7;
const COUNTS = 8;
const LAYOUT = [SCHEMA, POSITIVE_OFFSET, POSITIVE_LENGTH, NEGATIVE_OFFSET, NEGATIVE_LENGTH];
// A length and five numbers of at most ten bytes.
const HEADER_BYTES = 64;

/** Packs a histogram; the result is independent of it. */
export function packedHistogram(histogram: TranslatedHistogram): Float64Array {
  const { schema, count, sum, zeroCount, positive, negative } = histogram;
  const [positives, negatives] = [widthOf(positive), widthOf(negative)];
  const packed = new Float64Array(COUNTS + positives + negatives);
  packed[SCHEMA] = schema;
  packed[COUNT] = count;
  packed[SUM] = sum;
  packed[ZERO_COUNT] = zeroCount;
  packed[POSITIVE_OFFSET] = offsetOf(positive);
  packed[POSITIVE_LENGTH] = positives;
  packed[NEGATIVE_OFFSET] = offsetOf(negative);
  packed[NEGATIVE_LENGTH] = negatives;
  copyCounts(positive, packed, COUNTS);
  copyCounts(negative, packed, COUNTS + positives);
  return packed;
}

/** The inverse of {@link packedHistogram}; it shares the counts. */
export function unpackedHistogram(packed: Float64Array): NativeHistogram {
  const positives = COUNTS + packed[POSITIVE_LENGTH]!;
  return {
    schema: packed[SCHEMA]!,
    count: packed[COUNT]!,
    sum: packed[SUM]!,
    zeroThreshold: ZERO_THRESHOLD,
    zeroCount: packed[ZERO_COUNT]!,
    positive: { offset: packed[POSITIVE_OFFSET]!, counts: packed.subarray(COUNTS, positives) },
    negative: { offset: packed[NEGATIVE_OFFSET]!, counts: packed.subarray(positives) },
    resetHint: "unknown",
  };
}

/** Writes packed histograms. */
export function writeHistograms(writer: ByteWriter, histograms: readonly Float64Array[]): void {
  for (let from = 0; from < histograms.length;) {
    const first = histograms[from]!;
    let to = from + 1;
    while (to < histograms.length && hasLayoutOf(histograms[to]!, first)) to++;
    writer.reserve(HEADER_BYTES);
    writer.varint(to - from);
    for (const cell of LAYOUT) writer.zigzag(first[cell]!);
    const column = new Float64Array(to - from);
    for (let cell = 0; cell < first.length; cell++) {
      if (LAYOUT.includes(cell)) continue;
      for (let i = from; i < to; i++) column[i - from] = histograms[i]![cell]!;
      writeColumn(writer, column);
    }
    from = to;
  }
}

/** Reads `count` packed histograms. */
export function readHistograms(reader: ByteReader, count: number): Float64Array[] {
  const histograms: Float64Array[] = [];
  while (histograms.length < count) {
    const length = reader.varint();
    const layout = LAYOUT.map(() => reader.zigzag());
    const width =
      COUNTS + layout[LAYOUT.indexOf(POSITIVE_LENGTH)]! + layout[LAYOUT.indexOf(NEGATIVE_LENGTH)]!;
    const cells = new Float64Array(length * width);
    for (let cell = 0; cell < width; cell++) {
      if (!LAYOUT.includes(cell)) readColumn(reader, cells, length, cell, width);
    }
    for (let i = 0; i < length; i++) {
      const packed = cells.subarray(i * width, (i + 1) * width);
      LAYOUT.forEach((cell, place) => (packed[cell] = layout[place]!));
      histograms.push(packed);
    }
  }
  return histograms;
}

function widthOf({ first, last }: BucketRun): number {
  return Math.max(last - first + 1, 0);
}

// Prometheus numbers a bucket by its upper boundary, the translation by its lower one.
function offsetOf(run: BucketRun): number {
  return widthOf(run) === 0 ? 0 : run.first + 1;
}

function copyCounts({ counts, base, first, last }: BucketRun, packed: Float64Array, at: number): void {
  for (let i = first; i <= last; i++) packed[at + i - first] = counts[base + i]!;
}

function hasLayoutOf(left: Float64Array, right: Float64Array): boolean {
  return LAYOUT.every((cell) => left[cell] === right[cell]);
}
