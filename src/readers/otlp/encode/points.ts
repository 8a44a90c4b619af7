// The fields common to data points of all kinds: times, attributes, exemplars.
import type { CollectedMetric } from "../../../engine/collection/collected-metric.ts";
import type { SeriesSource } from "../../../engine/collection/series-source.ts";
import type { Interner } from "../../../engine/series/interner.ts";
import type { ByteWriter } from "../../../io/bytes/writer.ts";
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import { isInt64, writeAttributes } from "./attributes.ts";
import type { KnownSlice } from "./known-slices.ts";
import type { PairCache } from "./pairs.ts";
import type { RequestWriter } from "./request.ts";
import type { HrTime } from "@opentelemetry/api";

/** Positions between two checks of the clock. */
export const SLICE = 1_024;

const VARIED = -1;
// A tag and a fixed64.
const TIME_BYTES = 9;
const TRACE_ID_SIZE = 16;
const SPAN_ID_SIZE = 8;

interface PointTags {
  readonly attributes: number;
  readonly exemplars: number;
}

const NUMBER_TAGS: PointTags = { attributes: 0x3a, exemplars: 0x2a };

/** Tags of the fields whose numbers depend on the kind of point. */
export const POINT_TAGS: Readonly<Record<CollectedMetric["kind"], PointTags>> = {
  sum: NUMBER_TAGS,
  gauge: NUMBER_TAGS,
  histogram: { attributes: 0x4a, exemplars: 0x42 },
  exponentialHistogram: { attributes: 0x0a, exemplars: 0x5a },
};

interface OpenPoint {
  readonly series: SeriesSource;
  readonly row: number;
  readonly isInt: boolean;
}

/** Writes the common fields of points, around the fields of one kind. */
export class PointWriter {
  /**
   * Selects the points to write. If true, only points that take long, each left open until {@link endSteps}. If false,
   * all others; {@link hasLeftOut} is set if any were skipped.
   */
  writesLong = false;
  hasLeftOut = false;
  readonly #tags: PointTags;
  readonly #request: RequestWriter;
  readonly #pairs: PairCache;
  readonly #times: PointTimesWriter;
  #open: OpenPoint | undefined;
  // The slice that is written: its rows, its first byte, and the size of each point's fields, or how they vary.
  readonly #rows = new Int32Array(SLICE);
  #count = 0;
  #begun = 0;
  #fieldBytes = 0;
  #completed = 0;
  // The copy whose times and values are written, and the place in it.
  #known: KnownSlice | undefined;
  #knownEnd = 0;
  #pointEnd = 0;
  #contentAt = 0;
  #isSame = true;

  constructor(tags: PointTags, request: RequestWriter, pairs: PairCache, times: PointTimesWriter) {
    this.#tags = tags;
    this.#request = request;
    this.#pairs = pairs;
    this.#times = times;
  }

  /** Begins a slice of at most {@link SLICE} points. */
  beginSlice(): void {
    this.hasLeftOut = false;
    this.#times.hasLowered = false;
    // No copy is open. Set here too, since V8 discards code that has read a field when it is set for the first time.
    this.#known = undefined;
    this.#count = 0;
    this.#fieldBytes = 0;
    this.#completed = this.#request.completed;
  }

