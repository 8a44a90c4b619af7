// Storage of events in a history.
import type { TelemetryEvent } from "../../events/event.ts";
import type { StoredEvent } from "../store/stored.ts";
import { jsonText } from "../../events/json-text.ts";
import { RecentIds } from "../../events/recent.ts";

interface EventDestination {
  /** Resolves to the ids that other stored events have. */
  appendEvents(events: readonly StoredEvent[]): Promise<readonly string[]>;
}

// Estimated size of an event without its texts.
const EVENT_CHARACTERS = 300;

/** @internal Stores each event once. */
export class EventStore {
  readonly #group: CommitGroup<StoredEvent>;
  // The bus and the recorder may pass the same event. The store itself ignores known ids.
  #latest: TelemetryEvent | undefined;
  #latestKept: Promise<void> = Promise.resolve();
  readonly #refused = new RecentIds();

  constructor(destination: EventDestination) {
    this.#group = new CommitGroup(async (events) => {
      for (const id of await destination.appendEvents(events)) this.#refused.add(id);
    });
  }

  /** Whether a committed event is stored, and not another one with its id. */
  has({ event_id: id }: TelemetryEvent): boolean {
    return !this.#refused.delete(keepable(id));
  }

  /** Stores an event from the bus; returns `false` if too many are pending. Never throws. */
  write(event: TelemetryEvent): boolean {
    if (this.#group.isFull) return false;
    // The history logs errors of its store.
    void this.keep(event);
    return true;
  }

  /** Stores an event; resolves once it is committed. */
  keep(event: TelemetryEvent): Promise<void> {
    if (event === this.#latest) return this.#latestKept;
    if (this.#group.isFull) return Promise.reject(new BacklogError());
    const stored = storedFrom(event);
    this.#latestKept = this.#group.add(stored, charactersOf(stored));
    this.#latest = event;
    return this.#latestKept;
  }

  /** Resolves once all earlier events are committed or have failed. */
  flush(): Promise<void> {
    return this.#group.flush();
  }

  /** Passes the uncommitted events to a synchronous store, for the end of a process. They stay pending if it returns false. */
  storePending(store: (events: readonly StoredEvent[]) => boolean): void {
    this.#group.storeUncommitted(store);
  }
}

function charactersOf({ id, type, source, data, labels, metadata }: StoredEvent): number {
  const names = id.length + type.length + source.length;
  return EVENT_CHARACTERS + names + data.length + labels.length + metadata.length;
}

/** Too much data is waiting to be written. */
export class BacklogError extends Error {
  /** Always `BacklogError`. */
  override readonly name = "BacklogError";
  /** Always `TACHYMETER_HISTORY_BACKLOG`. */
  readonly code = "TACHYMETER_HISTORY_BACKLOG";

  constructor() {
    super(
      "events and metrics arrive faster than the store can write them; record fewer, or await the promises",
    );
  }
}

const MAX_WAITING_CHARACTERS = 16 * 1024 * 1024;
const MAX_BATCH = 10_000;

/** Items that share a commit and its promise. */
interface Batch<T> {
  readonly items: T[];
  characters: number;
  readonly committed: Promise<void>;
  readonly settle: (outcome: Promise<void>) => void;
}

/** Commits items in groups. At most 16 Mi characters are pending. */
export class CommitGroup<T> {
  readonly #commit: (items: readonly T[]) => Promise<void>;
  readonly #waiting: Batch<T>[] = [];
  #underWay: Batch<T> | undefined;
  #characters = 0;
  #isWriting = false;

  constructor(commit: (items: readonly T[]) => Promise<void>) {
    this.#commit = commit;
  }

  get isFull(): boolean {
    return this.#characters >= MAX_WAITING_CHARACTERS;
  }

  /**
   * Adds an item; resolves once it is committed. An unhandled rejection is harmless. Rejects with a BacklogError if too
   * many are pending.
   */
  add(item: T, characters: number): Promise<void> {
    if (this.isFull) return Promise.reject(new BacklogError());
    const batch = this.#batchWithRoom();
    batch.items.push(item);
    batch.characters += characters;
    this.#characters += characters;
    if (!this.#isWriting) void this.#writeAll();
    return batch.committed;
  }

  /** Resolves once all earlier items are committed or have failed. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.#uncommitted.map(({ committed }) => committed));
  }

  /**
   * Passes all uncommitted items to a synchronous store, including those in progress, whose store may not be open yet.
   * They stay pending if it returns false.
   */
  storeUncommitted(store: (items: readonly T[]) => boolean): void {
    const items = this.#uncommitted.flatMap((batch) => batch.items);
    if (items.length === 0 || !store(items)) return;
    this.#underWay = undefined;
    for (const batch of this.#waiting.splice(0)) {
      this.#characters -= batch.characters;
      batch.settle(Promise.resolve());
    }
  }

  get #uncommitted(): readonly Batch<T>[] {
    return this.#underWay === undefined ? this.#waiting : [this.#underWay, ...this.#waiting];
  }

  #batchWithRoom(): Batch<T> {
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.items.length < MAX_BATCH) return last;
    const batch = emptyBatch<T>();
    this.#waiting.push(batch);
    return batch;
  }

  // Items added in the same turn of the event loop share a commit.
  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    await Promise.resolve();
    for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift()) {
      this.#characters -= batch.characters;
      this.#underWay = batch;
      batch.settle(this.#commit(batch.items));
      // The error is returned by `add`.
      await batch.committed.catch(() => {});
      this.#underWay = undefined;
    }
    this.#isWriting = false;
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
 * Converts an event to its stored form. NUL is replaced, because it ends a text in SQLite. Values that JSON does not
 * support are written as text. Never throws.
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
