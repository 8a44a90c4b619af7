// The way of events into a history.
import type { TelemetryEvent } from "../../events/event.ts";
import type { StoredEvent } from "../store/stored.ts";
import { jsonText } from "../../events/json-text.ts";

/** Takes events; resolves once they are committed, and rejects where they are not. */
interface EventDestination {
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

/** Thrown, by the promise, where too much waits for the store. */
export class BacklogError extends Error {
  override readonly name = "BacklogError";
  readonly code = "TACHYMETER_HISTORY_BACKLOG";

  constructor() {
    super("events and metrics come faster than the store takes them; record fewer, or wait for the promises");
  }
}

const MAX_WAITING_CHARACTERS = 16 * 1024 * 1024;
const MAX_BATCH = 10_000;

/** What is committed together: one promise serves all who wait for it. */
interface Batch<T> {
  readonly items: T[];
  characters: number;
  readonly committed: Promise<void>;
  readonly settle: (outcome: Promise<void>) => void;
}

/** Commits items in groups, one after the other. At most 16 Mi characters wait. */
export class CommitGroup<T> {
  readonly #commit: (items: readonly T[]) => Promise<void>;
  #waiting: Batch<T>[] = [];
  #underWay: readonly T[] = [];
  #characters = 0;
  #writing: Promise<void> | undefined;

  /** @param commit resolves once the items are committed, and rejects where they are not. */
  constructor(commit: (items: readonly T[]) => Promise<void>) {
    this.#commit = commit;
  }

  /** Whether what comes now is refused. */
  get isFull(): boolean {
    return this.#characters >= MAX_WAITING_CHARACTERS;
  }

  /**
   * Resolves once the item is committed. A rejection that nobody looks at is no unhandled one.
   *
   * @param characters about how much memory it takes.
   * @throws BacklogError by the promise, where too much waits already; what the commit throws.
   */
  add(item: T, characters: number): Promise<void> {
    if (this.isFull) return Promise.reject(new BacklogError());
    const batch = this.#batchWithRoom();
    batch.items.push(item);
    batch.characters += characters;
    this.#characters += characters;
    this.#writing ??= this.#writeAll();
    return batch.committed;
  }

  /** Resolves once all items so far are committed, or could not be. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /**
   * Takes the items away that are not committed yet: at the end of a process they are committed without a promise. Those
   * under way are among them, since their store may not be open yet: they may come to it twice.
   */
  takeUncommitted(): readonly T[] {
    const taken = [...this.#underWay, ...this.#waiting.flatMap(({ items }) => items)];
    this.#underWay = [];
    this.#waiting = [];
    this.#characters = 0;
    return taken;
  }

  #batchWithRoom(): Batch<T> {
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.items.length < MAX_BATCH) return last;
    const batch = emptyBatch<T>();
    this.#waiting.push(batch);
    return batch;
  }

  // Begins at the end of the turn, so that what comes in one loop shares a commit.
  async #writeAll(): Promise<void> {
    await Promise.resolve();
    for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift()) {
      this.#characters -= batch.characters;
      this.#underWay = batch.items;
      batch.settle(this.#commit(batch.items));
      // Who waits for it is told how it went.
      await batch.committed.catch(() => {});
      this.#underWay = [];
    }
    this.#writing = undefined;
  }
}

function emptyBatch<T>(): Batch<T> {
  let settle: (outcome: Promise<void>) => void = () => {};
  const committed = new Promise<void>((resolve) => {
    settle = resolve;
  });
  committed.catch(() => {});
  return { items: [], characters: 0, committed, settle };
}

/**
 * The event as it is stored, with a replacement character for each NUL in its names, where SQLite ends a text. What JSON does not have is written as text; data that cannot be written at all, such as a
 * circle, as Node.js shows it. Never throws.
 */
function storedFrom(event: TelemetryEvent): StoredEvent {
  return {
    id: keepable(event.event_id),
    type: keepable(event.event_type),
    source: keepable(event.source),
    timeUnixMillis: Date.parse(event.timestamp),
    data: jsonText(event.data),
    labels: jsonText(event.labels),
    metadata: jsonText(event.metadata),
    ...(event.trace_id !== undefined && { traceId: event.trace_id }),
    ...(event.span_id !== undefined && { spanId: event.span_id }),
  };
}

/** The event that was stored. */
export function eventFrom(stored: StoredEvent): TelemetryEvent {
  return {
    event_id: stored.id,
    event_type: stored.type,
    source: stored.source,
    timestamp: new Date(stored.timeUnixMillis).toISOString(),
    data: JSON.parse(stored.data),
    labels: JSON.parse(stored.labels),
    metadata: JSON.parse(stored.metadata),
    ...(stored.traceId !== undefined && { trace_id: stored.traceId }),
    ...(stored.spanId !== undefined && { span_id: stored.spanId }),
  };
}

function keepable(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "\u{FFFD}") : text;
}
