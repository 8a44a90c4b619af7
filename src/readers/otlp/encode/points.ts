// The fields common to data points of all kinds: times, attributes, exemplars.
import type { CollectedMetric } from "../../../engine/collection/collected-metric.ts";
import type { SeriesSource } from "../../../engine/collection/series-source.ts";
import type { Interner } from "../../../engine/series/interner.ts";
import type { ByteWriter } from "../../../io/bytes/writer.ts";
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import { isInt64, writeAttributes } from "./attributes.ts";
import type { PairCache } from "./pairs.ts";
import type { RequestWriter } from "./request.ts";
import type { HrTime } from "@opentelemetry/api";

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

  constructor(tags: PointTags, request: RequestWriter, pairs: PairCache, times: PointTimesWriter) {
    this.#tags = tags;
    this.#request = request;
    this.#pairs = pairs;
    this.#times = times;
  }

  /**
   * Begins the point of a visited series. The fields of its kind are written to the returned writer, before {@link end}.
   */
  begin(series: SeriesSource, row: number): ByteWriter {
    const { writer } = this.#request;
    this.#request.beginPoint(this.writesLong);
    this.#times.write(writer, series, row);
    return writer;
  }

  /** Ends the point. @param isInt whether the values of exemplars are integers. */
  end(series: SeriesSource, row: number, isInt: boolean): void {
    const { writer } = this.#request;
    const begun = writer.length;
    const isShort = this.#pairs.write(writer, this.#tags.attributes, series, row);
    if (isShort && !this.writesLong) return this.#finish(series, row, isInt);
    if (isShort || !this.writesLong) this.#request.dropPoint();
    else {
      writer.truncate(begun);
      this.#open = { series, row, isInt };
    }
    this.hasLeftOut ||= !isShort;
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
  #unixMillis = 0;
  // Cached: many series of a collection start at the same time, and all end at the same time.
  readonly #start = new MillisTime();
  readonly #end = new MillisTime();

  /** Sets the time of the next collection, in milliseconds since the epoch. */
  begin(unixMillis: number): void {
    this.#unixMillis = unixMillis;
    this.#end.set(unixMillis);
  }

  write(writer: ByteWriter, series: SeriesSource, row: number): void {
    const times = series.timesOf?.(row);
    if (times === undefined) {
      // A series may be created while the collection is walked.
      this.#start.set(Math.min(series.startTimeOf(row), this.#unixMillis));
      writer.taggedFixed64(0x11, this.#start.low, this.#start.high);
      writer.taggedFixed64(0x19, this.#end.low, this.#end.high);
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
  low = 0;
  high = 0;
  #unixMillis = 0;

  set(unixMillis: number): void {
    if (unixMillis === this.#unixMillis) return;
    const seconds = Math.floor(unixMillis / 1e3);
    const nanoseconds = Math.round((unixMillis - seconds * 1e3) * 1e6);
    this.#unixMillis = unixMillis;
    this.low = lowNanos(seconds, nanoseconds);
    this.high = highNanos(seconds, nanoseconds);
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
