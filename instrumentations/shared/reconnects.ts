// Reconnects, counted in `message.client.reconnects`.
import { counter } from "./instruments.ts";
import type { Recording } from "./recording.ts";

/** Returns the function that counts one reconnect. */
export function reconnectsOf({ meter }: Recording<unknown>, system: string): () => void {
  const reconnects = counter(meter, "message.client.reconnects");
  const attributes = Object.freeze({ "messaging.system.name": system });
  return () => reconnects.add(1, attributes);
}

/** Reconnects of clients, each of which reconnects by itself. */
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

  /** Notes that the application has closed a client's connection: its next connection is not a reconnect. */
  ended(client: object): void {
    this.#connected.delete(client);
  }
}

/** Reconnects by new connections: a new connection replaces a lost one if more were lost than reopened. */
export class LostConnections {
  readonly #reconnected: () => void;
  readonly #open = new WeakSet<object>();
  #lost = 0;

  constructor(recording: Recording<unknown>, system: string) {
    this.#reconnected = reconnectsOf(recording, system);
  }

  /** Notes that a connection is open; repeated calls for the same connection are ignored. */
  opened(connection: object): void {
    if (this.#open.has(connection)) return;
    this.#open.add(connection);
    if (this.#lost === 0) return;
    this.#lost--;
    this.#reconnected();
  }

  /** Notes that a connection was lost, not closed by the application. One that was never opened does not count. */
  lost(connection: object): void {
    if (this.#open.delete(connection)) this.#lost++;
  }

  /** Notes that the application has closed a connection. */
  closed(connection: object): void {
    this.#open.delete(connection);
  }
}
