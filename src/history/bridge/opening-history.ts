// A history that is opened when it is first needed, by those who cannot wait for it.
import type { Sample, StoredEvent, StoreUsage } from "../store/stored.ts";
import type { LocalHistory } from "./local-backend.ts";
import type { MetricTotals, TotalsRequest } from "../query/totals/totals.ts";

const RETRY_MILLIS = 10_000;

/** Hands all calls on to a history that it opens. Where that fails, they all reject, and it is tried again after 10 s. */
export class OpeningHistory implements LocalHistory {
  readonly eventsDays: number;
  readonly #open: () => Promise<LocalHistory>;
  #opened: Promise<LocalHistory> | undefined;
  #lastTryMillis = -Infinity;
  #hasFailed = false;
  #isClosed = false;

  constructor(open: () => Promise<LocalHistory>, eventsDays: number) {
    this.#open = open;
    this.eventsDays = eventsDays;
  }

  async appendEvents(events: readonly StoredEvent[]): Promise<void> {
    await (await this.#history()).appendEvents(events);
  }

  async appendSamples(samples: readonly Sample[]): Promise<void> {
    await (await this.#history()).appendSamples(samples);
  }

  async totals(request: TotalsRequest): Promise<readonly MetricTotals[]> {
    return (await this.#history()).totals(request);
  }

  async storeUsage(): Promise<StoreUsage> {
    return (await this.#history()).storeUsage();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // What could not be opened has nothing to close.
    const history = await this.#opened?.catch(() => undefined);
    await history?.close();
  }

  #history(): Promise<LocalHistory> {
    if (this.#isClosed) return Promise.reject(new Error("the history is closed"));
    const isDue = performance.now() - this.#lastTryMillis >= RETRY_MILLIS;
    if (this.#opened === undefined || (this.#hasFailed && isDue)) this.#opened = this.#tryToOpen();
    return this.#opened;
  }

  async #tryToOpen(): Promise<LocalHistory> {
    this.#lastTryMillis = performance.now();
    this.#hasFailed = false;
    try {
      return await this.#open();
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
  }
}
