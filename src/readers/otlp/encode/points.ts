// What the data points of all kinds have in common: times, attributes, exemplars.
import type { SeriesSource } from "../../../engine/collection/series-source.ts";
import type { Interner } from "../../../engine/series/interner.ts";
import type { ByteWriter } from "../../../io/bytes/writer.ts";
import { writeExemplar } from "./exemplars.ts";
import type { PairCache } from "./pairs.ts";
import type { RequestWriter } from "./request.ts";
import type { PointTimesWriter } from "./times.ts";

/** The tags of fields that have other numbers in each kind of point. */
export interface PointTags {
  readonly attributes: number;
  readonly exemplars: number;
}

interface OpenPoint {
  readonly series: SeriesSource;
  readonly row: number;
  readonly isInt: boolean;
}

/** Writes points of one kind around what only that kind says. */
export class PointWriter {
  /**
   * Whether points that take long are written, and only these: then each is left open until {@link endSteps}. If not, they
   * are left out, and {@link hasLeftOut} says so.
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

  /** Begins the point of a visited series. Its kind's own fields are written to what this answers; then comes {@link end}. */
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

  /** Ends the point that was left open, if one was, in steps. */
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
