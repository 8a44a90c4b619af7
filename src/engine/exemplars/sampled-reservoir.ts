/** Reservoirs with a fixed number of places. A measurement that loses its draw costs the draw alone. */
import { type Attributes, type Context, type HrTime, trace } from "@opentelemetry/api";
import { copyOfAttributes } from "../attribute-copy.ts";
import type { Exemplar, ExemplarReservoir } from "./reservoir.ts";

interface Sample {
  readonly value: number;
  readonly attributes: Attributes;
  readonly unixMillis: number;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

const NONE: readonly Exemplar[] = [];
// Shared, since there is one for nearly every exemplar.
const NOTHING: Attributes = Object.freeze({});

/** What the built-in reservoirs share: places, and what is in them. */
export abstract class SampledReservoir implements ExemplarReservoir {
  readonly #samples: (Sample | undefined)[];

  constructor(size: number) {
    this.#samples = Array.from({ length: size }, () => undefined);
  }

  /** The place of a measurement that is to be kept, or -1. */
  protected abstract placeFor(value: number): number;

  /** Starts the draw for a place anew, in which a measurement was. */
  protected abstract restart(place: number): void;

  /** Shows the reservoir a measurement that was made now. */
  sample(value: number, attributes: Attributes, context: Context): void {
    const place = this.placeFor(value);
    if (place >= 0) this.#keep(place, value, attributes, context, Date.now());
  }

  offer(value: number, attributes: Attributes, context: Context, timeUnixNano: bigint): void {
    const place = this.placeFor(value);
    if (place >= 0) this.#keep(place, value, attributes, context, Number(timeUnixNano) / 1e6);
  }

  collect(pointAttributes: Attributes): readonly Exemplar[] {
    return this.collectFor(-1, () => pointAttributes);
  }

  /**
   * As `collect`, but asks for the series' attributes only where there are measurements with others too.
   *
   * @param pairCount how many attributes the series has, all of them the measurements' own.
   * @internal
   */
  collectFor(pairCount: number, pointAttributes: () => Attributes): readonly Exemplar[] {
    const samples = this.#samples;
    let exemplars: Exemplar[] | undefined;
    let known: Attributes | undefined;
    for (let place = 0; place < samples.length; place++) {
      const sample = samples[place];
      if (sample === undefined) continue;
      samples[place] = undefined;
      this.restart(place);
      const filtered: Attributes =
        countOf(sample.attributes) === pairCount
          ? NOTHING
          : without(sample.attributes, (known ??= pointAttributes()));
      exemplars ??= [];
      exemplars.push(exemplarFrom(sample, filtered));
    }
    return exemplars ?? NONE;
  }

  #keep(place: number, value: number, attributes: Attributes, context: Context, unixMillis: number): void {
    const span = trace.getSpanContext(context);
    this.#samples[place] = {
      value,
      attributes: copyOfAttributes(attributes),
      unixMillis,
      traceId: span?.traceId,
      spanId: span?.spanId,
    };
  }
}

// Our own copies, which inherit nothing; a list of the keys would cost more than all else.
function countOf(attributes: Attributes): number {
  let count = 0;
  for (const _ in attributes) count++;
  return count;
}

function without(attributes: Attributes, others: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !Object.hasOwn(others, key)));
}

function exemplarFrom(sample: Sample, filteredAttributes: Attributes): Exemplar {
  const { value, unixMillis, traceId, spanId } = sample;
  const seconds = Math.floor(unixMillis / 1e3);
  const timestamp: HrTime = [seconds, Math.round((unixMillis - seconds * 1e3) * 1e6)];
  if (traceId !== undefined && spanId !== undefined)
    return { filteredAttributes, value, timestamp, traceId, spanId };
  return { filteredAttributes, value, timestamp };
}
