// What the data points of all kinds have in common: times, attributes, exemplars.
import type { SeriesSource } from "../../../engine/collection/series-source.ts";
import type { ByteWriter } from "../../bytes/byte-writer.ts";
import { writeExemplar } from "./exemplars.ts";
import type { PairCache } from "./pairs.ts";
import type { RequestWriter } from "./request.ts";
import type { PointTimesWriter } from "./times.ts";

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

  constructor(tags: PointTags, request: RequestWriter, pairs: PairCache, times: PointTimesWriter) {
    this.#tags = tags;
    this.#request = request;
    this.#pairs = pairs;
    this.#times = times;
  }

  /** Begins the point of a visited series. Its kind's own fields are written to what this answers; then comes {@link end}. */
  begin(series: SeriesSource, row: number): ByteWriter {
    const { writer } = this.#request;
    this.#request.beginPoint();
    this.#times.write(writer, series, row);
    return writer;
  }

  /** Ends the point. @param isInt whether values of exemplars are integers. */
  end(series: SeriesSource, row: number, isInt: boolean): void {
    const { writer } = this.#request;
    this.#pairs.write(writer, this.#tags.attributes, series, row);
    for (const exemplar of series.exemplarsOf(row)) {
      writer.byte(this.#tags.exemplars);
      writeExemplar(writer, exemplar, isInt);
    }
    this.#request.endPoint();
  }
}
