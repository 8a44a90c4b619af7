// What the series of this process are, as its collections have told.
import type { Attributes } from "@opentelemetry/api";
import type { EncodedCollection, SeriesDescription } from "../encoded-collection.ts";

/** Descriptions come once, with the first collection that holds the series; another store may have to be told later. */
export class KnownSeries {
  readonly #descriptions: SeriesDescription[] = [];
  #resource: Attributes = {};

  /** Who is measured. */
  get resource(): Attributes {
    return this.#resource;
  }

  /** Learns what a collection brings. */
  learn({ newSeries, resource }: EncodedCollection): void {
    for (const description of newSeries) this.#descriptions[description.id] = description;
    this.#resource = resource;
  }

  /** @throws RangeError where no collection has brought it. */
  descriptionOf(number: number): SeriesDescription {
    const description = this.#descriptions[number];
    if (description === undefined) {
      throw new RangeError(
        `collection: series ${number} has no description; send it with the first that holds it`,
      );
    }
    return description;
  }
}
