import type { Attributes, Context, HrTime } from "@opentelemetry/api";

/** One measurement that stands for others of its series. */
export interface Exemplar {
  /** The measurement's attributes that its series does not have. */
  filteredAttributes: Attributes;
  value: number;
  /** When the measurement was made. */
  timestamp: HrTime;
  /** The trace in which it was made, if it was made in one. */
  traceId?: string;
  /** The span in which it was made. */
  spanId?: string;
}

/**
 * Keeps some of the measurements of one series, until the next collection asks for them.
 *
 * @example
 * ```ts
 * import { type Context, type Attributes, trace } from "@opentelemetry/api";
 * import type { Exemplar, ExemplarReservoir } from "tachymeter/metrics";
 *
 * class Largest implements ExemplarReservoir {
 *   #exemplar: Exemplar | undefined;
 *
 *   offer(value: number, attributes: Attributes, context: Context, timeUnixNano: bigint): void {
 *     if (this.#exemplar !== undefined && this.#exemplar.value >= value) return;
 *     const span = trace.getSpanContext(context);
 *     this.#exemplar = {
 *       value,
 *       filteredAttributes: { ...attributes },
 *       timestamp: [Number(timeUnixNano / 1_000_000_000n), Number(timeUnixNano % 1_000_000_000n)],
 *       ...(span && { traceId: span.traceId, spanId: span.spanId }),
 *     };
 *   }
 *
 *   collect(): readonly Exemplar[] {
 *     const collected = this.#exemplar === undefined ? [] : [this.#exemplar];
 *     this.#exemplar = undefined;
 *     return collected;
 *   }
 * }
 * ```
 */
export interface ExemplarReservoir {
  /**
   * Is shown a measurement that has passed the provider's filter. `attributes` are the measurement's, those that the
   * view leaves out among them: the caller's own object, of which a reservoir must copy what it keeps.
   */
  offer(value: number, attributes: Attributes, context: Context, timeUnixNano: bigint): void;

  /** Gives what was kept since the last time, and starts anew. `pointAttributes` are the series' attributes. */
  collect(pointAttributes: Attributes): readonly Exemplar[];
}
