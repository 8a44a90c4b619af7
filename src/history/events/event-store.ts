// The way of events into a history.
import type { TelemetryEvent } from "../../events/telemetry-event.ts";
import type { StoredEvent } from "../store/stored.ts";
import { BacklogError, CommitGroup } from "./commit-group.ts";
import { storedFrom } from "./event-codec.ts";

/** Takes events; resolves once they are committed, and rejects where they are not. */
export interface EventDestination {
  appendEvents(events: readonly StoredEvent[]): Promise<void>;
}

// What an event takes beside its texts.
const EVENT_CHARACTERS = 300;

/** Keeps events in a history. Each is stored once, however often it is given. */
export class EventStore {
  readonly #group: CommitGroup<StoredEvent>;
  // What becomes of an event: it may come from the bus and from the one who recorded it there.
  readonly #kept = new WeakMap<TelemetryEvent, Promise<void>>();

  constructor(destination: EventDestination) {
    this.#group = new CommitGroup((events) => destination.appendEvents(events));
  }

  /** For the bus of events: has the event stored soon; `false` where it is lost, since too much waits. Never throws. */
  write(event: TelemetryEvent): boolean {
    if (this.#group.isFull) return false;
    // The history itself says what is wrong with its store.
    this.keep(event).catch(() => {});
    return true;
  }

  /** Stores an event; the promise resolves once it is committed, and rejects where it cannot be. */
  keep(event: TelemetryEvent): Promise<void> {
    const known = this.#kept.get(event);
    if (known !== undefined) return known;
    if (this.#group.isFull) return Promise.reject(new BacklogError());
    const stored = storedFrom(event);
    const kept = this.#group.add(stored, charactersOf(stored));
    this.#kept.set(event, kept);
    return kept;
  }

  /** Resolves once all events so far are committed, or could not be. */
  flush(): Promise<void> {
    return this.#group.flush();
  }

  /** Takes the events away that still wait: at the end of a process they are stored without a promise. */
  takePending(): readonly StoredEvent[] {
    return this.#group.takeWaiting();
  }
}

function charactersOf({ id, type, source, data, labels, metadata }: StoredEvent): number {
  const texts = [id, type, source, data, labels, metadata];
  return texts.reduce((sum, { length }) => sum + length, EVENT_CHARACTERS);
}
