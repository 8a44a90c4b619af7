// What the series of this process are, as its collections have told.
import type { Attributes } from "@opentelemetry/api";
import type { EncodedCollection, SeriesDescription } from "../encoded-collection.ts";

// Series that are absent from a collection may be back in the next; only where so many more are known are they forgotten.
const SPARE = 10_000;

/** Descriptions come once, with the first collection that holds the series; another store may have to be told later. */
export class KnownSeries {
  readonly #descriptions = new Map<number, SeriesDescription>();
  #resource: Attributes = {};

  /** Who is measured. */
  get resource(): Attributes {
    return this.#resource;
  }

  /** Learns what a collection brings. */
  learn({ newSeries, resource }: EncodedCollection): void {
    for (const description of newSeries) this.#descriptions.set(description.id, description);
    this.#resource = resource;
  }

  /** @throws RangeError where no collection has brought it, or it was absent for long. */
  descriptionOf(number: number): SeriesDescription {
    const description = this.#descriptions.get(number);
    if (description === undefined) {
      throw new RangeError(
        `collection: series ${number} has no description; send it with the first that holds it`,
      );
    }
    return description;
  }

  /** Forgets series that come no more, once they are many. Answers whether it did. */
  forgetAllBut(numbers: Int32Array): boolean {
    if (this.#descriptions.size <= 2 * numbers.length + SPARE) return false;
    const kept = new Set(numbers);
    for (const number of this.#descriptions.keys()) if (!kept.has(number)) this.#descriptions.delete(number);
    return true;
  }
}
