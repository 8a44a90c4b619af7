// Events for one reader within the SDK, such as the live page.
import { completeEvent, type EventToRecord, type TelemetryEvent } from "./event.ts";
import type { EventKeeper } from "./events.ts";

const MAX_EVENTS = 500;

/** Keeps the latest events. No hook, log or counter of the application sees them. */
export class UnsharedEvents {
  #recent: TelemetryEvent[] = [];
  readonly #keepers = new Set<EventKeeper>();

  /** Records an event; one that is invalid is left out. */
  record(given: EventToRecord): TelemetryEvent | undefined {
    const { event } = completeEvent(given, () => {});
    if (event === undefined) return undefined;
    this.#recent = [...this.#recent.slice(1 - MAX_EVENTS), event];
    for (const keeper of this.#keepers) keeper.write(event, false);
    return event;
  }

  /** Has no hooks. */
  on(): () => void {
    return () => {};
  }

  /** The latest events, oldest first. */
  recent(): readonly TelemetryEvent[] {
    return this.#recent;
  }

  /** Passes each event to `keeper`. Returns a function that ends this. */
  keepIn(keeper: EventKeeper): () => void {
    this.#keepers.add(keeper);
    return () => void this.#keepers.delete(keeper);
  }
}
