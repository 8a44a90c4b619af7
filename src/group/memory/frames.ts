/**
 * Frames of the log of a member's figures:
 *
 *     ┌ length ┬ type ┬ numbers … ┬ start time or text ┐     32-bit numbers; the length in bytes is a multiple of 8
 *
 * - A stream has its number, and JSON of its identity.
 * - A page has its stream and part, then its chunk, offset in bytes and number of cells.
 * - A pair has its id, and JSON of the attribute's key and value.
 * - A row has its stream and number, the start time of its series as a double, and the ids of its pairs. An odd number
 *   of ids is followed by 0.
 * - A freed row has its stream and number. If the application has removed its series, its last cells follow.
 *
 * A log that starts again keeps streams, pages and rows with their numbers, in the same memory.
 */
import type { AttributeValue } from "@opentelemetry/api";
import { type Part, PARTS } from "../../engine/aggregation/store.ts";
import { scopeKey } from "../../engine/scope.ts";
import type { StreamOrigin } from "../../engine/streams/members.ts";
import type { KeptAggregation } from "../../engine/streams/stream-store.ts";
import { isAttributeValue, textOf, valueFrom } from "./attribute-text.ts";
import { type Chunks, LOG_START, LogHeader } from "./chunks.ts";

/** A stream of a member, as text in its log. */
export interface StreamIdentity extends StreamOrigin {
  readonly aggregation: KeptAggregation;
  /** Whether writes are seen in their order; if not, rows have sequence numbers. */
  readonly isOrdered: boolean;
  /** A number of the image. In the first stream alone. */
  readonly image?: number | undefined;
}

/** Key of a stream with one aggregation: the same in all threads and processes. */
export function streamKey({ scope, instrument, index }: StreamOrigin, aggregation: KeptAggregation): string {
  return JSON.stringify([scopeKey(scope), instrument.name, instrument.type, index, aggregation]);
}

const TYPES = { stream: 1, page: 2, pair: 3, row: 4, freed: 5 } as const;

const NUMBERS = 4;
const NO_CELLS = new Float64Array(0);

/** Appends frames. */
export class FrameWriter {
  readonly #chunks: Chunks;
  readonly #encoder = new TextEncoder();
  // Rows in the log, and those of them that were freed.
  #rows = 0;
  #freed = 0;
  #first: LogHeader;
  #header: LogHeader;
  #ints: Int32Array;
  #doubles: Float64Array;
  #bytes: Uint8Array;
  #end = LOG_START;

  constructor(chunks: Chunks) {
    this.#chunks = chunks;
    const buffer = chunks.log(0);
    this.#header = this.#first = new LogHeader(buffer);
    this.#ints = new Int32Array(buffer);
    this.#doubles = doublesIn(buffer);
    this.#bytes = new Uint8Array(buffer);
  }

  stream(stream: number, identity: StreamIdentity): void {
    this.#text(TYPES.stream, stream, JSON.stringify(textOf(identity)));
  }

  page(stream: number, part: Part, chunk: number, offset: number, cells: number): void {
    const at = this.#begin(TYPES.page, 8 * NUMBERS);
    this.#ints[at + 2] = stream;
    this.#ints[at + 3] = part;
    this.#ints[at + 4] = chunk;
    this.#ints[at + 5] = offset;
    this.#ints[at + 6] = cells;
    this.#ints[at + 7] = 0;
    this.#commit();
  }

  pair(id: number, key: string, value: AttributeValue): void {
    this.#text(TYPES.pair, id, JSON.stringify([key, textOf(value)]));
  }

  row(stream: number, row: number, startTime: number, ids: Int32Array, count: number): void {
    const at = this.#begin(TYPES.row, 24 + 8 * ((count + 1) >> 1));
    this.#rows++;
    this.#ints[at + 2] = stream;
    this.#ints[at + 3] = row;
    this.#doubles[(at + 4) / 2] = startTime;
    for (let i = 0; i < count; i++) this.#ints[at + 6 + i] = ids[i]!;
    if (count % 2 === 1) this.#ints[at + 6 + count] = 0;
    this.#commit();
  }

