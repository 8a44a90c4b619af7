/** Writes the figures of a thread or process to memory that others read. */
import type { Collection } from "../../engine/collection/collection.ts";
import type { SeriesSource, SeriesVisitor } from "../../engine/collection/series-source.ts";
import type { Part, SharedStore } from "../../engine/aggregation/store.ts";
import { grownFloat64, grownInt32 } from "../../engine/aggregation/grown.ts";
import type { Interner } from "../../engine/series/interner.ts";
import type { SeriesTable } from "../../engine/series/series-table.ts";
import type { SharedMemory, StreamOrigin } from "../../engine/streams/members.ts";
import type { KeptAggregation } from "../../engine/streams/stream-store.ts";
import { type Chunk, Chunks, LOG_START, LogHeader } from "./chunks.ts";
import { FrameWriter, streamKey } from "./frames.ts";
import { type Rows, rowsOf } from "./rows.ts";

// A smaller log does not start again.
const MIN_BYTES = 65_536;

export interface ImageOptions {
  /** Whether the memory is on SharedArrayBuffer. */
  readonly isShared: boolean;
  /** Called with each chunk before it is used. */
  readonly onChunk?: ((chunk: Chunk) => void) | undefined;
  /** Whether other threads see writes in their order. @defaultValue true on x64 */
  readonly isOrdered?: boolean | undefined;
}

/**
 * Figures on memory that others read. A provider whose stores are made in it (`SharedMemory`) writes there directly;
 * {@link ImageWriter.take} copies the series of a collection.
 */
export class ImageWriter implements SharedMemory {
  readonly #chunks: Chunks;
  readonly #frames: FrameWriter;
  readonly #isOrdered: boolean;
  // Readers recognise an image by it, if its log starts again.
  readonly #id = Math.random();
  readonly #copies = new Map<string, CopiedStream>();
  // The stamp under which the pair with an id was written; 0 for none.
  #stamps: Int32Array = new Int32Array(64);
  #ids: Int32Array = new Int32Array(16);
  #streams = 0;
  #logNumber = 0;
  // Length of the log when it started again.
  #firstBytes = 0;

  constructor({ isShared, onChunk = () => {}, isOrdered = isOrderedHere() }: ImageOptions) {
    this.#isOrdered = isOrdered;
    this.#chunks = new Chunks(isShared, onChunk);
    this.#frames = new FrameWriter(this.#chunks);
  }

  store(origin: StreamOrigin, aggregation: KeptAggregation): SharedStore {
    const stream = this.#streams;
    const { scope, instrument, index, fixed } = origin;
    const isOrdered = this.#isOrdered;
    const image = stream === 0 ? this.#id : undefined;
    this.#frames.stream(stream, { scope, instrument, index, fixed, aggregation, isOrdered, image });
    this.#streams++;
    return {
      isOrdered: this.#isOrdered,
      page: (part, cells) => this.#page(stream, part, cells),
      added: (row, series) => this.#added(stream, row, series),
      freed: (row, last) => this.#frames.freed(stream, row, last),
    };
  }

