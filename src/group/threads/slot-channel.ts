// One end of the channel of a slot.
import { BroadcastChannel, receiveMessageOnPort } from "node:worker_threads";

/** One end of a channel between two threads. Keeps no thread and no process alive. */
export class SlotChannel<Sent, Received> {
  readonly #channel: BroadcastChannel;
  readonly #onMessage: (message: Received) => void;
  #isClosed = false;

  constructor(name: string, onMessage: (message: Received) => void) {
    this.#onMessage = onMessage;
    this.#channel = new BroadcastChannel(name);
    this.#channel.addEventListener("message", (event) => this.#deliver(event, "data"));
    this.#channel.unref();
  }

  /** Sends a structured clone. Needs no event loop; the other end can read it even if this thread has ended. */
  post(message: Sent): void {
    if (!this.#isClosed) this.#channel.postMessage(message);
  }

  /** Delivers all messages that have arrived, without an event loop. */
  receive(): void {
    // A closed channel must not be read: Node.js 20 ends with a segmentation fault.
    while (!this.#isClosed) {
      // Node's types lack the channel, which its documentation allows.
      const received: unknown = Reflect.apply(receiveMessageOnPort, undefined, [this.#channel]);
      if (received === undefined) return;
      this.#deliver(received, "message");
    }
  }

  /** Closes this end. Messages that were not delivered are lost. */
  close(): void {
    this.#isClosed = true;
    this.#channel.close();
  }

  #deliver(received: unknown, field: string): void {
    if (!this.#isClosed) this.#onMessage(Reflect.get(Object(received), field));
  }
}
