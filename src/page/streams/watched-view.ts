// A view with the clients that look at it.
import { valuesJson } from "../charts/values-json.ts";
import { nextTurn, Slices } from "../../io/yield.ts";
import { type LiveView, RETRY_MILLIS } from "../views/live-view.ts";
import { type Client, messageOf } from "./client.ts";

/** Evaluates a view as long as it has clients, once for all of them. */
export class WatchedView {
  readonly clients: Set<Client> = new Set();
  readonly #view: LiveView;
  readonly #stepMillis: number;
  readonly #ending = new AbortController();
  // Time of the collection up to which the range was evaluated last.
  #evaluatedMillis = -Infinity;
  readonly #unwatch: () => void;
  #endCollecting: (() => void) | undefined;
  // The functions of the view run one after the other.
  #turn: Promise<unknown> = Promise.resolve();
  // The message with all data; `undefined` after a further step or event.
  #whole: Promise<Uint8Array> | undefined;

  /** @param stepMillis smallest time between two steps. */
  constructor(view: LiveView, stepMillis: number) {
    this.#view = view;
    this.#unwatch = view.watch();
    this.#stepMillis = stepMillis;
  }

  /** Adds a client. For the first one, samples are collected as often as the view has steps. */
  add(client: Client, collect: (millis: number) => () => void): void {
    this.clients.add(client);
    this.#endCollecting ??= collect(this.#stepMillis);
  }

  /** Evaluates the view before its first client. @param timeMillis time of the last collection. */
  async prepare(timeMillis: () => number): Promise<void> {
    await this.#inTurn(async (signal) => {
      await this.#evaluate(timeMillis, signal);
      await this.#message();
    });
  }

  /** Sends all data to a client. @param timeMillis time of the last collection. */
  async begin(client: Client, timeMillis: () => number): Promise<void> {
    await this.#inTurn(async (signal) => {
      const missing = timeMillis() - this.#view.lastMillis;
      // It is current if a step was the first evaluation.
      if (missing < 2 * this.#stepMillis) return this.#sendWhole(client.isCurrent ? [] : [client]);
      // A view that was prepared has missed steps. Other clients need the new series, too.
      await this.#evaluate(timeMillis, signal);
      await this.#sendWhole([...this.clients].filter((each) => each === client || each.isCurrent));
    });
  }

  /** Evaluates the step of a collection, if it is due, and sends it to the clients. */
  async advance(timeMillis: number): Promise<void> {
    await this.#inTurn(async (signal) => {
      const { lastMillis } = this.#view;
      // The evaluation before has failed, or this is the first one.
      if (lastMillis === -Infinity) {
        const since = timeMillis - this.#evaluatedMillis;
        if (since >= 0 && since < RETRY_MILLIS) return;
        await this.#evaluate(() => timeMillis, signal);
        return this.#sendWhole([...this.clients]);
      }
      const isSetBack = timeMillis < lastMillis;
      // Collections are some milliseconds early or late.
      if (!isSetBack && timeMillis - lastMillis < 0.75 * this.#stepMillis) return;
      const points = await this.#view.advance(timeMillis, signal);
      this.#whole = undefined;
      const current = [...this.clients].filter(({ isCurrent }) => isCurrent);
      if (points === undefined) return this.#sendWhole(current);
      const message = messageOf("points", Buffer.from(valuesJson(points)));
      const slices = new Slices();
      for (const client of current) {
        client.isCurrent = client.send(message);
        await slices.next();
      }
    });
  }

  /** Sends all data again to a client that has missed a step. */
  async catchUp(client: Client): Promise<void> {
    await this.#inTurn(async () => {
      // Without an evaluation, the view has nothing to send.
      if (!client.isCurrent && this.#view.lastMillis !== -Infinity) await this.#sendWhole([client]);
    });
  }

  /** Makes the next message with all data a new one, because there are new events. */
  outdate(): void {
    this.#whole = undefined;
  }

  end(): void {
    this.#endCollecting?.();
    this.#ending.abort();
    this.#unwatch();
  }

  async #sendWhole(clients: readonly Client[]): Promise<void> {
    if (clients.length === 0) return;
    const message = await this.#message();
    for (const client of clients) {
      client.isCurrent = client.send(message);
      // The system copies some tens of kilobytes for each client.
      await nextTurn();
    }
  }

  async #evaluate(timeMillis: () => number, signal: AbortSignal): Promise<void> {
    await this.#view.ready();
    this.#evaluatedMillis = timeMillis();
    await this.#view.evaluateRange(this.#evaluatedMillis, signal);
    this.#whole = undefined;
  }

  #message(): Promise<Uint8Array> {
    this.#whole ??= this.#view.json().then((json) => messageOf("view", json));
    return this.#whole;
  }

  #inTurn(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#ending;
    const run = this.#turn.then(async () => {
      try {
        if (!signal.aborted) await work(signal);
      } catch (error) {
        // The last tab was closed.
        if (!signal.aborted) throw error;
      }
    });
    this.#turn = run.catch(() => {});
    return run;
  }
}
