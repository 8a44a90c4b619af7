// The latest events.
import type { TelemetryEvent } from "./event.ts";

/** Keeps the last `capacity` events. */
export class EventBuffer {
  readonly #capacity: number;
  readonly #events: TelemetryEvent[] = [];
  // Once the buffer is full, the slot of the oldest event, which the next one takes; 0 until then.
  #oldest = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Adds an event; whether the oldest had to go for it. */
  push(event: TelemetryEvent): boolean {
    if (this.#events.length < this.#capacity) {
      this.#events.push(event);
      return false;
    }
    this.#events[this.#oldest] = event;
    this.#oldest = (this.#oldest + 1) % this.#capacity;
    return true;
  }

  /** All events, oldest first. */
  toArray(): TelemetryEvent[] {
    return [...this.#events.slice(this.#oldest), ...this.#events.slice(0, this.#oldest)];
  }
}
