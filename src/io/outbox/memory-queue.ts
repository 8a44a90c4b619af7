// The queue if no directory is configured.
import type { NewRecord, QueueEvents, QueueSize, RecordQueue, StoredRecord } from "./record-queue.ts";

/** Bounds of a queue in memory. */
export interface MemoryQueueOptions {
  /**
   * Bytes of the bodies that may wait; beyond it the oldest are dropped.
   *
   * @defaultValue 67108864
   */
  readonly maxBytes?: number | undefined;
  /** How old a record may become. @defaultValue a day */
  readonly maxAgeMillis?: number | undefined;
}

/** What a queue in memory holds by default, in bytes. */
export const MAX_MEMORY_BYTES = 67_108_864;

/** Records in memory: bounded, acknowledged at once, lost with the process. */
export class MemoryQueue implements RecordQueue {
  readonly #events: QueueEvents;
  readonly #maxBytes: number;
  readonly #maxAgeMillis: number;
  // The waiting ones are [#first, #records.length); what lies before is cut off when it is half of all.
  #records: (StoredRecord | undefined)[] = [];
  #first = 0;
  #sequence = 0;
  #bytes = 0;
  #points = 0;

  constructor(options: MemoryQueueOptions, events: QueueEvents) {
    this.#events = events;
    this.#maxBytes = options.maxBytes ?? MAX_MEMORY_BYTES;
    this.#maxAgeMillis = options.maxAgeMillis ?? 86_400_000;
  }

  append(records: readonly NewRecord[]): Promise<void> {
    this.appendSync(records);
    return Promise.resolve();
  }

  appendSync(records: readonly NewRecord[]): void {
    for (const { body, points, timeUnixMillis } of records) {
      this.#records.push({ body, points, timeUnixMillis, sequence: ++this.#sequence });
      this.#bytes += body.byteLength;
      this.#points += points;
    }
    let dropped = 0;
    while (this.#bytes > this.#maxBytes) dropped += this.#shift();
    if (dropped > 0) this.#events.dropped(dropped, "full");
  }

  oldest(): Promise<StoredRecord | undefined> {
    const expiry = Date.now() - this.#maxAgeMillis;
    let dropped = 0;
    for (let head = this.#head; head !== undefined && head.timeUnixMillis < expiry; head = this.#head) {
      dropped += this.#shift();
    }
    if (dropped > 0) this.#events.dropped(dropped, "expired");
    return Promise.resolve(this.#head);
  }

  remove(sequence: number): Promise<void> {
    if (this.#head?.sequence === sequence) this.#shift();
    return Promise.resolve();
  }

  /** All records, oldest first. */
  get waiting(): readonly StoredRecord[] {
    return this.#records.filter((record) => record !== undefined);
  }

  get size(): QueueSize {
    return { bytes: this.#bytes, records: this.#records.length - this.#first, points: this.#points };
  }

  get newestTimeUnixMillis(): number | undefined {
    return this.#records.at(-1)?.timeUnixMillis;
  }

  get oldestTimeUnixMillis(): number | undefined {
    return this.#head?.timeUnixMillis;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get #head(): StoredRecord | undefined {
    return this.#records[this.#first];
  }

  /** Forgets the oldest and returns how many points it held. */
  #shift(): number {
    const head = this.#head;
    if (head === undefined) return 0;
    this.#records[this.#first++] = undefined;
    this.#bytes -= head.body.byteLength;
    this.#points -= head.points;
    if (this.#first * 2 >= this.#records.length) {
      this.#records = this.#records.slice(this.#first);
      this.#first = 0;
    }
    return head.points;
  }
}
