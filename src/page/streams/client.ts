// One event stream: the connection of a tab.
import type { Writable } from "node:stream";

// Beyond it, messages are left out. It is less than what a system buffers for a connection.
const MAX_BACKLOG_BYTES = 256 * 1024;
// A client that takes nothing for this time is disconnected.
const STALL_MILLIS = 60_000;

/** A message of an event stream. The data has no line breaks. */
export function messageOf(event: string, json: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`event: ${event}\ndata: `), json, Buffer.from("\n\n")]);
}

/** A connection that messages are written to, as fast as it takes them. */
export class Client {
  readonly #to: Writable;
  readonly #onDrain: () => void;
  #fullSinceMillis: number | undefined;
  /** Whether it has all data of its view; otherwise it waits for a message `view`. */
  isCurrent = false;

  /** @param onDrain called when the connection has taken everything. */
  constructor(to: Writable, onDrain: () => void) {
    this.#to = to;
    this.#onDrain = onDrain;
    to.write("retry: 2000\n\n");
  }

  /** Whether the connection has taken everything. */
  get isDrained(): boolean {
    return !this.#to.writableNeedDrain && this.#to.writableLength === 0;
  }

  /** Writes a message. Returns `false` if the client is too slow: the message is left out. */
  send(message: Uint8Array): boolean {
    // A write after the end raises an error without a listener.
    if (this.#to.destroyed || this.#to.writableEnded) return false;
    if (this.#to.writableLength > MAX_BACKLOG_BYTES) {
      this.#endIfStalled();
      return false;
    }
    if (!this.#to.write(message)) this.#waitForDrain();
    return true;
  }

  /** Keeps proxies from closing an idle connection, and the page from taking it for a dead one. */
  beat(): void {
    if (this.#to.writableEnded) return;
    if (this.isDrained) this.#to.write("event: beat\ndata: 0\n\n");
    else this.#endIfStalled();
  }

  end(): void {
    this.#to.end();
  }

  #waitForDrain(): void {
    if (this.#fullSinceMillis !== undefined) return;
    this.#fullSinceMillis = performance.now();
    this.#to.once("drain", () => {
      this.#fullSinceMillis = undefined;
      this.#onDrain();
    });
  }

  #endIfStalled(): void {
    if (performance.now() - (this.#fullSinceMillis ?? Infinity) > STALL_MILLIS) this.#to.destroy();
  }
}
