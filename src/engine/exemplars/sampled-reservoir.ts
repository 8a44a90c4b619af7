/** Reservoirs with a fixed number of places. A measurement that loses its draw costs the draw alone. */
import { type Attributes, type Context, trace } from "@opentelemetry/api";
import { copyOfAttributes } from "../attribute-copy.ts";
import type { Exemplar, ExemplarReservoir } from "./reservoir.ts";

/** Knows how many attributes the series in a row has. */
interface CountedPairs {
  pairCountOf(row: number): number;
}

const NONE: readonly Exemplar[] = [];
// Shared, since there is one for nearly every exemplar.
const NOTHING: Attributes = Object.freeze({});

/** What the built-in reservoirs share: places, and what is in them. */
export abstract class SampledReservoir implements ExemplarReservoir {
  // Until they are collected, with the series' attributes among the filtered ones, unless these are `NOTHING`.
  readonly #kept: (Exemplar | undefined)[];

  constructor(size: number) {
    this.#kept = Array.from({ length: size }, () => undefined);
  }

  /** The place of a measurement that is to be kept, or -1. */
  protected abstract placeFor(value: number): number;

  /** Starts the draw for a place anew, in which a measurement was. */
  protected abstract restart(place: number): void;

  /**
   * Shows the reservoir a measurement of `row` that was made now.
   *
   * @param series where the row's attributes are among the measurement's.
   * @internal
   */
  sample(
    value: number,
    attributes: Attributes,
    context: Context,
    row: number,
    series: CountedPairs | undefined,
  ): void {
    const place = this.placeFor(value);
    if (place < 0) return;
    const hasOthers = series === undefined || !hasCount(attributes, series.pairCountOf(row));
    const filtered = hasOthers ? copyOfAttributes(attributes) : NOTHING;
    this.#kept[place] = exemplarFrom(value, filtered, context, Date.now());
  }

  offer(value: number, attributes: Attributes, context: Context, timeUnixNano: bigint): void {
    const place = this.placeFor(value);
    if (place < 0) return;
    const unixMillis = Number(timeUnixNano) / 1e6;
    this.#kept[place] = exemplarFrom(value, copyOfAttributes(attributes), context, unixMillis);
  }

  collect(pointAttributes: Attributes): readonly Exemplar[] {
    return this.collectFor(() => pointAttributes);
  }

  /**
   * As `collect`, but asks for the series' attributes only where there are measurements with others too.
   *
   * @internal
   */
  collectFor(pointAttributes: () => Attributes): readonly Exemplar[] {
    const kept = this.#kept;
    let exemplars: Exemplar[] | undefined;
    let known: Attributes | undefined;
    for (let place = 0; place < kept.length; place++) {
      const exemplar = kept[place];
      if (exemplar === undefined) continue;
      kept[place] = undefined;
      this.restart(place);
      if (exemplar.filteredAttributes !== NOTHING)
        exemplar.filteredAttributes = without(exemplar.filteredAttributes, (known ??= pointAttributes()));
      if (exemplars === undefined) exemplars = [exemplar];
      else exemplars.push(exemplar);
    }
    return exemplars ?? NONE;
  }
}

// A list of the keys would cost more than all else.
function hasCount(attributes: Attributes, count: number): boolean {
  let left = count;
  try {
    for (const _ in attributes) left--;
  } catch {
    // A proxy may throw.
    return false;
  }
  return left === 0;
}

function without(attributes: Attributes, others: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !Object.hasOwn(others, key)));
}

function exemplarFrom(
  value: number,
  filteredAttributes: Attributes,
  context: Context,
  unixMillis: number,
): Exemplar {
  const span = trace.getSpanContext(context);
  const seconds = Math.floor(unixMillis / 1e3);
  const timestamp: Exemplar["timestamp"] = [seconds, Math.round((unixMillis - seconds * 1e3) * 1e6)];
  if (span?.traceId !== undefined && span.spanId !== undefined)
    return { filteredAttributes, value, timestamp, traceId: span.traceId, spanId: span.spanId };
  return { filteredAttributes, value, timestamp };
}