  freed(stream: number, row: number, last: Float64Array = NO_CELLS): void {
    this.#freed++;
    this.#first.countFreed();
    const at = this.#begin(TYPES.freed, 16 + 8 * last.length);
    this.#ints[at + 2] = stream;
    this.#ints[at + 3] = row;
    this.#doubles.set(last, at / 2 + 2);
    this.#commit();
  }

  /** Sets the time of the last report. */
  reported(unixMillis: number): void {
    this.#first.reportedAt = unixMillis;
  }

  /** Another report has the last figures of all rows that were freed up to now. */
  countNow(): void {
    this.#first.countNow();
  }

  /** Whether more than two thirds of the rows in the log were freed. */
  get isMostlyFreed(): boolean {
    return 3 * this.#freed > 2 * this.#rows;
  }

  /** Starts the log again, without rows that were freed. Returns the ids of the pairs in it. */
  restart(): ReadonlySet<number> {
    const described: Int32Array[] = [];
    const pairs = new Map<number, Int32Array>();
    const rows = new Map<number, Int32Array>();
    for (const frame of this.#frames()) {
      const [, type, subject = 0, row = 0] = frame;
      const key = subject * 2 ** 32 + row;
      if (type === TYPES.row) rows.set(key, frame);
      else if (type === TYPES.freed) rows.delete(key);
      else if (type === TYPES.pair) pairs.set(subject, frame);
      else described.push(frame);
    }
    const ids = new Set([...rows.values()].flatMap((frame) => [...idsIn(frame)]));
    const kept = [...ids].flatMap((id) => pairs.get(id) ?? []);
    const frames = [...described, ...kept, ...rows.values()];
    const buffer = this.#chunks.restartLog(
      frames.map((frame) => new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength)),
    );
    this.#use(buffer);
    this.#first = this.#header;
    this.#rows = rows.size;
    this.#freed = 0;
    return ids;
  }

  *#frames(): Generator<Int32Array> {
    for (const { buffer } of this.#chunks.logs) {
      const ints = new Int32Array(buffer);
      const end = new LogHeader(buffer).written / 4;
      for (let at = LOG_START / 4; at < end;) {
        const next = at + ints[at]! / 4;
        yield ints.subarray(at, next);
        at = next;
      }
    }
  }

  #text(type: number, subject: number, json: string): void {
    const text = this.#encoder.encode(json);
    const at = this.#begin(type, 16 + Math.ceil(text.length / 8) * 8);
    this.#ints[at + 2] = subject;
    this.#ints[at + 3] = text.length;
    this.#bytes.set(text, 4 * at + 16);
    this.#commit();
  }

  // Returns the index of the frame's first number. A frame is in one chunk.
  #begin(type: number, bytes: number): number {
    if (this.#end + bytes > this.#bytes.length) this.#nextChunk(bytes);
    const at = this.#end / 4;
    this.#ints[at] = bytes;
    this.#ints[at + 1] = type;
    this.#end += bytes;
    return at;
  }

  // Other threads read the frame from now on.
  #commit(): void {
    this.#header.written = this.#end;
  }

  #nextChunk(bytes: number): void {
    this.#use(this.#chunks.log(bytes));
  }

  #use(buffer: ArrayBufferLike): void {
    this.#header = new LogHeader(buffer);
    this.#ints = new Int32Array(buffer);
    this.#doubles = doublesIn(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#end = this.#header.written;
  }
}

/** Receiver of a log's frames. */
export interface FrameVisitor {
  stream(stream: number, identity: StreamIdentity): void;
  /** Returns false if its chunk has not arrived yet: reading ends before this frame. */
  page(stream: number, part: Part, chunk: number, offset: number, cells: number): boolean;
  pair(id: number, key: string, value: AttributeValue): void;
  row(stream: number, row: number, startTime: number, ids: Int32Array): void;
  /** @param last cells of a series that the application has removed. */
  freed(stream: number, row: number, last: Float64Array | undefined): void;
}

