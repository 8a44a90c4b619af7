// The specification's cardinality limit, in its plainest form.
import type { Attributes } from "@opentelemetry/api";

/** The attributes of the series in which everything beyond the limit is added up. */
export const OVERFLOW: Attributes = { "otel.metric.overflow": true };

/** Which series a measurement of one stream goes to. */
export class LimitedSeries {
  readonly #limit: number;
  // The places that are taken, and whether since the last collection.
  readonly #places = new Map<string, boolean>();
  // How often a series has lost its place.
  readonly #losses = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether the attributes have a place, which they then keep. */
  keeps(attributes: Attributes): boolean {
    const identity = identityOf(attributes);
    if (!this.#places.has(identity)) return false;
    this.#places.set(identity, true);
    return true;
  }

  /** The given attributes, or those of the overflow where they came too late. */
  attributesFor(attributes: Attributes): Attributes {
    if (this.keeps(attributes)) return attributes;
    if (this.#places.size >= this.#limit && !this.#freeIdle()) return OVERFLOW;
    this.#places.set(identityOf(attributes), true);
    return attributes;
  }

  /** Starts a cycle in which what is idle gives way. */
  startCycle(): void {
    for (const identity of this.#places.keys()) this.#places.set(identity, false);
  }

  /** How often the series of these attributes has given way, and with it what was known of it. */
  lossesOf(attributes: Attributes): number {
    return this.#losses.get(identityOf(attributes)) ?? 0;
  }

  #freeIdle(): boolean {
    const idle = [...this.#places].flatMap(([identity, isTaken]) => (isTaken ? [] : [identity]));
    for (const identity of idle) {
      this.#losses.set(identity, (this.#losses.get(identity) ?? 0) + 1);
      this.#places.delete(identity);
    }
    return idle.length > 0;
  }
}

/** A text that two sets of attributes have in common just when they are the same, whatever their order. */
export function identityOf(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
