// The way of events into a history: gathered while the store is at work, so that many share one commit.
import type { TelemetryEvent } from "../../events/telemetry-event.ts";
import type { StoredEvent } from "../store/stored.ts";
import { storedFrom } from "./event-codec.ts";

/** Takes events; resolves once they are committed, and rejects where they are not. */
export interface EventDestination {
  appendEvents(events: readonly StoredEvent[]): Promise<void>;
}

const MAX_PENDING_CHARACTERS = 16 * 1024 * 1024;
const MAX_BATCH = 10_000;

/** Events wait for a store, beyond 16 MiB of which they are lost. */
export class EventBacklogError extends Error {
  override readonly name = "EventBacklogError";
  readonly code = "TACHYMETER_EVENT_BACKLOG";

  constructor() {
    super(
      "events come faster than they can be stored; record fewer, or wait for the promises of those recorded",
    );
  }
}

interface Pending {
  readonly event: StoredEvent;
  readonly characters: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Keeps events in a history. Each is stored once, however often it is given. */
export class EventStore {
  readonly #destination: EventDestination;
  // What becomes of an event: it may come from the bus and from the one who recorded it there.
  readonly #kept = new WeakMap<TelemetryEvent, Promise<void>>();
  #pending: Pending[] = [];
  #pendingCharacters = 0;
  #writing: Promise<void> | undefined;

  constructor(destination: EventDestination) {
    this.#destination = destination;
  }

  /** For the bus of events: has the event stored soon; `false` where it is lost, since too many wait. Never throws. */
  write(event: TelemetryEvent): boolean {
    if (this.#isFull) return false;
    // The history itself says what is wrong with its store.
    this.keep(event).catch(() => {});
    return true;
  }

  /** Stores an event; the promise resolves once it is committed, and rejects where it cannot be. */
  keep(event: TelemetryEvent): Promise<void> {
    const known = this.#kept.get(event);
    if (known !== undefined) return known;
    if (this.#isFull) return Promise.reject(new EventBacklogError());
    const kept = this.#enqueue(storedFrom(event));
    this.#kept.set(event, kept);
    return kept;
  }

  /** Resolves once all events so far are committed, or could not be. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** Takes the events away that still wait: at the end of a process they are stored without a promise. */
  takePending(): readonly StoredEvent[] {
    return this.#take(this.#pending.length).map(({ event }) => event);
  }

  get #isFull(): boolean {
    return this.#pendingCharacters >= MAX_PENDING_CHARACTERS;
  }

  #enqueue(event: StoredEvent): Promise<void> {
    const characters = event.data.length + event.labels.length + event.metadata.length + 200;
    return new Promise((resolve, reject) => {
      this.#pending.push({ event, characters, resolve, reject });
      this.#pendingCharacters += characters;
      this.#writing ??= this.#writeAll();
    });
  }

  // Begins at the end of the turn, so that what is recorded in one loop shares a commit.
  async #writeAll(): Promise<void> {
    await Promise.resolve();
    while (this.#pending.length > 0) await this.#writeBatch(this.#take(MAX_BATCH));
    this.#writing = undefined;
  }

  async #writeBatch(batch: readonly Pending[]): Promise<void> {
    try {
      await this.#destination.appendEvents(batch.map(({ event }) => event));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #take(count: number): readonly Pending[] {
    const taken = this.#pending.splice(0, count);
    for (const { characters } of taken) this.#pendingCharacters -= characters;
    return taken;
  }
}