  /**
   * Copies the series of a report's collections, one for each different reader. Series that are missing in the next
   * report are removed.
   *
   * @param isTaken selects the metrics; all by default.
   */
  take(collections: readonly Collection[], isTaken: (origin: StreamOrigin) => boolean = () => true): void {
    const taken = new Set<CopiedStream>();
    for (const { metrics, interner } of collections)
      for (const { origin, series } of metrics) {
        if (origin === undefined || !isTaken(origin)) continue;
        const copy = this.#copyOf(origin, origin.aggregation);
        // Readers with the same aggregation have the same series.
        if (!taken.has(copy)) copy.take(series, interner);
        taken.add(copy);
      }
    for (const copy of this.#copies.values()) copy.finish();
    const isLong = this.logBytes > 2 * Math.max(MIN_BYTES, this.#firstBytes);
    if (isLong && this.#frames.isMostlyFreed) this.#restartLog();
    this.#frames.reported(Date.now());
  }

  /** Another report has the last figures of all series that were removed up to now: a reader must not count them again. */
  countNow(): void {
    this.#frames.countNow();
  }

  /** Number of times that the log has started again. */
  get logNumber(): number {
    return this.#logNumber;
  }

  /** The memory. `logs` has only those of the current log. */
  get chunks(): Pick<Chunks, "cells" | "logs"> {
    return this.#chunks;
  }

  /** Length of the log in bytes. */
  get logBytes(): number {
    return this.#chunks.logs.reduce((sum, { buffer }) => sum + new LogHeader(buffer).written - LOG_START, 0);
  }

  /** Bytes of the log from byte `from` on, which is 0 or the sum of the lengths of earlier results. */
  logFrom(from: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let start = 0;
    for (const { buffer } of this.#chunks.logs) {
      const part = new Uint8Array(buffer).subarray(LOG_START, new LogHeader(buffer).written);
      if (start + part.length > from) parts.push(part.subarray(Math.max(0, from - start)));
      start += part.length;
    }
    return Buffer.concat(parts);
  }

  /** The cells as bytes: a table of the chunks' sizes, then the used bytes of each. See `ImageReader.setState`. */
  get cells(): readonly Uint8Array[] {
    const { cells, cellsUsed } = this.#chunks;
    const used = cells.map(({ buffer }, i) =>
      i === cells.length - 1 ? new Uint8Array(buffer, 0, cellsUsed) : new Uint8Array(buffer),
    );
    const sizes = cells.map(({ buffer }, i) => [buffer.byteLength, used[i]!.length]);
    return [new Uint8Array(Int32Array.from([cells.length, 0, ...sizes.flat()]).buffer), ...used];
  }

  /** @internal Announces a row's series. */
  row(stream: number, row: number, startTime: number, series: PairSource, interner: Interner): void {
    const count = this.#pairs(series, row);
    for (let i = 0; i < count; i++) this.#announce(this.#ids[i]!, interner);
    this.#frames.row(stream, row, startTime, this.#ids, count);
  }

  #restartLog(): void {
    this.#logNumber++;
    const kept = this.#frames.restart();
    this.#firstBytes = this.logBytes;
    for (let id = 0; id < this.#stamps.length; id++) if (!kept.has(id)) this.#stamps[id] = 0;
  }

  #page(stream: number, part: Part, count: number): Float64Array {
    const { chunk, offset, cells } = this.#chunks.page(count);
    this.#frames.page(stream, part, chunk, offset, count);
    return cells;
  }

  #added(stream: number, row: number, series: SeriesTable): void {
    this.row(stream, row, series.startTimeOf(row), series, series.interner);
  }

  #pairs(series: PairSource, row: number): number {
    const count = series.pairsOf(row, this.#ids);
    if (count <= this.#ids.length) return count;
    this.#ids = new Int32Array(count);
    return series.pairsOf(row, this.#ids);
  }

  #announce(id: number, interner: Interner): void {
    if (id >= this.#stamps.length) this.#stamps = grownInt32(this.#stamps, id + 1);
    const stamp = interner.stampOf(id);
    if (this.#stamps[id] === stamp) return;
    this.#stamps[id] = stamp;
    this.#frames.pair(id, interner.keyOf(id), interner.valueOf(id));
  }

  #copyOf(origin: StreamOrigin, aggregation: KeptAggregation): CopiedStream {
    const key = streamKey(origin, aggregation);
    let copy = this.#copies.get(key);
    if (copy === undefined) {
      const stream = this.#streams;
      const shared = this.store(origin, aggregation);
      this.#copies.set(key, (copy = new CopiedStream(this, stream, shared, aggregation)));
    }
    return copy;
  }
}

type PairSource = Pick<SeriesSource, "pairsOf">;

// A copy of one stream. Its rows have the numbers that they have in the collections.
class CopiedStream implements SeriesVisitor {
  readonly #image: ImageWriter;
  readonly #stream: number;
  readonly #shared: SharedStore;
  readonly #rows: Rows;
  // Start time of each row's series; 0 for none.
  #starts: Float64Array = new Float64Array(16);
  // Number of the collection that had the row last.
  #rounds: Int32Array = new Int32Array(16);
  #round = 0;
  #isTaken = false;
  // Rows with another series than in the last collection.
  #fresh: number[] = [];
  #source: SeriesSource | undefined;
  #interner: Interner | undefined;
  // The source whose series are followed to their end.
  #watched: SeriesSource | undefined;

  constructor(image: ImageWriter, stream: number, shared: SharedStore, aggregation: KeptAggregation) {
    this.#image = image;
    this.#stream = stream;
    this.#shared = shared;
    this.#rows = rowsOf(aggregation, shared);
  }

  take(source: SeriesSource, interner: Interner): void {
    this.#isTaken = true;
    this.#round++;
    this.#source = source;
    this.#interner = interner;
    if (this.#watched !== source)
      source.watch?.((last, row, isRemoved) => {
        if (isRemoved) this.#end(last, row, source, interner);
      });
    this.#watched = source;
    source.visit(0, source.length, this);
  }

  series(cells: Float64Array, offset: number, row: number): void {
    if (this.#isFresh(row, this.#source!)) this.#fresh.push(row);
    this.#rounds[row] = this.#round;
    this.#rows.set(row, cells, offset);
  }

  // Whether the row has another series than in the last report, or none there.
  #isFresh(row: number, source: SeriesSource): boolean {
    if (row >= this.#starts.length) {
      this.#starts = grownFloat64(this.#starts, row + 1);
      this.#rounds = grownInt32(this.#rounds, row + 1);
    }
    // A row without a clock has start time 0, which means "no series" here.
    const start = source.startTimeOf(row) || 1;
    if (this.#starts[row] === start) return false;
    if (this.#starts[row] !== 0) this.#remove(row);
    this.#rows.reserve(row);
    this.#starts[row] = start;
    return true;
  }

  // The application removes a series between two reports.
  #end(last: Float64Array, row: number, source: SeriesSource, interner: Interner): void {
    if (this.#isFresh(row, source)) this.#image.row(this.#stream, row, this.#starts[row]!, source, interner);
    this.#remove(row, last);
  }

  /** Ends a collection: removes the series that it did not have. */
  finish(): void {
    if (!this.#isTaken) this.#round++;
    this.#isTaken = false;
    for (let row = 0; row < this.#starts.length; row++)
      if (this.#starts[row] !== 0 && this.#rounds[row] !== this.#round) this.#remove(row);
    // Last, since all series have other rows once a process has a thread: readers see that they have moved.
    for (const row of this.#fresh)
      this.#image.row(this.#stream, row, this.#starts[row]!, this.#source!, this.#interner!);
    this.#fresh = [];
    this.#source = undefined;
  }

  #remove(row: number, last?: Float64Array): void {
    this.#rows.clear(row);
    this.#starts[row] = 0;
    this.#shared.freed(row, last);
  }
}

// x86 processors let others see the writes of one processor in their order; ARM processors do not.
function isOrderedHere(): boolean {
  return process.arch === "x64" || process.arch === "ia32";
}
