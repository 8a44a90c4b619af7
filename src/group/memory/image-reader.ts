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

/** A page of a stream, as the log describes it. */
interface PageFrame {
  readonly part: Part;
  readonly chunk: number;
  /** In bytes. */
  readonly offset: number;
  readonly cells: number;
}

/** One stream of a member. */
export class MemberStream {
  readonly identity: StreamIdentity;
  /** Changes of rows, in order. The reader of the figures empties the list. */
  readonly news: RowNews[] = [];
  #rows: Rows;
  #sequences = noSequences();
  // Pages of a process, which move with each state.
  readonly #pages: PageFrame[] = [];
  #isLoaded = true;

  constructor(identity: StreamIdentity) {
    this.identity = identity;
    this.#rows = rowsOf(identity.aggregation);
  }

  /** The rows; none while the figures are not loaded. */
  get rows(): Rows {
    return this.#rows;
  }

  /** Whether the figures are in memory. Those of a process are, from a new state to {@link ImageReader.release}. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Adds a page. @param isMoving whether the next state has it at another place. */
  adopt(frame: PageFrame, page: Float64Array, isMoving: boolean): void {
    if (isMoving) this.#pages.push(frame);
    this.#adopt(frame.part, page);
  }

  /** Takes all pages from a new state. */
  load(pageOf: (frame: PageFrame) => Float64Array): void {
    this.release();
    for (const frame of this.#pages) this.#adopt(frame.part, pageOf(frame));
    this.#isLoaded = true;
  }

  release(): void {
    this.#rows = rowsOf(this.identity.aggregation);
    this.#sequences = noSequences();
    this.#isLoaded = false;
  }

  #adopt(part: Part, page: Float64Array): void {
    if (part === PARTS.sequences) this.#sequences.adopt(page);
    else this.#rows.adopt(part, page);
  }

  /** Whether rows have sequence numbers, so that they can be read only with {@link read}. */
  get isMarked(): boolean {
    return !this.identity.isOrdered && this.#sequences.pages.length > 0;
  }

  /** Copies a row. Returns false if nothing is recorded in it, or if it could not be read whole just now. */
  read(row: number, into: Float64Array): boolean {
    if (this.isMarked) return this.#readMarked(row, into);
    return this.#rows.readWhole(row, into);
  }

  #readMarked(row: number, into: Float64Array): boolean {
    let isRecorded = false;
    const isWhole = this.#sequences.copyWhole(row, () => {
      isRecorded = this.#rows.readWhole(row, into);
    });
    return isWhole && isRecorded;
  }
}

function noSequences(): RowSequences {
  return new RowSequences(() => new Float64Array(0));
}

/** The figures of one member: those of a thread in its own memory, or those of a process in its last state. */
export class ImageReader {
  /** The member's streams. The list grows. */
  readonly streams: MemberStream[] = [];
  readonly #logs: ArrayBufferLike[] = [];
  // The chunks of cells.
  #cells: Uint8Array[] = [];
  #isState = false;
  #stateNumber = 0;
  readonly #pairs = new Map<number, readonly [key: string, value: AttributeValue]>();
  readonly #visitor: FrameVisitor = this.#makeVisitor();
  readonly #arrived: () => readonly Chunk[];
  // Chunks of a thread may be passed on by another thread, later than the log.
  readonly #mayArrive: boolean;
  #header: LogHeader | undefined;
  // Number of freed rows in the log that was read.
  #freed = 0;
  // Position in the log.
  #log = 0;
  #byte = LOG_START;

  /** @param arrived returns the chunks of a thread that have arrived since its last call, in order. */
  constructor(arrived?: () => readonly Chunk[]) {
    this.#arrived = arrived ?? (() => []);
    this.#mayArrive = arrived !== undefined;
  }

