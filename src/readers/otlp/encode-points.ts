/** What the data points of all kinds have in common: times, attributes, exemplars. */
import type { SeriesSource } from "../../engine/collection/series-source.ts";
import type { ByteWriter } from "../bytes/byte-writer.ts";
import { ExemplarBlock } from "./encode-exemplars.ts";
import type { PairCache } from "./encode-pairs.ts";
import type { RequestWriter } from "./encode-request.ts";
import { POINT_TIMES_SIZE, PointTimesWriter } from "./encode-times.ts";

/** Bytes of a field of 64 bits, its tag included. */
export const FIXED64_SIZE = 9;

/** The tags of fields that have other numbers in each kind of point. */
export interface PointTags {
  readonly attributes: number;
  readonly exemplars: number;
}

/** Writes points of one kind around what only that kind says. */
export class PointWriter {
  readonly #tags: PointTags;
  readonly #request: RequestWriter;
  readonly #pairs: PairCache;
  readonly #times: PointTimesWriter;
  readonly #exemplars: ExemplarBlock = new ExemplarBlock();

  constructor(tags: PointTags, request: RequestWriter, pairs: PairCache, times: PointTimesWriter) {
    this.#tags = tags;
    this.#request = request;
    this.#pairs = pairs;
    this.#times = times;
  }

  /**
   * Begins the point of a visited series, whose kind writes `ownSize` bytes to what it is given; then comes {@link end}.
   *
   * @param isInt whether values of exemplars are integers.
   */
  begin(series: SeriesSource, row: number, ownSize: number, isInt: boolean): ByteWriter {
    const { writer } = this.#request;
    const pairsSize = this.#pairs.take(series, row);
    const exemplarsSize = this.#exemplars.take(series.exemplarsOf(row), this.#tags.exemplars, isInt);
    this.#request.beginPoint(POINT_TIMES_SIZE + ownSize + pairsSize + exemplarsSize);
    this.#times.write(writer, series, row);
    return writer;
  }

  /** Ends the point. */
  end(): void {
    this.#pairs.write(this.#request.writer, this.#tags.attributes);
    this.#exemplars.write(this.#request.writer);
  }
}