/** Thrown for a log that is not one of ours, or damaged. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/**
 * Reads the frames from byte `from` to `to` of `buffer`, one each step. Returns the byte after the last one.
 *
 * @throws FrameError if the log is damaged.
 */
export function* readFrames(
  buffer: ArrayBufferLike,
  from: number,
  to: number,
  visitor: FrameVisitor,
): Generator<undefined, number> {
  const ints = new Int32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
  const doubles = doublesIn(buffer);
  for (let byte = from; byte < to;) {
    const at = byte / 4;
    const length = ints[at] ?? 0;
    if (length < 16 || length % 8 !== 0 || byte + length > to) throw new FrameError("a frame is damaged");
    if (!readFrame(ints, doubles, at, visitor)) return byte;
    byte += length;
    yield;
  }
  return to;
}

// Returns false for a frame that cannot be read yet.
function readFrame(ints: Int32Array, doubles: Float64Array, at: number, visitor: FrameVisitor): boolean {
  const length = ints[at]!;
  const a = ints[at + 2]!;
  const b = ints[at + 3]!;
  switch (ints[at + 1]) {
    case TYPES.stream: {
      const identity = valueFrom(JSON.parse(textAt(ints, at, b, length)));
      if (!isIdentity(identity)) throw new FrameError("a stream is damaged");
      visitor.stream(a, identity);
      return true;
    }
    case TYPES.page: {
      const [chunk = 0, offset = 0, cells = 0] = ints.subarray(at + 4, at + 7);
      if (!isPart(b)) throw new FrameError("a page is damaged");
      return visitor.page(a, b, chunk, offset, cells);
    }
    case TYPES.pair: {
      const pair: unknown = JSON.parse(textAt(ints, at, b, length));
      const [key, text]: unknown[] = Array.isArray(pair) ? pair : [];
      const value = valueFrom(text);
      if (typeof key !== "string" || !isAttributeValue(value))
        throw new FrameError("an attribute is damaged");
      visitor.pair(a, key, value);
      return true;
    }
    case TYPES.row: {
      visitor.row(a, b, doubles[(at + 4) / 2]!, idsIn(ints.subarray(at, at + length / 4)));
      return true;
    }
    case TYPES.freed:
      visitor.freed(a, b, length === 16 ? undefined : doubles.slice(at / 2 + 2, (at + length / 4) / 2));
      return true;
    default:
      throw new FrameError("a frame has an unknown type");
  }
}

// Its length need not be a multiple of 8.
function doublesIn(buffer: ArrayBufferLike): Float64Array {
  return new Float64Array(buffer, 0, Math.floor(buffer.byteLength / 8));
}

// Ids of the pairs in the frame of a row.
function idsIn(frame: Int32Array): Int32Array {
  const isPadded = frame.length > 6 && frame.at(-1) === 0;
  return frame.subarray(6, isPadded ? -1 : undefined);
}

// A copy, because a decoder refuses shared memory.
function textAt(ints: Int32Array, at: number, bytes: number, length: number): string {
  if (bytes < 0 || bytes > length - 16) throw new FrameError("a text is damaged");
  const text = Uint8Array.from(new Uint8Array(ints.buffer, ints.byteOffset + 4 * at + 16, bytes));
  return new TextDecoder().decode(text);
}

function isPart(number: number): number is Part {
  return Object.values<number>(PARTS).includes(number);
}

// The rest was written by our own code: the group's folder belongs to this user alone.
function isIdentity(given: unknown): given is StreamIdentity {
  return (
    typeof given === "object" &&
    given !== null &&
    "scope" in given &&
    "instrument" in given &&
    "index" in given &&
    "aggregation" in given
  );
}
