// Connections that are made again.
import type { Attributes, Counter } from "@opentelemetry/api";
import { reconnectCounter } from "./instruments.ts";
import type { Recording } from "./recording.ts";

/** Counts in `message.client.reconnects` the connections that a client makes again after it has lost one. */
export class Reconnects {
  readonly #counter: Counter;
  readonly #attributes: Attributes;
  readonly #connected = new WeakSet<object>();

  constructor(recording: Recording<unknown>, system: string) {
    this.#counter = reconnectCounter(recording.meter);
    this.#attributes = { "messaging.system": system };
  }

  /** To be told whenever a client is connected. */
  connected(client: object): void {
    if (this.#connected.has(client)) this.#counter.add(1, this.#attributes);
    else this.#connected.add(client);
  }

  /** To be told when the application ends a client's connection: what it connects next is no reconnect. */
  ended(client: object): void {
    this.#connected.delete(client);
  }
}
