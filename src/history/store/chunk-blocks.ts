// Blocks of a chunk, backed by its summary. Their points are only fetched on demand.
import { type Block, type HistogramBlock, type NumberBlock, rowWidth } from "./block.ts";
import { ByteReader } from "../../io/bytes/number-column.ts";
import { EncodedPoints, type Rows } from "./chunk-points.ts";
import { type Listing, placesIn, type SeriesList, type SeriesLists } from "./chunk-listing.ts";
import { FLAGS, type HistogramRows, readHistograms } from "./chunk-summary.ts";
import { boundsOf, type ExponentialBuckets, type Extremes, unknownExtremes } from "./histogram-cells.ts";

/** Data that the blocks of a chunk fetch on demand. */
export interface ChunkSource {
  points(): Uint8Array;
  /** @throws UnreadableRowError if decoding fails */
  decoded<Result>(decode: () => Result): Result;
}

// Limit of times in a chunk: far above what is sealed, and small enough for the memory of a thread.
const MAX_TIMES = 2 ** 22;

/** Figures of a series of numbers, without its points. */
export type NumberFigures = Pick<NumberBlock, "from" | "to" | "count" | "sum" | "min" | "max">;

/** Blocks of the series of a chunk that were asked for, in order of their ids. */
export class ChunkBlocks implements Iterable<Block> {
  readonly list: SeriesList;
  readonly #chunk: Chunk;
  // Places of figures count from this one.
  readonly #begin: number;
  readonly #places: readonly number[];
  #cursor: ChunkNumbers | undefined;

  /** @throws RangeError if the summary is invalid */
  constructor(summary: Uint8Array, lists: SeriesLists, source: ChunkSource) {
    const reader = new ByteReader(summary);
    const first = reader.zigzag();
    const length = reader.varint();
    const times = reader.varint();
    const seriesCount = reader.varint();
    // Each series has at least two bytes.
    if (seriesCount === 0 || 2 * seriesCount > reader.length || times === 0 || times > MAX_TIMES)
      throw new RangeError("too many series or times");
    const listing = lists.read(reader, seriesCount);
    for (const { count, to } of listing.parts.values())
      if (count > times || to > length) throw new RangeError("times of a series do not match its chunk");
    let points: EncodedPoints | undefined;
    const counts = { times, series: seriesCount };
    this.list = listing.list;
    this.#chunk = {
      summary: reader,
      listing,
      first,
      length,
      times,
      source,
      points: () => (points ??= new EncodedPoints(source.points(), counts)),
    };
    this.#begin = reader.at;
    if (Number.isNaN(listing.size)) this.#places = placesIn(reader, listing);
    else {
      this.#places = listing.places;
      reader.at += listing.size;
    }
    if (reader.at !== reader.length) throw new RangeError("unexpected size");
  }

  block(index: number): Block {
    const { list } = this.#chunk.listing;
    const layout = list.layouts[index]!;
    const [of, at] = [list.indexes[index]!, this.#begin + this.#places[index]!];
    if (layout.kind === "number") return new ChunkNumbers(this.#chunk).of(of, at);
    const bounds = layout.kind === "buckets" ? layout.bounds : undefined;
    return new ChunkHistograms(this.#chunk, bounds).of(of, at);
  }

  /** Figures of a series of numbers, valid until the next call. `undefined` for a series of histograms. */
  figures(index: number): NumberFigures | undefined {
    const { list } = this.#chunk.listing;
    if (list.layouts[index]!.kind !== "number") return undefined;
    // One object for all: a question may read a million blocks.
    this.#cursor ??= new ChunkNumbers(this.#chunk);
    return this.#cursor.of(list.indexes[index]!, this.#begin + this.#places[index]!);
  }

  [Symbol.iterator](): Iterator<Block> {
    return this.list.ids.map((_, index) => this.block(index)).values();
  }
}

export function decodeAll(blocks: Iterable<Block>): void {
  for (const block of blocks) {
    block.times();
    if (block.kind === "numbers") block.values();
    else {
      block.first();
      block.rows();
    }
  }
}

interface Chunk {
  readonly summary: ByteReader;
  readonly listing: Listing;
  readonly first: number;
  /** From the first time to the last. */
  readonly length: number;
  /** Number of times. */
  readonly times: number;
  readonly source: ChunkSource;
  points(): EncodedPoints;
}

// Common part of all blocks of a chunk. A question may read a million of them.
abstract class ChunkBlock {
  series = 0;
  count = 0;
  protected flags = 0;
  protected readonly chunk: Chunk;
  protected index = 0;
  // Place of the block's figures in the summary.
  protected at = 0;
  #from = 0;
  #to = 0;
  #times: Float64Array | undefined;

  constructor(chunk: Chunk) {
    this.chunk = chunk;
  }

  /** Makes it the block of a series, from its index in the chunk and the place of its figures. */
  of(index: number, at: number): this {
    const { listing, times, length } = this.chunk;
    const { list, flags, parts } = listing;
    const part = parts.size === 0 ? undefined : parts.get(index);
    this.index = index;
    this.at = at;
    this.series = list.all[index]!;
    this.flags = flags[index]!;
    this.count = part?.count ?? times;
    this.#from = part?.from ?? 0;
    this.#to = part?.to ?? length;
    return this;
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

  constructor(chunk: Chunk, bounds: Float64Array | undefined) {
    super(chunk);
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