  /**
   * The slice that was just written, if it can be copied: no point is long, and all have equally long fields. No start
   * time differs in later collections.
   */
  slice(version: number): KnownSlice | undefined {
    const { writer, completed } = this.#request;
    if (this.#count === 0 || this.hasLeftOut || this.#fieldBytes < 0 || completed !== this.#completed)
      return undefined;
    if (this.#times.hasLowered) return undefined;
    return {
      version,
      rows: this.#rows.slice(0, this.#count),
      bytes: new Uint8Array(writer.bytes.subarray(this.#begun, writer.length)),
      fieldBytes: this.#fieldBytes,
    };
  }

  /** Copies the points of a slice, if they fit. Times and values of its series are written next, by a visit. */
  beginCopy(known: KnownSlice): boolean {
    this.hasLeftOut = false;
    const at = this.#request.copyPoints(known.bytes);
    if (at === undefined) return false;
    this.#known = known;
    this.#count = 0;
    this.#isSame = true;
    this.#pointEnd = at;
    this.#knownEnd = at + known.bytes.length;
    return true;
  }

  /** Ends the copy. Returns false, and removes it, if the series visited were others, or had other fields. */
  endCopy({ rows }: KnownSlice): boolean {
    const isSame = this.#isSame && this.#count === rows.length;
    this.#known = undefined;
    if (isSame) {
      this.#request.writer.truncate(this.#knownEnd);
      this.#request.keepPoints(rows.length);
    } else this.#request.dropPoint();
    return isSame;
  }

  /**
   * Begins the point of a visited series. The fields of its kind are written to the returned writer, before {@link end}.
   */
  begin(series: SeriesSource, row: number): ByteWriter {
    const { writer } = this.#request;
    if (this.#known !== undefined) {
      this.#beginKnown(writer, this.#known, row);
      this.#times.writeEnd(writer);
    } else {
      this.#request.beginPoint(this.writesLong);
      this.#contentAt = this.#request.contentAt;
      this.#times.write(writer, series, row);
    }
    return writer;
  }

  /** Ends the point. @param isInt whether the values of exemplars are integers. */
  end(series: SeriesSource, row: number, isInt: boolean): void {
    const { writer } = this.#request;
    const begun = writer.length;
    if (this.#known !== undefined) {
      this.#isSame &&= begun - this.#contentAt === this.#known.fieldBytes;
      return;
    }
    this.#note(row, begun - this.#contentAt);
    const isShort = this.#pairs.write(writer, this.#tags.attributes, series, row);
    if (isShort && !this.writesLong) return this.#finish(series, row, isInt);
    if (isShort || !this.writesLong) this.#request.dropPoint();
    else {
      writer.truncate(begun);
      this.#open = { series, row, isInt };
    }
    this.hasLeftOut ||= !isShort;
  }

  #beginKnown(writer: ByteWriter, { rows }: KnownSlice, row: number): void {
    this.#isSame &&= rows[this.#count] === row;
    // The fields of another row are written behind the copy, and removed with it.
    if (!this.#isSame) return writer.truncate(this.#knownEnd);
    this.#count++;
    // After the tag, the length.
    const { bytes } = writer;
    let at = this.#pointEnd + 1;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    this.#contentAt = at;
    this.#pointEnd = at + size;
    writer.truncate(at);
  }

  #note(row: number, fieldBytes: number): void {
    if (this.#count === 0) {
      this.#begun = this.#request.pointAt;
      this.#fieldBytes = fieldBytes;
    } else if (fieldBytes !== this.#fieldBytes) this.#fieldBytes = VARIED;
    this.#rows[this.#count++] = row;
  }

  /** Ends the point that was left open, if any, in steps. */
  *endSteps(interner: Interner): Generator<undefined, void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const { series, row, isInt } = open;
    const ids = this.#pairs.idsOf(series, row);
    this.#request.makeRoom(yield* this.#pairs.sizeSteps(ids, interner));
    yield* this.#pairs.writeSteps(this.#request.writer, this.#tags.attributes, ids, interner);
    this.#finish(series, row, isInt);
  }

  #finish(series: SeriesSource, row: number, isInt: boolean): void {
    const { writer } = this.#request;
    for (const exemplar of series.exemplarsOf(row)) {
      writer.byte(this.#tags.exemplars);
      writeExemplar(writer, exemplar, isInt);
    }
    this.#request.endPoint();
  }
}

function writeExemplar(writer: ByteWriter, exemplar: Exemplar, isInt: boolean): void {
  const { filteredAttributes, timestamp, value, traceId, spanId } = exemplar;
  const begun = writer.begin();
  writer.byte(0x11);
  writeTime(writer, timestamp);
  if (isInt && isInt64(value)) {
    writer.byte(0x31);
    writer.fixed64(value);
  } else {
    writer.byte(0x19);
    writer.double(value);
  }
  writeId(writer, 0x22, spanId, SPAN_ID_SIZE);
  writeId(writer, 0x2a, traceId, TRACE_ID_SIZE);
  writeAttributes(writer, 0x3a, filteredAttributes);
  writer.end(begun);
}

// An application's reservoir may return any value; invalid ids are left out.
function writeId(writer: ByteWriter, tag: number, digits: string | undefined, size: number): void {
  if (digits === undefined) return;
  const before = writer.length;
  writer.byte(tag);
  writer.byte(size);
  if (!writer.hex(digits, size)) writer.truncate(before);
}

const TWO_TO_16 = 2 ** 16;
const TWO_TO_32 = 2 ** 32;

/** Fields 2 and 3 of all kinds of point: the start and the end of their interval. */
export class PointTimesWriter {
  /** Whether a start time was lowered to the time of the collection since this was set to false. */
  hasLowered = false;
  #unixMillis = 0;
  // Cached: many series of a collection start at the same time, and all end at the same time.
  readonly #start = new MillisTime();
  readonly #end = new MillisTime();

  /** Sets the time of the next collection, in milliseconds since the epoch. */
  begin(unixMillis: number): void {
    this.#unixMillis = unixMillis;
    this.#end.set(unixMillis);
  }

  /** Skips the start of a point that has one, and writes the end. */
  writeEnd(writer: ByteWriter): void {
    writer.truncate(writer.length + TIME_BYTES);
    writer.taggedWord(0x19, this.#end.words);
  }

  write(writer: ByteWriter, series: SeriesSource, row: number): void {
    const times = series.timesOf?.(row);
    if (times === undefined) {
      // A series may be created while the collection is walked.
      const startMillis = series.startTimeOf(row);
      if (startMillis > this.#unixMillis) this.hasLowered = true;
      this.#start.set(Math.min(startMillis, this.#unixMillis));
      writer.taggedWord(0x11, this.#start.words);
      writer.taggedWord(0x19, this.#end.words);
    } else {
      writer.byte(0x11);
      writeTime(writer, times.startTime);
      writer.byte(0x19);
      writeTime(writer, times.endTime);
    }
  }
}

/** Writes a time in nanoseconds as a fixed64; wrong before 1970 and after 2554. */
function writeTime(writer: ByteWriter, time: HrTime): void {
  writer.words(lowNanos(time[0], time[1]), highNanos(time[0], time[1]));
}

class MillisTime {
  /** The lower and the higher 32 bits of the nanoseconds. */
  readonly words: Uint32Array = new Uint32Array(2);
  #unixMillis = 0;

  set(unixMillis: number): void {
    if (unixMillis === this.#unixMillis) return;
    const seconds = Math.floor(unixMillis / 1e3);
    const nanoseconds = Math.round((unixMillis - seconds * 1e3) * 1e6);
    this.#unixMillis = unixMillis;
    this.words[0] = lowNanos(seconds, nanoseconds);
    this.words[1] = highNanos(seconds, nanoseconds);
  }
}

// seconds * 1e9 + nanoseconds exceeds the exact integers of a double. So the seconds are split into 16 bits and the rest,
// each less than 2^49 nanoseconds. Bit operations use the lower 32 bits of a double.
function lowNanos(seconds: number, nanoseconds: number): number {
  const upper = Math.floor(seconds / TWO_TO_16) * 1e9;
  const lower = (seconds & 0xffff) * 1e9 + nanoseconds;
  return ((upper & 0xffff) * TWO_TO_16 + (lower >>> 0)) >>> 0;
}

function highNanos(seconds: number, nanoseconds: number): number {
  const upper = Math.floor(seconds / TWO_TO_16) * 1e9;
  const lower = (seconds & 0xffff) * 1e9 + nanoseconds;
  const carried = (upper & 0xffff) * TWO_TO_16 + lower;
  return (Math.floor(upper / TWO_TO_16) + Math.floor(carried / TWO_TO_32)) >>> 0;
}
