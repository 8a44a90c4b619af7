// The way of events into a history.
import type { TelemetryEvent } from "../../events/event.ts";
import type { StoredEvent } from "../store/stored.ts";
import { BacklogError, CommitGroup } from "./commit-group.ts";
import { storedFrom } from "./codec.ts";

/** Takes events; resolves once they are committed, and rejects where they are not. */
export interface EventDestination {
  appendEvents(events: readonly StoredEvent[]): Promise<void>;
}

// What an event takes beside its texts.
const EVENT_CHARACTERS = 300;

/** Keeps events in a history. Each is stored once, however often it is given. */
export class EventStore {
  readonly #group: CommitGroup<StoredEvent>;
  // An event may come from the bus, and at once again from the one who recorded it there. Where another came between, it is
  // sent twice, and the store keeps the first of an id.
  #latest: TelemetryEvent | undefined;
  #latestKept: Promise<void> = Promise.resolve();

  constructor(destination: EventDestination) {
    this.#group = new CommitGroup((events) => destination.appendEvents(events));
  }

  /** For the bus of events: has the event stored soon; `false` where it is lost, since too much waits. Never throws. */
  write(event: TelemetryEvent): boolean {
    if (this.#group.isFull) return false;
    // The history itself says what is wrong with its store.
    void this.keep(event);
    return true;
  }

  /** Stores an event; the promise resolves once it is committed, and rejects where it cannot be. */
  keep(event: TelemetryEvent): Promise<void> {
    if (event === this.#latest) return this.#latestKept;
    if (this.#group.isFull) return Promise.reject(new BacklogError());
    const stored = storedFrom(event);
    this.#latestKept = this.#group.add(stored, charactersOf(stored));
    this.#latest = event;
    return this.#latestKept;
  }

  /** Resolves once all events so far are committed, or could not be. */
  flush(): Promise<void> {
    return this.#group.flush();
  }

  /** Takes the events away that are not committed yet: at the end of a process they are stored without a promise. */
  takePending(): readonly StoredEvent[] {
    return this.#group.takeUncommitted();
  }
}

function charactersOf({ id, type, source, data, labels, metadata }: StoredEvent): number {
  const names = id.length + type.length + source.length;
  return EVENT_CHARACTERS + names + data.length + labels.length + metadata.length;
}
