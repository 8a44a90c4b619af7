/** Upstream's data points, walked as series. */
import type { Attributes } from "@opentelemetry/api";
import type { DataPoint } from "@opentelemetry/sdk-metrics";
import type { Exemplar } from "../exemplars/reservoir.ts";
import { type Interner, NO_PAIR } from "../series/interner.ts";
import { millisFromHrTime } from "./resource-metrics.ts";
import type { PointTimes, SeriesSource, SeriesVisitor } from "./series-source.ts";

/** A data point, with the exemplars that upstream's type does not have yet. */
export type Point<Value> = DataPoint<Value> & { readonly exemplars?: readonly Exemplar[] };

/** How the values of points become cells, as `SeriesVisitor` describes them. */
export interface CellWriter<Value> {
  /** Number of cells that a value takes. */
  widthOf(value: Value): number;
  /** Writes a value to the start of `cells`. */
  write(cells: Float64Array, value: Value): void;
}

/** The points of one metric. A position is a row is a point's index. */
export class PointSeries<Value> implements SeriesSource {
  readonly #points: readonly Point<Value>[];
  readonly #interner: Interner;
  readonly #writer: CellWriter<Value>;
  // Interned when they are first asked for, so that a walk in slices is one in this too.
  readonly #pairs: (readonly number[] | undefined)[] = [];
  #cells = new Float64Array(16);

  constructor(points: readonly Point<Value>[], interner: Interner, writer: CellWriter<Value>) {
    this.#points = points;
    this.#interner = interner;
    this.#writer = writer;
  }

  get length(): number {
    return this.#points.length;
  }

  visit(from: number, to: number, visitor: SeriesVisitor): void {
    const end = Math.min(to, this.length);
    for (let row = from; row < end; row++) {
      const { value } = this.#points[row]!;
      const width = this.#writer.widthOf(value);
      if (this.#cells.length < width) this.#cells = new Float64Array(2 * width);
      this.#writer.write(this.#cells, value);
      visitor.series(this.#cells, 0, row);
    }
  }

  pairsOf(row: number, ids: Int32Array): number {
    const pairs = this.#pairsOf(row);
    for (let i = 0; i < pairs.length && i < ids.length; i++) ids[i] = pairs[i]!;
    return pairs.length;
  }

  attributesOf(row: number): Attributes {
    return Object.fromEntries(
      this.#pairsOf(row).map((id) => [this.#interner.keyOf(id), this.#interner.valueOf(id)]),
    );
  }

  startTimeOf(row: number): number {
    return millisFromHrTime(this.#points[row]!.startTime);
  }

  timesOf(row: number): PointTimes {
    return this.#points[row]!;
  }

  exemplarsOf(row: number): readonly Exemplar[] {
    return this.#points[row]!.exemplars ?? [];
  }

  #pairsOf(row: number): readonly number[] {
    return (this.#pairs[row] ??= internedPairs(this.#points[row]!.attributes, this.#interner));
  }
}

function internedPairs(attributes: Attributes, interner: Interner): readonly number[] {
  return Object.entries(attributes)
    .map(([key, value]) => internedPair(key, value, interner))
    .filter((id) => id !== NO_PAIR);
}

function internedPair(key: string, value: unknown, interner: Interner): number {
  try {
    return interner.intern(key, value);
  } catch {
    // An array or an object with something in it that no attribute can hold.
    return NO_PAIR;
  }
}
