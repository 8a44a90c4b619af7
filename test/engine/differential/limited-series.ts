// The specification's cardinality limit, in its simplest form.
import type { Attributes } from "@opentelemetry/api";

/** The attributes of the overflow series, to which everything beyond the limit is added. */
export const OVERFLOW: Attributes = { "otel.metric.overflow": true };

/** Assigns measurements of one stream to series. */
export class LimitedSeries {
  readonly #limit: number;
  // The series within the limit, and whether they were used since the last collection.
  readonly #places = new Map<string, boolean>();
  // Number of times a series was removed, by series.
  readonly #losses = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether the attributes have a series within the limit, which they then keep. */
  keeps(attributes: Attributes): boolean {
    const identity = identityOf(attributes);
    if (!this.#places.has(identity)) return false;
    this.#places.set(identity, true);
    return true;
  }

  /** Returns the attributes, or those of the overflow series if the limit was reached. */
  attributesFor(attributes: Attributes): Attributes {
    if (this.keeps(attributes)) return attributes;
    if (this.#places.size >= this.#limit && !this.#freeIdle()) return OVERFLOW;
    this.#places.set(identityOf(attributes), true);
    return attributes;
  }

  /** Starts a cycle in which idle series can be replaced. */
  startCycle(): void {
    for (const identity of this.#places.keys()) this.#places.set(identity, false);
  }

  /** Number of times the series of these attributes was removed, and its data forgotten. */
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

/** A key that two attribute sets share exactly if they are equal, in any order. */
export function identityOf(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