  /**
   * Takes over the state of a process. Its bytes are used until {@link release}.
   *
   * @param log what was added to the log since the last call.
   * @param cells all cells, as `ImageWriter.cells` returns them, from the start of their buffer.
   * @throws FrameError if the cells are damaged.
   */
  setState(log: Uint8Array, cells: Uint8Array): void {
    this.#isState = true;
    this.#stateNumber++;
    if (log.length > 0) {
      const buffer = new ArrayBuffer(LOG_START + log.length);
      new Uint8Array(buffer).set(log, LOG_START);
      new LogHeader(buffer).written = buffer.byteLength;
      this.#logs.push(buffer);
    }
    this.#cells = chunksIn(cells);
    for (const stream of this.streams) stream.load((frame) => this.#pageOf(frame));
  }

  /** Number of states that were taken over. */
  get stateNumber(): number {
    return this.#stateNumber;
  }

  /** All figures of this state were read; they are not needed any more. Those of a thread stay readable. */
  release(stateNumber: number): void {
    if (!this.#isState || this.#cells.length === 0 || stateNumber !== this.#stateNumber) return;
    this.#cells = [];
    for (const stream of this.streams) stream.release();
  }

  /** Whether the log that was read has all rows that were freed. If not, rows may belong to other series. */
  get isCurrent(): boolean {
    if (this.#isState) return this.#logs.length === 0;
    const header = this.#firstHeader;
    return header === undefined || header.freed <= this.#freed;
  }

  /** As `isCurrent`, on processors that keep the order of reads. */
  get isCurrentInOrder(): boolean {
    if (this.#isState) return this.#logs.length === 0;
    const header = this.#firstHeader;
    return header === undefined || header.freedInOrder <= this.#freed;
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
      const known = this.#logs.length;
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
      // The next state of a process may have been taken over meanwhile.
      isCurrent &&= this.#logs.length === known;
    }
    if (!this.#isState) return;
    // The log of the next state is in a buffer of its own.
    this.#logs.length = 0;
    this.#log = 0;
    this.#byte = LOG_START;
  }

  get #firstHeader(): LogHeader | undefined {
    const first = this.#logs[0];
    if (first !== undefined) this.#header ??= new LogHeader(first);
    return this.#header;
  }

  // Returns whether there is a new chunk of the log.
  #takeArrived(): boolean {
    const before = this.#logs.length;
    for (const { kind, buffer } of this.#arrived()) {
      if (kind === "log") this.#logs.push(buffer);
      else this.#cells.push(new Uint8Array(buffer));
    }
    return this.#logs.length > before;
  }

  #makeVisitor(): FrameVisitor {
    return {
      stream: (stream, identity) => {
        if (stream !== this.streams.length) throw new FrameError("streams are not in order");
        this.streams.push(new MemberStream(identity));
      },
      page: (stream, part, chunk, offset, cells) => {
        if (this.#cells[chunk] === undefined && this.#mayArrive) return false;
        const frame = { part, chunk, offset, cells };
        this.#stream(stream).adopt(frame, this.#pageOf(frame), this.#isState);
        return true;
      },
      pair: (id, key, value) => void this.#pairs.set(id, [key, value]),
      row: (stream, row, startTime, ids) => {
        this.#stream(stream).news.push({ row, startTime, attributes: this.#attributes(ids) });
      },
      freed: (stream, row) => {
        this.#freed++;
        this.#stream(stream).news.push({ row, startTime: 0, attributes: undefined });
      },
    };
  }

  #pageOf({ chunk, offset, cells }: PageFrame): Float64Array {
    const memory = this.#cells[chunk];
    if (memory === undefined || offset < 0 || offset + 8 * cells > memory.length)
      throw new FrameError("a page is outside the memory");
    return new Float64Array(memory.buffer, memory.byteOffset + offset, cells);
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
      const [key, value] = pair;
      // A plain assignment takes a tenth of the time, but would set the prototype for this key.
      if (key === "__proto__") setOwn(attributes, key, value);
      else attributes[key] = value;
    }
    return attributes;
  }
}

// The used bytes of each chunk. The cells begin with a table of the chunks' sizes.
function chunksIn(cells: Uint8Array): Uint8Array[] {
  const view = new DataView(cells.buffer, cells.byteOffset, cells.length);
  const count = cells.length < 8 ? 0 : view.getInt32(0, true);
  const chunks: Uint8Array[] = [];
  let at = 8 + 8 * count;
  for (let chunk = 0; chunk < count; chunk++) {
    const used = view.getInt32(12 + 8 * chunk, true);
    if (used < 0 || used % 8 !== 0 || at + used > cells.length) throw new FrameError("the cells are damaged");
    chunks.push(cells.subarray(at, at + used));
    at += used;
  }
  return chunks;
}
