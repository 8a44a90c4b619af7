// Requests by second, by the server's own count.
import { setTimeout as delay } from "node:timers/promises";
import { VictoriaMetrics } from "../servers/victoria-metrics.ts";

interface Reading {
  readonly atMillis: number;
  readonly requests: number;
}

/** Reads the count of requests each quarter of a second, except while the server is away. */
export class Arrivals {
  readonly #readings: Reading[] = [];
  readonly #server: VictoriaMetrics;
  readonly #reading: Promise<void>;
  #isOver = false;

  constructor(server: VictoriaMetrics) {
    this.#server = server;
    this.#reading = this.#read();
  }

  /** Mean requests a second so far, and the rate of the tenth of an interval in which most arrived. */
  spread(intervalSeconds: number): { readonly mean: number; readonly most: number } {
    const [first] = this.#readings;
    const last = this.#readings.at(-1);
    if (first === undefined || last === undefined) return { mean: 0, most: 0 };
    return { mean: rateOf(first, last), most: this.#mostIn(intervalSeconds * 100) };
  }

  /** Stops reading. Returns the most requests in a second since the server was away. */
  async end(): Promise<number> {
    this.#isOver = true;
    await this.#reading;
    // The count starts again with the server.
    const start = this.#readings.findLastIndex(
      ({ requests }, index, all) => requests < (all[index - 1]?.requests ?? 0),
    );
    this.#readings.splice(0, Math.max(start, 0));
    return Math.round(this.#mostIn(1_000));
  }

  #mostIn(millis: number): number {
    let most = 0;
    for (const [index, from] of this.#readings.entries()) {
      const to = this.#readings.slice(index).find(({ atMillis }) => atMillis >= from.atMillis + millis);
      if (to !== undefined && to.requests >= from.requests) most = Math.max(most, rateOf(from, to));
    }
    return most;
  }

  async #read(): Promise<void> {
    while (!this.#isOver) {
      const requests = await this.#server.requests().catch(() => undefined);
      if (requests !== undefined) this.#readings.push({ atMillis: performance.now(), requests });
      await delay(250);
    }
  }
}

function rateOf(from: Reading, to: Reading): number {
  return ((to.requests - from.requests) * 1_000) / Math.max(to.atMillis - from.atMillis, 1);
}
