// The fields that data points of all kinds have: times, attributes, exemplars.
import type { CollectedMetric } from "../../../engine/collection/collected-metric.ts";
import type { SeriesSource } from "../../../engine/collection/series-source.ts";
import type { Interner } from "../../../engine/series/interner.ts";
import type { ByteWriter } from "../../../io/bytes/writer.ts";
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import { isInt64, writeAttributes } from "./attributes.ts";
import type { PairCache } from "./pairs.ts";
import type { RequestWriter } from "./request.ts";
import { type PointTimesWriter, writeTime } from "./times.ts";

const TRACE_ID_SIZE = 16;
const SPAN_ID_SIZE = 8;

interface PointTags {
  readonly attributes: number;
  readonly exemplars: number;
}

const NUMBER_TAGS: PointTags = { attributes: 0x3a, exemplars: 0x2a };

/** The tags of fields that have other numbers in each kind of point. */
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

/** Writes points of one kind around that kind's own fields. */
export class PointWriter {
  /**
   * Whether only points that take long are written, each left open until {@link endSteps}. Otherwise only the others are,
   * and {@link hasLeftOut} is set if there are long ones.
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

  /** Begins the point of a visited series. Its kind's own fields go to the returned writer, before {@link end}. */
  begin(series: SeriesSource, row: number): ByteWriter {
    const { writer } = this.#request;
    this.#request.beginPoint(this.writesLong);
    this.#times.write(writer, series, row);
    return writer;
  }

  /** Ends the point. @param isInt whether values of exemplars are integers. */
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

// A reservoir of the application may give anything; an invalid id is left out.
function writeId(writer: ByteWriter, tag: number, digits: string | undefined, size: number): void {
  if (digits === undefined) return;
  const before = writer.length;
  writer.byte(tag);
  writer.byte(size);
  if (!writer.hex(digits, size)) writer.truncate(before);
}
