/** Reads the figures that another thread or process has written with an `ImageWriter`. */
import type { Attributes, AttributeValue } from "@opentelemetry/api";
import { contentHash, setOwn } from "../../engine/series/attribute-content.ts";
import { type Chunk, LOG_START, LogHeader } from "./chunks.ts";
import { FrameError, readFrames, type FrameVisitor } from "./frames.ts";
import { MemberStream, type PageFrame } from "./member-stream.ts";
export type { MemberStream } from "./member-stream.ts";

/** An attribute, and a hash of it. */
interface Pair {
  readonly key: string;
  readonly value: AttributeValue;
  readonly hash: number;
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
  readonly #pairs = new Map<number, Pair>();
  readonly #visitor: FrameVisitor = this.#makeVisitor();
  readonly #arrived: () => readonly Chunk[];
  // Chunks of a thread may be passed on by another thread, later than the log.
  readonly #mayArrive: boolean;
  #header: LogHeader | undefined;
  // Number of freed rows in the log that was read.
  #freed = 0;
  #skipsRemoved = false;
  // Position in the log.
  #log = 0;
  #byte = LOG_START;
  // Number of streams in the log that was read.
  #described = 0;
  #firstFrame: Uint8Array = new Uint8Array(0);

  /** @param arrived returns the chunks of a thread that have arrived since its last call, in order. */
  constructor(arrived?: () => readonly Chunk[]) {
    this.#arrived = arrived ?? (() => []);
    this.#mayArrive = arrived !== undefined;
  }

  /**
   * Takes over the state of a process. Its bytes are used until {@link release}.
   *
   * @param log what was added to the log since the last call, or all of it if it has started again: see {@link restarts}.
   * @param cells all cells, as `ImageWriter.cells` returns them, from the start of their buffer.
   * @throws FrameError if the cells are damaged.
   */
  setState(log: Uint8Array, cells: Uint8Array): void {
    this.#isState = true;
    this.#stateNumber++;
    if (this.#firstFrame.length === 0) this.#firstFrame = firstFrameIn(log).slice();
    if (log.length > 0) {
      const buffer = new ArrayBuffer(LOG_START + log.length);
      new Uint8Array(buffer).set(log, LOG_START);
      new LogHeader(buffer).written = buffer.byteLength;
      this.#logs.push(buffer);
    }
    this.#cells = chunksIn(cells);
    for (const stream of this.streams) stream.load((frame) => this.#pageOf(frame));
  }

  /**
   * A process' log has started again. Returns whether it describes the same rows, and can be taken over. If not, it is that
   * of another writer, and needs another reader.
   */
  restarts(log: Uint8Array): boolean {
    const isSame = log.length > 0 && Buffer.compare(firstFrameIn(log), this.#firstFrame) === 0;
    if (isSame) this.#restart();
    return isSame;
  }

  /** Another reader has counted the last figures of series that were removed up to now. The first {@link readLog} skips them. */
  skipRemoved(): void {
    this.#skipsRemoved = true;
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
      const first = this.#logs[0];
      const lengths = this.#logs
        .slice(this.#log)
        .map((buffer) => Math.max(LOG_START, new LogHeader(buffer).written));
      isCurrent = !this.#takeArrived();
      // The lengths may be those of a log that has started again.
      if (first !== undefined && first !== this.#logs[0]) continue;
      const known = this.#logs.length;
      const isWhole = yield* this.#readFrames(lengths);
      if (!isWhole) return;
      // The next state of a process may have been taken over meanwhile.
      isCurrent &&= this.#logs.length === known;
    }
    this.#skipsRemoved = false;
    if (!this.#isState) return;
    // The log of the next state is in a buffer of its own.
    this.#logs.length = 0;
    this.#log = 0;
    this.#byte = LOG_START;
  }

  // Returns false if the chunk of a page has not arrived yet.
  *#readFrames(lengths: readonly number[]): Generator<undefined, boolean> {
    for (const [i, length] of lengths.entries()) {
      const buffer = this.#logs[this.#log]!;
      if (length > buffer.byteLength) throw new FrameError("the log is damaged");
      this.#byte = yield* readFrames(buffer, this.#byte, length, this.#visitor);
      if (this.#byte < length) return false;
      // Nothing more is written to a chunk that had a successor when its length was read.
      if (i === lengths.length - 1) break;
      this.#log++;
      this.#byte = LOG_START;
    }
    return true;
  }

  #restart(): void {
    this.#logs.length = 0;
    this.#log = 0;
    this.#byte = LOG_START;
    this.#header = undefined;
    this.#freed = 0;
    this.#described = 0;
    this.#pairs.clear();
    for (const stream of this.streams) stream.restart();
  }

  get #firstHeader(): LogHeader | undefined {
    const first = this.#logs[0];
    if (first !== undefined) this.#header ??= new LogHeader(first);
    return this.#header;
  }

  // Returns whether there is a new chunk of the log.
  #takeArrived(): boolean {
    let isLogNew = false;
    for (const { kind, index, buffer } of this.#arrived()) {
      if (kind === "log") {
        if (index === 0 && this.#logs.length > 0) this.#restart();
        this.#logs.push(buffer);
        isLogNew = true;
      } else this.#cells.push(new Uint8Array(buffer));
    }
    return isLogNew;
  }

  #makeVisitor(): FrameVisitor {
    return {
      stream: (stream, identity) => {
        if (stream !== this.#described++) throw new FrameError("streams are not in order");
        if (stream === this.streams.length) this.streams.push(new MemberStream(identity));
      },
      page: (stream, part, chunk, offset, cells) => {
        if (this.#cells[chunk] === undefined && this.#mayArrive) return false;
        const frame = { part, chunk, offset, cells };
        this.#stream(stream).adopt(frame, this.#pageOf(frame), this.#isState);
        return true;
      },
      pair: (id, key, value) => void this.#pairs.set(id, { key, value, hash: hashOf(key, value) }),
      row: (stream, row, startTime, ids) => {
        let series = 0;
        // Another row may have them in another order.
        for (const id of ids) series = (series + (this.#pairs.get(id)?.hash ?? 0)) | 0;
        this.#stream(stream).added({ row, startTime, series, attributes: this.#attributes(ids) });
      },
      freed: (stream, row, last) => {
        this.#freed++;
        const isCounted = this.#skipsRemoved || this.#freed <= (this.#firstHeader?.counted ?? 0);
        this.#stream(stream).freed(row, isCounted ? undefined : last);
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
      const { key, value } = pair;
      // A plain assignment takes a tenth of the time, but would set the prototype for this key.
      if (key === "__proto__") setOwn(attributes, key, value);
      else attributes[key] = value;
    }
    return attributes;
  }
}

function hashOf(key: string, value: AttributeValue): number {
  const isContent = typeof value === "object";
  return contentHash([key, isContent ? "" : value]) ^ (isContent ? contentHash(Object(value)) : 0);
}

function firstFrameIn(log: Uint8Array): Uint8Array {
  const length = log.length < 4 ? 0 : new DataView(log.buffer, log.byteOffset).getInt32(0, true);
  return log.subarray(0, Math.max(0, length));
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
