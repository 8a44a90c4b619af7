/** Reads the figures that another thread or process has written with an `ImageWriter`. */
import type { Attributes, AttributeValue } from "@opentelemetry/api";
import { type Part, PARTS } from "../../engine/aggregation/store.ts";
import { RowSequences } from "../../engine/aggregation/row-sequences.ts";
import { setOwn } from "../../engine/series/attribute-content.ts";
import { type Chunk, LOG_START, LogHeader } from "./chunks.ts";
import { FrameError, readFrames, type FrameVisitor, type StreamIdentity } from "./frames.ts";
import { type Rows, rowsOf } from "./rows.ts";

/** A row that was given to a series, or, without `attributes`, freed. */
export interface RowNews {
  readonly row: number;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  readonly attributes: Attributes | undefined;
}

/** One stream of a member. */
export class MemberStream {
  readonly identity: StreamIdentity;
  /** Changes of rows, in order. The reader of the figures empties the list. */
  readonly news: RowNews[] = [];
  readonly rows: Rows;
  readonly #sequences = new RowSequences(() => new Float64Array(0));

  constructor(identity: StreamIdentity) {
    this.identity = identity;
    this.rows = rowsOf(identity.aggregation);
  }

  adopt(part: Part, page: Float64Array): void {
    if (part === PARTS.sequences) this.#sequences.adopt(page);
    else this.rows.adopt(part, page);
  }

  /** Copies a row. Returns false if nothing is recorded in it, or if it could not be read whole just now. */
  read(row: number, into: Float64Array): boolean {
    if (!this.identity.isOrdered && this.#sequences.pages.length > 0) return this.#readMarked(row, into);
    return this.rows.read(row, into);
  }

  #readMarked(row: number, into: Float64Array): boolean {
    let isRecorded = false;
    const isWhole = this.#sequences.copyWhole(row, () => {
      isRecorded = this.rows.read(row, into);
    });
    return isWhole && isRecorded;
  }
}

/** The figures of one member. */
export class ImageReader {
  /** The member's streams. The list grows. */
  readonly streams: MemberStream[] = [];
  readonly #logs: ArrayBufferLike[] = [];
  readonly #cells: ArrayBufferLike[] = [];
  readonly #pairs = new Map<number, readonly [key: string, value: AttributeValue]>();
  readonly #visitor: FrameVisitor = this.#makeVisitor();
  readonly #arrived: () => readonly Chunk[];
  // Chunks of a thread may be passed on by another thread, later than the log.
  readonly #mayArrive: boolean;
  #header: LogHeader | undefined;
  // Position in the log.
  #log = 0;
  #byte = LOG_START;

  /** @param arrived returns the chunks of a thread that have arrived since its last call, in order. */
  constructor(arrived?: () => readonly Chunk[]) {
    this.#arrived = arrived ?? (() => []);
    this.#mayArrive = arrived !== undefined;
  }

  /**
   * Takes over the state of a process.
   *
   * @param log what was added to the log since the last call.
   * @param cells all cells, as `ImageWriter.cells` returns them.
   * @throws FrameError if the cells are damaged.
   */
  setState(log: Uint8Array, cells: Uint8Array): void {
    if (log.length > 0) {
      const buffer = new ArrayBuffer(LOG_START + log.length);
      new Uint8Array(buffer).set(log, LOG_START);
      new LogHeader(buffer).written = buffer.byteLength;
      this.#logs.push(buffer);
    }
    const view = new DataView(cells.buffer, cells.byteOffset, cells.length);
    const count = cells.length < 8 ? 0 : view.getInt32(0, true);
    let at = 8 + 8 * count;
    for (let chunk = 0; chunk < count; chunk++) {
      const [size, used] = [view.getInt32(8 + 8 * chunk, true), view.getInt32(12 + 8 * chunk, true)];
      const buffer = (this.#cells[chunk] ??= new ArrayBuffer(size));
      if (used < 0 || used > buffer.byteLength || at + used > cells.length)
        throw new FrameError("the cells are damaged");
      new Uint8Array(buffer).set(cells.subarray(at, at + used));
      at += used;
    }
  }

  /** Number of rows that the member has freed so far. If it has changed, rows may belong to other series. */
  get freed(): number {
    return this.#firstHeader?.freed ?? 0;
  }

  /** Time of the member's last report, in milliseconds since the epoch; 0 before the first. */
  get reportedAt(): number {
    return this.#firstHeader?.reportedAt ?? 0;
  }

  /**
   * Reads what was added to the log, one frame each step.
   *
   * @throws FrameError if the log is damaged.
   */
  *readLog(): Generator<undefined, void> {
    let isCurrent = false;
    while (!isCurrent) {
      // The length is read first: the chunks that its frames name have arrived by then.
      // A thread sends a chunk before it writes the first length.
      const lengths = this.#logs
        .slice(this.#log)
        .map((buffer) => Math.max(LOG_START, new LogHeader(buffer).written));
      isCurrent = !this.#takeArrived();
      for (const [i, length] of lengths.entries()) {
        const buffer = this.#logs[this.#log]!;
        if (length > buffer.byteLength) throw new FrameError("the log is damaged");
        this.#byte = yield* readFrames(buffer, this.#byte, length, this.#visitor);
        if (this.#byte < length) return;
        // Nothing more is written to a chunk that had a successor when its length was read.
        if (i === lengths.length - 1) break;
        this.#log++;
        this.#byte = LOG_START;
      }
    }
  }

  get #firstHeader(): LogHeader | undefined {
    const first = this.#logs[0];
    if (first !== undefined) this.#header ??= new LogHeader(first);
    return this.#header;
  }

  // Returns whether there is a new chunk of the log.
  #takeArrived(): boolean {
    const before = this.#logs.length;
    for (const { kind, buffer } of this.#arrived()) (kind === "log" ? this.#logs : this.#cells).push(buffer);
    return this.#logs.length > before;
  }

  #makeVisitor(): FrameVisitor {
    return {
      stream: (stream, identity) => {
        if (stream !== this.streams.length) throw new FrameError("streams are not in order");
        this.streams.push(new MemberStream(identity));
      },
      page: (stream, part, chunk, offset, cells) => {
        const buffer = this.#cells[chunk];
        if (buffer === undefined && this.#mayArrive) return false;
        if (buffer === undefined || offset < 0 || offset + 8 * cells > buffer.byteLength)
          throw new FrameError("a page is outside the memory");
        this.#stream(stream).adopt(part, new Float64Array(buffer, offset, cells));
        return true;
      },
      pair: (id, key, value) => void this.#pairs.set(id, [key, value]),
      row: (stream, row, startTime, ids) => {
        this.#stream(stream).news.push({ row, startTime, attributes: this.#attributes(ids) });
      },
      freed: (stream, row) => {
        this.#stream(stream).news.push({ row, startTime: 0, attributes: undefined });
      },
    };
  }

  #stream(number: number): MemberStream {
    const stream = this.streams[number];
    if (stream === undefined) throw new FrameError("a stream is missing");
    return stream;
  }

  #attributes(ids: Int32Array): Attributes {
    const attributes: Attributes = {};
    for (const id of ids) {
      const pair = this.#pairs.get(id);
      if (pair === undefined) throw new FrameError("an attribute is missing");
      setOwn(attributes, pair[0], pair[1]);
    }
    return attributes;
  }
}
