// Connections that come in the place of lost ones, where nobody says which one comes for which.
import type { Counter } from "@opentelemetry/api";
import { reconnectCounter } from "./instruments.ts";
import type { Recording } from "./recording.ts";

/**
 * Counts `message.client.reconnects`: a connection that is opened while more have been lost than made again is made
 * again.
 */
export class LostConnections {
  readonly #counter: Counter;
  readonly #attributes: Readonly<Record<string, string>>;
  readonly #open = new WeakSet<object>();
  #lost = 0;

  /** @param system attribute `messaging.system`. */
  constructor(recording: Recording<unknown>, system: string) {
    this.#counter = reconnectCounter(recording.meter);
    this.#attributes = Object.freeze({ "messaging.system": system });
  }

  /** A connection is there; told twice it is the same one. */
  opened(connection: object): void {
    if (this.#open.has(connection)) return;
    this.#open.add(connection);
    if (this.#lost === 0) return;
    this.#lost--;
    this.#counter.add(1, this.#attributes);
  }

  /** A connection has ended, and the application did not end it; one that was never opened does not count. */
  lost(connection: object): void {
    if (this.#open.delete(connection)) this.#lost++;
  }

  /** A connection has ended as the application wants it. */
  closed(connection: object): void {
    this.#open.delete(connection);
  }
}
