/**
 * The memory of a member's figures, in chunks that never move:
 *
 * - `cells`: pages of cells, one after the other.
 * - `log`: frames (see `frames.ts`), which describe streams, pages, attributes and rows. It grows until it starts again, with
 *   another chunk 0.
 *
 *     log chunk   ┌ bytes written ┬ rows freed ┬ time of the last report ┬ freed and counted ┬ frame ┬ frame ┬ …
 *
 * The time is a double, the others are 32-bit numbers. Frames start at byte 24.
 */
export interface Chunk {
  readonly kind: "cells" | "log";
  /** Chunks of one kind are numbered from 0. */
  readonly index: number;
  readonly buffer: ArrayBufferLike;
}

/** First byte of the frames in a log chunk. */
export const LOG_START = 24;

const WRITTEN = 0;
const FREED = 1;
const COUNTED = 4;
// More rows than are ever freed in one log.
const ENDED = 2 ** 31 - 1;

/** The numbers at the start of a log chunk, which other threads read. */
export class LogHeader {
  readonly #numbers: Int32Array;
  readonly #times: Float64Array;

  constructor(buffer: ArrayBufferLike) {
    this.#numbers = new Int32Array(buffer, 0, LOG_START / 4);
    this.#times = new Float64Array(buffer, 0, 2);
  }

  /** Milliseconds since the epoch; 0 before the first report. In the first chunk alone. */
  get reportedAt(): number {
    return this.#times[1]!;
  }

  set reportedAt(unixMillis: number) {
    this.#times[1] = unixMillis;
  }

  /** Bytes that may be read, the header included. */
  get written(): number {
    return Atomics.load(this.#numbers, WRITTEN);
  }

  set written(bytes: number) {
    Atomics.store(this.#numbers, WRITTEN, bytes);
  }

  /** Number of rows freed so far. Counted in the first chunk alone, before a freed row may be given away. */
  get freed(): number {
    return Atomics.load(this.#numbers, FREED);
  }

  /** As `freed`, but not after earlier reads on processors that do not keep their order. A tenth of the time. */
  get freedInOrder(): number {
    return this.#numbers[FREED]!;
  }

  countFreed(): void {
    Atomics.add(this.#numbers, FREED, 1);
  }

  /** Number of freed rows whose last figures another report has. In the first chunk alone. */
  get counted(): number {
    return Atomics.load(this.#numbers, COUNTED);
  }

  /** Another report has the last figures of all rows that were freed up to now. */
  countNow(): void {
    Atomics.store(this.#numbers, COUNTED, this.freed);
  }

  /** The log has started again: what was read of this one is no longer current. */
  end(): void {
    Atomics.store(this.#numbers, FREED, ENDED);
  }
}

const LOG_BYTES = 65_536;
const CELL_BYTES: readonly number[] = [65_536, 262_144];
const LARGE_CELL_BYTES = 1_048_576;

/** Makes the chunks of one member. */
export class Chunks {
  readonly cells: Chunk[] = [];
  readonly logs: Chunk[] = [];
  readonly #isShared: boolean;
  readonly #onChunk: (chunk: Chunk) => void;
  #cellsUsed = 0;

  /**
   * @param isShared whether the memory is on SharedArrayBuffer.
   * @param onChunk called with each chunk before it is used.
   */
  constructor(isShared: boolean, onChunk: (chunk: Chunk) => void) {
    this.#isShared = isShared;
    this.#onChunk = onChunk;
  }

  /** Number of used bytes of the last chunk of cells. */
  get cellsUsed(): number {
    return this.#cellsUsed;
  }

  /** Memory for a page, filled with 0. */
  page(count: number): { readonly chunk: number; readonly offset: number; readonly cells: Float64Array } {
    const bytes = 8 * count;
    let chunk = this.cells.at(-1);
    if (chunk === undefined || this.#cellsUsed + bytes > chunk.buffer.byteLength) {
      const size = CELL_BYTES[this.cells.length] ?? LARGE_CELL_BYTES;
      chunk = this.#add("cells", this.cells, Math.max(size, bytes));
      this.#cellsUsed = 0;
    }
    const offset = this.#cellsUsed;
    this.#cellsUsed += bytes;
    return { chunk: chunk.index, offset, cells: new Float64Array(chunk.buffer, offset, count) };
  }

  /** A new chunk of the log, with room for a frame of `bytes`. */
  log(bytes: number): ArrayBufferLike {
    const { buffer } = this.#add("log", this.logs, Math.max(LOG_BYTES, LOG_START + bytes), (header) => {
      header.written = LOG_START;
    });
    return buffer;
  }

  /** Starts the log again with these frames. All are in its first chunk, so that readers get them at once. */
  restartLog(frames: readonly Uint8Array[]): ArrayBufferLike {
    const before = new LogHeader(this.logs[0]!.buffer);
    const end = frames.reduce((sum, { length }) => sum + length, LOG_START);
    this.logs.length = 0;
    const { buffer } = this.#add("log", this.logs, Math.max(LOG_BYTES, end), (header, bytes) => {
      let at = LOG_START;
      for (const frame of frames) {
        bytes.set(frame, at);
        at += frame.length;
      }
      header.reportedAt = before.reportedAt;
      header.written = end;
    });
    before.end();
    return buffer;
  }

  #add(
    kind: Chunk["kind"],
    chunks: Chunk[],
    bytes: number,
    fill?: (header: LogHeader, bytes: Uint8Array) => void,
  ): Chunk {
    const buffer = this.#isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    fill?.(new LogHeader(buffer), new Uint8Array(buffer));
    const chunk = { kind, index: chunks.length, buffer };
    chunks.push(chunk);
    this.#onChunk(chunk);
    return chunk;
  }
}
