// `NumberDataPoint`: the points of sums and gauges.
import { ValueType } from "@opentelemetry/api";
import type { CollectedGauge, CollectedSum } from "../../../engine/collection/collected-metric.ts";
import type { SeriesSource, SeriesVisitor } from "../../../engine/collection/series-source.ts";
import { isInt64 } from "./attributes.ts";
import type { PointTags, PointWriter } from "./points.ts";

/** The tags of a `NumberDataPoint`. */
export const NUMBER_TAGS: PointTags = { attributes: 0x3a, exemplars: 0x2a };

/** Writes the series of a sum or a gauge that it visits. */
export class NumberPoints implements SeriesVisitor {
  readonly #points: PointWriter;
  readonly #source: SeriesSource;
  readonly #isInt: boolean;

  constructor(points: PointWriter, { series, descriptor }: CollectedSum | CollectedGauge) {
    this.#points = points;
    this.#source = series;
    this.#isInt = descriptor.valueType === ValueType.INT;
  }

  series(cells: Float64Array, offset: number, row: number): void {
    const value = cells[offset]!;
    const writer = this.#points.begin(this.#source, row);
    // Another SDK's integers may be none.
    if (this.#isInt && isInt64(value)) {
      writer.byte(0x31);
      writer.fixed64(value);
    } else {
      writer.byte(0x21);
      writer.double(value);
    }
    this.#points.end(this.#source, row, this.#isInt);
  }
}
