// Blocks of a chunk, backed by its summary. Their points are only fetched on demand.
import { type Block, type HistogramBlock, type NumberBlock, rowWidth } from "./block.ts";
import { ByteReader } from "../../io/bytes/number-column.ts";
import { EncodedPoints, type Rows } from "./chunk-points.ts";
import { FLAGS, type HistogramRows, numbersSize, readHistograms } from "./chunk-summary.ts";
import { boundsOf, type ExponentialBuckets, type Extremes, unknownExtremes } from "./histogram-cells.ts";
import type { SeriesKind, StoredLayout } from "./series-catalog.ts";

/** Data that the blocks of a chunk fetch on demand. */
export interface ChunkSource {
  points(): Uint8Array;
  /** @throws UnreadableRowError if decoding fails */
  decoded<Result>(decode: () => Result): Result;
}

// Fields of each series in the first part of a summary. Times are relative to the first time of the chunk.
const MAX_FIELDS = 5;
const SERIES = 0;
const FLAG_BITS = 1;
const COUNT = 2;
const FROM = 3;
const TO = 4;
// The fields of the chunk that is read: `readFields` fills them in, and each block takes its own. Kept for the next chunk, up
// to a limit. Not a typed array, whose numbers would become objects in the blocks.
const fields: number[] = [];
const MAX_KEPT_FIELDS = 2 ** 16;
// Limit of times in a chunk: far above what is sealed, and small enough for the memory of a thread.
const MAX_TIMES = 2 ** 22;

/** Blocks of the series in `kinds`. @throws RangeError if the summary is invalid */
export function blocksOf(
  summary: Uint8Array,
  kinds: ReadonlyMap<number, SeriesKind>,
  source: ChunkSource,
): Block[] {
  const reader = new ByteReader(summary);
  const first = reader.zigzag();
  const length = reader.varint();
  const times = reader.varint();
  const seriesCount = reader.varint();
  // Each series has at least two bytes.
  if (seriesCount === 0 || 2 * seriesCount > reader.length || times === 0 || times > MAX_TIMES)
    throw new RangeError("too many series or times");
  readFields(reader, seriesCount, times, length);
  let points: EncodedPoints | undefined;
  const counts = { times, series: seriesCount };
  const chunk = {
    summary: reader,
    first,
    source,
    points: () => (points ??= new EncodedPoints(source.points(), counts)),
  };
  const blocks: Block[] = [];
  for (let index = 0; index < seriesCount; index++) {
    const at = MAX_FIELDS * index;
    const flags = fields[at + FLAG_BITS]!;
    const layout = kinds.get(fields[at + SERIES]!)?.layout;
    if (layout !== undefined) {
      if (kindOf(flags) !== layout.kind) throw new RangeError("unexpected kind of points");
      const { at: begin } = reader;
      blocks.push(
        layout.kind === "number"
          ? new ChunkNumbers(chunk, index, begin)
          : new ChunkHistograms(chunk, index, begin, layout.kind === "buckets" ? layout.bounds : undefined),
      );
    }
    skip(reader, flags);
  }
  if (reader.at !== reader.length) throw new RangeError("unexpected size");
  return blocks;
}

export function decodeAll(blocks: readonly Block[]): void {
  for (const block of blocks) {
    block.times();
    if (block.kind === "numbers") block.values();
    else {
      block.first();
      block.rows();
    }
  }
}

function kindOf(flags: number): StoredLayout["kind"] {
  if ((flags & FLAGS.histograms) === 0) return "number";
  return (flags & FLAGS.exponential) === 0 ? "buckets" : "exponential";
}

function readFields(reader: ByteReader, seriesCount: number, times: number, length: number): void {
  if (fields.length > MAX_KEPT_FIELDS) fields.length = 0;
  let series = 0;
  for (let at = 0; at < MAX_FIELDS * seriesCount; at += MAX_FIELDS) {
    series += reader.varint();
    const flags = reader.byte();
    const isPartial = (flags & FLAGS.partial) !== 0;
    const count = isPartial ? reader.varint() : times;
    const from = isPartial ? reader.varint() : 0;
    const to = isPartial ? reader.varint() : length;
    if (count === 0 || count > times || from > to || to > length)
      throw new RangeError("times of a series do not match its chunk");
    fields[at + SERIES] = series;
    fields[at + FLAG_BITS] = flags;
    fields[at + COUNT] = count;
    fields[at + FROM] = from;
    fields[at + TO] = to;
  }
}

function skip(reader: ByteReader, flags: number): void {
  // Reading the size also advances the reader.
  const size = (flags & FLAGS.histograms) === 0 ? numbersSize(flags) : reader.varint();
  reader.at += size;
}

