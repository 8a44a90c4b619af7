/** Reservoirs with a fixed number of places. A measurement that loses its draw costs the draw alone. */
import { type Attributes, type Context, trace } from "@opentelemetry/api";
import { copyOfAttributes } from "../attribute-copy.ts";
import type { Exemplar, ExemplarReservoir } from "./reservoir.ts";

interface Sample {
  readonly value: number;
  readonly attributes: Attributes;
  readonly unixMillis: number;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/** What the built-in reservoirs share: places, and what is in them. */
export abstract class SampledReservoir implements ExemplarReservoir {
  readonly #samples: (Sample | undefined)[];

  constructor(size: number) {
    this.#samples = Array.from({ length: size }, () => undefined);
  }

  /** The place of a measurement that is to be kept, or -1. */
  protected abstract placeFor(value: number): number;

  /** Starts the draw anew. */
  protected abstract restart(): void;

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
    const exemplars: Exemplar[] = [];
    for (const [place, sample] of this.#samples.entries()) {
      if (sample === undefined) continue;
      exemplars.push(exemplarFrom(sample, pointAttributes));
      this.#samples[place] = undefined;
    }
    this.restart();
    return exemplars;
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

function exemplarFrom(sample: Sample, pointAttributes: Attributes): Exemplar {
  const { value, unixMillis, traceId, spanId } = sample;
  const filtered = Object.entries(sample.attributes).filter(([key]) => !Object.hasOwn(pointAttributes, key));
  const seconds = Math.floor(unixMillis / 1e3);
  return {
    filteredAttributes: Object.fromEntries(filtered),
    value,
    timestamp: [seconds, Math.round((unixMillis - seconds * 1e3) * 1e6)],
    ...(traceId !== undefined && { traceId }),
    ...(spanId !== undefined && { spanId }),
  };
}
