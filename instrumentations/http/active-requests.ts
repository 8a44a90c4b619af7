// Number of active requests.
import type { Attributes, ObservableResult } from "@opentelemetry/api";

/** Series of active requests, one for each set of attributes that was seen. */
export class ActiveRequests {
  readonly #series = new Map<string, { readonly attributes: Attributes; count: number }>();

  /** Adds a series, which is 0 until it has an active request. */
  add(attributes: Attributes): void {
    this.#seriesOf(attributes);
  }

  /** Observes the number of active requests of each series. */
  observe(result: ObservableResult, active: Iterable<Attributes>): void {
    for (const series of this.#series.values()) series.count = 0;
    for (const attributes of active) this.#seriesOf(attributes).count++;
    for (const { attributes, count } of this.#series.values()) result.observe(count, attributes);
  }

  #seriesOf(attributes: Attributes): { readonly attributes: Attributes; count: number } {
    const key = Object.values(attributes).join(" ");
    let series = this.#series.get(key);
    if (series === undefined) this.#series.set(key, (series = { attributes, count: 0 }));
    return series;
  }
}
