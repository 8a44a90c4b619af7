import type { Attributes, Context, HrTime } from "@opentelemetry/api";

/** A sample measurement of a series. */
export interface Exemplar {
  /** Attributes of the measurement that its series does not have. */
  filteredAttributes: Attributes;
  /** Value of the measurement. */
  value: number;
  /** Time of the measurement. */
  timestamp: HrTime;
  /** Trace id of the active span, if there was one. */
  traceId?: string;
  /** Span id of the active span, if there was one. */
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
   * Offers a measurement that has passed the provider's filter. `attributes` is the caller's own object, with
   * those that the view removes. A reservoir must copy what it keeps.
   */
  offer(value: number, attributes: Attributes, context: Context, timeUnixNano: bigint): void;

  /**
   * Returns the exemplars since the last call, and starts anew. `pointAttributes` are the attributes of the
   * series.
   */
  collect(pointAttributes: Attributes): readonly Exemplar[];
}