interface Chunk {
  readonly summary: ByteReader;
  readonly first: number;
  readonly source: ChunkSource;
  points(): EncodedPoints;
}

// Common part of all blocks of a chunk. A question may read a million of them.
abstract class ChunkBlock {
  readonly series: number;
  readonly count: number;
  protected readonly flags: number;
  protected readonly chunk: Chunk;
  protected readonly index: number;
  // Offset of the block's figures in the summary.
  protected readonly at: number;
  readonly #from: number;
  readonly #to: number;
  #times: Float64Array | undefined;

  constructor(chunk: Chunk, index: number, at: number) {
    const field = MAX_FIELDS * index;
    this.chunk = chunk;
    this.index = index;
    this.at = at;
    this.series = fields[field + SERIES]!;
    this.flags = fields[field + FLAG_BITS]!;
    this.count = fields[field + COUNT]!;
    this.#from = fields[field + FROM]!;
    this.#to = fields[field + TO]!;
  }

  get from(): number {
    return this.chunk.first + this.#from;
  }

  get to(): number {
    return this.chunk.first + this.#to;
  }

  times(): Float64Array {
    return (this.#times ??= this.#decodedTimes());
  }

  #decodedTimes(): Float64Array {
    return this.chunk.source.decoded(() => {
      const times = this.chunk.points().times(this.index);
      if (times.length !== this.count || times[0] !== this.from || times.at(-1) !== this.to)
        throw new RangeError("times do not match the summary");
      return times;
    });
  }

  protected decodedRows(width: number): Rows {
    const hasExtremes = (this.flags & FLAGS.extremes) !== 0;
    return this.chunk.source.decoded(() => this.chunk.points().rows(this.index, width, hasExtremes));
  }
}

class ChunkNumbers extends ChunkBlock implements NumberBlock {
  #values: Float64Array | undefined;

  get kind(): "numbers" {
    return "numbers";
  }

  get first(): number {
    return this.#double(0);
  }

  get last(): number {
    return this.#is(FLAGS.constant) ? this.first : this.#double(1);
  }

  get sum(): number {
    return this.#is(FLAGS.constant) ? this.first * this.count : this.#double(2);
  }

  get min(): number {
    return this.#is(FLAGS.constant | FLAGS.rising) ? this.first : this.#double(3);
  }

  get max(): number {
    return this.#is(FLAGS.constant | FLAGS.rising) ? this.last : this.#double(4);
  }

  get increase(): number {
    return this.#is(FLAGS.constant | FLAGS.rising) ? this.last - this.first : this.#double(5);
  }

  get isRising(): boolean {
    return this.#is(FLAGS.constant | FLAGS.rising);
  }

  values(): Float64Array {
    this.#values ??= this.decodedRows(1).rows;
    return this.#values;
  }

  #is(flags: number): boolean {
    return (this.flags & flags) !== 0;
  }

  #double(index: number): number {
    return this.chunk.summary.doubleAt(this.at + 8 * index);
  }
}

class ChunkHistograms extends ChunkBlock implements HistogramBlock {
  readonly kind = "histograms";
  #summary: HistogramRows | undefined;
  #bounds: Float64Array | undefined;
  #rows: Rows | undefined;

  constructor(chunk: Chunk, index: number, at: number, bounds: Float64Array | undefined) {
    super(chunk, index, at);
    this.#bounds = bounds;
  }

  get bounds(): Float64Array {
    return (this.#bounds ??= boundsOf(this.#read().exponential));
  }

  get exponential(): ExponentialBuckets | undefined {
    return this.#read().exponential;
  }

  first(): Float64Array {
    return this.#read().first;
  }

  last(): Float64Array {
    return this.#read().last;
  }

  increase(): Float64Array {
    return this.#read().increase;
  }

  isReset(): boolean {
    return (this.flags & FLAGS.reset) !== 0;
  }

  rows(): Float64Array {
    return this.#decoded().rows;
  }

  extremes(): Extremes {
    return this.#read().extremes;
  }

  extremesOfRows(): Float64Array {
    return this.#decoded().extremes ?? unknownExtremes(this.count);
  }

  #decoded(): Rows {
    this.#rows ??= this.decodedRows(rowWidth(this.bounds));
    return this.#rows;
  }

  #read(): HistogramRows {
    this.#summary ??= this.chunk.source.decoded(() => {
      const { summary } = this.chunk;
      summary.at = this.at;
      return readHistograms(summary, this.flags, this.#bounds && rowWidth(this.#bounds));
    });
    return this.#summary;
  }
}
