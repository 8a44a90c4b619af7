import type { TelemetryEvent } from "./event.ts";

const MAX_IDS = 10_000;

/** The last `capacity` events. */
export class RecentEvents {
  readonly #capacity: number;
  readonly #events: TelemetryEvent[] = [];
  // Slot of the oldest event once the buffer is full, which the next event replaces; 0 until then.
  #oldest = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Adds an event. Returns whether it replaced the oldest one. */
  push(event: TelemetryEvent): boolean {
    if (this.#events.length < this.#capacity) {
      this.#events.push(event);
      return false;
    }
    this.#events[this.#oldest] = event;
    this.#oldest = (this.#oldest + 1) % this.#capacity;
    return true;
  }

  /** Returns all events, oldest first. */
  toArray(): TelemetryEvent[] {
    return [...this.#events.slice(this.#oldest), ...this.#events.slice(0, this.#oldest)];
  }
}

/** Ids of the latest 10,000 events, to detect an event that comes again, such as from another process. */
export class RecentIds {
  readonly #ids = new Set<string>();

  /** Adds an id. Returns `false` if it is already known. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > MAX_IDS) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest);
        break;
      }
    }
    return true;
  }

  /** Removes an id. Returns `false` if it is not known. */
  delete(id: string): boolean {
    return this.#ids.delete(id);
  }
}
