// The way of events into a history.
import type { TelemetryEvent } from "../../events/event.ts";
import type { StoredEvent } from "../store/stored.ts";
import { jsonText } from "../../events/json-text.ts";

interface EventDestination {
  appendEvents(events: readonly StoredEvent[]): Promise<void>;
}

// Beside its texts.
const EVENT_CHARACTERS = 300;

/** Stores each event once. */
export class EventStore {
  readonly #group: CommitGroup<StoredEvent>;
  // The bus and the recorder may pass the same event; the store itself ignores known ids.
  #latest: TelemetryEvent | undefined;
  #latestKept: Promise<void> = Promise.resolve();

  constructor(destination: EventDestination) {
    this.#group = new CommitGroup((events) => destination.appendEvents(events));
  }

  /** For the bus: stores the event soon; `false` if too much waits. Never throws. */
  write(event: TelemetryEvent): boolean {
    if (this.#group.isFull) return false;
    // The history logs its store's errors.
    void this.keep(event);
    return true;
  }

  /** Resolves once the event is committed. */
  keep(event: TelemetryEvent): Promise<void> {
    if (event === this.#latest) return this.#latestKept;
    if (this.#group.isFull) return Promise.reject(new BacklogError());
    const stored = storedFrom(event);
    this.#latestKept = this.#group.add(stored, charactersOf(stored));
    this.#latest = event;
    return this.#latestKept;
  }

  flush(): Promise<void> {
    return this.#group.flush();
  }

  /** Takes what is not committed, at the end of a process. */
  takePending(): readonly StoredEvent[] {
    return this.#group.takeUncommitted();
  }
}

function charactersOf({ id, type, source, data, labels, metadata }: StoredEvent): number {
  const names = id.length + type.length + source.length;
  return EVENT_CHARACTERS + names + data.length + labels.length + metadata.length;
}

/** Thrown, by the promise, if too much waits for the store. */
export class BacklogError extends Error {
  override readonly name = "BacklogError";
  readonly code = "TACHYMETER_HISTORY_BACKLOG";

  constructor() {
    super("events and metrics come faster than the store takes them; record fewer, or wait for the promises");
  }
}

const MAX_WAITING_CHARACTERS = 16 * 1024 * 1024;
const MAX_BATCH = 10_000;

/** One promise serves all items. */
interface Batch<T> {
  readonly items: T[];
  characters: number;
  readonly committed: Promise<void>;
  readonly settle: (outcome: Promise<void>) => void;
}

/** Commits items in groups. At most 16 Mi characters wait. */
export class CommitGroup<T> {
  readonly #commit: (items: readonly T[]) => Promise<void>;
  #waiting: Batch<T>[] = [];
  #underWay: readonly T[] = [];
  #characters = 0;
  #writing: Promise<void> | undefined;

  constructor(commit: (items: readonly T[]) => Promise<void>) {
    this.#commit = commit;
  }

  get isFull(): boolean {
    return this.#characters >= MAX_WAITING_CHARACTERS;
  }

  /** Resolves once the item is committed. Nobody need handle a rejection. @throws BacklogError by the promise */
  add(item: T, characters: number): Promise<void> {
    if (this.isFull) return Promise.reject(new BacklogError());
    const batch = this.#batchWithRoom();
    batch.items.push(item);
    batch.characters += characters;
    this.#characters += characters;
    this.#writing ??= this.#writeAll();
    return batch.committed;
  }

  /** Resolves once all earlier items are committed, or failed. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** Takes all uncommitted items, also those in progress, whose store may not be open yet. */
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

  // Items of one turn share a commit.
  async #writeAll(): Promise<void> {
    await Promise.resolve();
    for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift()) {
      this.#characters -= batch.characters;
      this.#underWay = batch.items;
      batch.settle(this.#commit(batch.items));
      // `add` returns the error.
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

/** NUL ends a text in SQLite: it is replaced. What JSON lacks is written as text. Never throws. */
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
