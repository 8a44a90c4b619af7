// What waits for delivery: encoded requests, oldest first.

/** One encoded request that is to be delivered. */
export interface NewRecord {
  /** The bytes of the request. They belong to the queue from the call on: nobody may change them. */
  readonly body: Uint8Array;
  readonly points: number;
  /** When it was collected, in milliseconds since the epoch. */
  readonly timeUnixMillis: number;
}

export interface StoredRecord extends NewRecord {
  /** The queue's own number for it, by which it is removed; no other record of this queue ever has it. */
  readonly sequence: number;
}

export interface QueueSize {
  /** Bytes of the bodies and, on disk, of what frames them. */
  readonly bytes: number;
  readonly records: number;
  readonly points: number;
}

/** The sum of several. */
export function totalSize(sizes: readonly QueueSize[]): QueueSize {
  const total = { bytes: 0, records: 0, points: 0 };
  for (const { bytes, records, points } of sizes) {
    total.bytes += bytes;
    total.records += records;
    total.points += points;
  }
  return total;
}

/** Why a record left the queue without having been delivered: no room for it, or older than allowed. */
export type QueueDropReason = "full" | "expired";

export interface QueueEvents {
  /** Called if records leave the queue undelivered, with how many data points they held. Must not throw. */
  readonly dropped: (points: number, reason: QueueDropReason) => void;
}

/**
 * Records that wait for delivery, strictly oldest first. Delivery asks for the `oldest`, sends it and then removes it;
 * it asks again before each attempt, since what became too old in between, or had to make room, is gone by then.
 */
export interface RecordQueue {
  /**
   * Adds the records of one collection, at the end. Resolves once they are acknowledged: kept as durably as the queue
   * can; never rejects.
   */
  append(records: readonly NewRecord[]): Promise<void>;
  /**
   * The same at the end of the process, where promises no longer run: blocks until the records, and all that still
   * wait to be acknowledged, are kept. Never throws.
   */
  appendSync(records: readonly NewRecord[]): void;
  /** The oldest acknowledged record; the same one again until it is removed or dropped. */
  oldest(): Promise<StoredRecord | undefined>;
  /** Forgets the record that `oldest()` gave: delivered, or rejected for good. Does nothing where it is gone already. */
  remove(sequence: number): Promise<void>;
  /** What waits and is acknowledged. */
  readonly size: QueueSize;
  /** Time of the oldest record that waits, in milliseconds since the epoch. */
  readonly oldestTimeUnixMillis: number | undefined;
  /** Waits until what was appended is acknowledged, and lets go of everything. What lies on disk stays there. */
  close(): Promise<void>;
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

  /** @param maxBytes of the bodies that may wait; beyond it the oldest are dropped. */
  constructor(events: QueueEvents, maxBytes: number = MAX_MEMORY_BYTES, maxAgeMillis: number = 86_400_000) {
    this.#events = events;
    this.#maxBytes = maxBytes;
    this.#maxAgeMillis = maxAgeMillis;
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

  get waiting(): readonly StoredRecord[] {
    return this.#records.filter((record) => record !== undefined);
  }

  get size(): QueueSize {
    return { bytes: this.#bytes, records: this.#records.length - this.#first, points: this.#points };
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
