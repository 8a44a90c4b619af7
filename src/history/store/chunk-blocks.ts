// The blocks of a chunk: light objects over its summary, whose points are only fetched where they are asked for.
import type { Block, HistogramBlock, NumberBlock } from "./block.ts";
import { ByteReader } from "./byte-reader.ts";
import { EncodedPoints } from "./chunk-points.ts";
import { FLAGS, type HistogramRows, numbersSize, readHistograms } from "./chunk-summary.ts";
import { boundsOf } from "./dense-histograms.ts";
import { rowWidth } from "./held-blocks.ts";

/** What a chunk's blocks fetch where they are asked for it. */
export interface ChunkSource {
  /** The chunk's points, encoded. */
  points(): Uint8Array;
  /** The bounds of a series of histograms that are not exponential. */
  boundsOf(series: number): Float64Array;
}

// Where a series is in its chunk.
interface Place {
  readonly index: number;
  readonly series: number;
  readonly flags: number;
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

/** The blocks of those series of a chunk that are wanted. */
export function blocksOf(summary: Uint8Array, wanted: ReadonlySet<number>, source: ChunkSource): Block[] {
  const reader = new ByteReader(summary);
  const first = reader.zigzag();
  const last = first + reader.varint();
  const times = reader.varint();
  const seriesCount = reader.varint();
  const chunk = new Chunk(reader, seriesCount, source);
  const places: Place[] = [];
  const allFlags = new Uint8Array(seriesCount);
  let series = 0;
  for (let index = 0; index < seriesCount; index++) {
    series += reader.varint();
    const flags = reader.byte();
    allFlags[index] = flags;
    const isPartial = (flags & FLAGS.partial) !== 0;
    const count = isPartial ? reader.varint() : times;
    const from = isPartial ? first + reader.varint() : first;
    const to = isPartial ? first + reader.varint() : last;
    if (wanted.has(series)) places.push({ index, series, flags, count, from, to });
  }
  let index = 0;
  return places.map((place) => {
    for (; index < place.index; index++) skip(reader, allFlags[index]!);
    return (place.flags & FLAGS.histograms) === 0
      ? new ChunkNumbers(chunk, place, reader.at)
      : new ChunkHistograms(chunk, place, reader.at);
  });
}

function skip(reader: ByteReader, flags: number): void {
  // What gives the size is itself read on the way.
  const size = (flags & FLAGS.histograms) === 0 ? numbersSize(flags) : reader.varint();
  reader.at += size;
}

// What the blocks of a chunk share.
class Chunk {
  readonly summary: ByteReader;
  readonly source: ChunkSource;
  readonly #seriesCount: number;
  #points: EncodedPoints | undefined;

  constructor(summary: ByteReader, seriesCount: number, source: ChunkSource) {
    this.summary = summary;
    this.source = source;
    this.#seriesCount = seriesCount;
  }

  get points(): EncodedPoints {
    this.#points ??= new EncodedPoints(this.source.points(), this.#seriesCount);
    return this.#points;
  }
}

class ChunkNumbers implements NumberBlock {
  readonly kind = "numbers";
  readonly #chunk: Chunk;
  readonly #place: Place;
  // Where in the summary its first is; the others follow, as its flags say.
  readonly #at: number;
  #values: Float64Array | undefined;

  constructor(chunk: Chunk, place: Place, at: number) {
    this.#chunk = chunk;
    this.#place = place;
    this.#at = at;
  }

  get series(): number {
    return this.#place.series;
  }

  get from(): number {
    return this.#place.from;
  }

  get to(): number {
    return this.#place.to;
  }

  get count(): number {
    return this.#place.count;
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

  times(): Float64Array {
    return this.#chunk.points.times(this.#place.index);
  }

  values(): Float64Array {
    this.#values ??= this.#chunk.points.rows(this.#place.index, 1);
    return this.#values;
  }

  #is(flags: number): boolean {
    return (this.#place.flags & flags) !== 0;
  }

  #double(index: number): number {
    return this.#chunk.summary.doubleAt(this.#at + 8 * index);
  }
}

class ChunkHistograms implements HistogramBlock {
  readonly kind = "histograms";
  readonly #chunk: Chunk;
  readonly #place: Place;
  readonly #at: number;
  #summary: HistogramRows | undefined;
  #bounds: Float64Array | undefined;
  #rows: Float64Array | undefined;

  constructor(chunk: Chunk, place: Place, at: number) {
    this.#chunk = chunk;
    this.#place = place;
    this.#at = at;
  }

  get series(): number {
    return this.#place.series;
  }

  get from(): number {
    return this.#place.from;
  }

  get to(): number {
    return this.#place.to;
  }

  get count(): number {
    return this.#place.count;
  }

  get bounds(): Float64Array {
    const { exponential } = this.#read();
    this.#bounds ??=
      exponential === undefined ? this.#chunk.source.boundsOf(this.series) : boundsOf(exponential);
    return this.#bounds;
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

  times(): Float64Array {
    return this.#chunk.points.times(this.#place.index);
  }

  rows(): Float64Array {
    this.#rows ??= this.#chunk.points.rows(this.#place.index, rowWidth(this.bounds));
    return this.#rows;
  }

  #read(): HistogramRows {
    if (this.#summary !== undefined) return this.#summary;
    this.#chunk.summary.at = this.#at;
    this.#summary = readHistograms(this.#chunk.summary, this.#place.flags);
    return this.#summary;
  }
}
