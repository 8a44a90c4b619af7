// Connections that are made again, in `message.client.reconnects`.
import { counter } from "./instruments.ts";
import type { Recording } from "./recording.ts";

/** Returns the function that counts one reconnect. */
export function reconnectsOf({ meter }: Recording<unknown>, system: string): () => void {
  const reconnects = counter(meter, "message.client.reconnects");
  const attributes = Object.freeze({ "messaging.system": system });
  return () => reconnects.add(1, attributes);
}

/** Reconnects of clients, each of which connects again itself. */
export class Reconnects {
  readonly #reconnected: () => void;
  readonly #connected = new WeakSet<object>();

  constructor(recording: Recording<unknown>, system: string) {
    this.#reconnected = reconnectsOf(recording, system);
  }

  connected(client: object): void {
    if (this.#connected.has(client)) this.#reconnected();
    else this.#connected.add(client);
  }

  /** The application has ended a client's connection: what it connects next is no reconnect. */
  ended(client: object): void {
    this.#connected.delete(client);
  }
}

/** Reconnects by new connections: one that is opened while more were lost than made again replaces a lost one. */
export class LostConnections {
  readonly #reconnected: () => void;
  readonly #open = new WeakSet<object>();
  #lost = 0;

  constructor(recording: Recording<unknown>, system: string) {
    this.#reconnected = reconnectsOf(recording, system);
  }

  /** A connection is open; called again for the same one, it does nothing. */
  opened(connection: object): void {
    if (this.#open.has(connection)) return;
    this.#open.add(connection);
    if (this.#lost === 0) return;
    this.#lost--;
    this.#reconnected();
  }

  /** A connection has ended, not by the application; one that was never opened does not count. */
  lost(connection: object): void {
    if (this.#open.delete(connection)) this.#lost++;
  }

  /** The application has ended a connection. */
  closed(connection: object): void {
    this.#open.delete(connection);
  }
}
