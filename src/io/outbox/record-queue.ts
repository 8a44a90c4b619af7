// Encoded requests that wait for delivery, oldest first.

/** One encoded request to be delivered. */
export interface NewRecord {
  /** The bytes of the request. They belong to the queue from the call on, and must not be changed. */
  readonly body: Uint8Array;
  readonly points: number;
  /** Time of the collection, in milliseconds since the epoch. */
  readonly timeUnixMillis: number;
}

export interface StoredRecord extends NewRecord {
  /** Number of the record, unique in its queue; used to remove it. */
  readonly sequence: number;
}

export interface QueueSize {
  /** Bytes of the bodies, and on disk of their frames. */
  readonly bytes: number;
  readonly records: number;
  readonly points: number;
}

/** The sum of several sizes. */
export function totalSize(sizes: readonly QueueSize[]): QueueSize {
  const total = { bytes: 0, records: 0, points: 0 };
  for (const { bytes, records, points } of sizes) {
    total.bytes += bytes;
    total.records += records;
    total.points += points;
  }
  return total;
}

/** Reason why a record was dropped undelivered: the queue is full, or the record is too old. */
export type QueueDropReason = "full" | "expired";

export interface QueueEvents {
  /** Called if records are dropped, with the number of their data points. Must not throw. */
  readonly dropped: (points: number, reason: QueueDropReason) => void;
}

/**
 * Records that wait for delivery, strictly oldest first. Delivery gets the `oldest`, sends it and then removes it. It
 * gets it again before each attempt, since it may have expired or been dropped meanwhile.
 */
export interface RecordQueue {
  /**
   * Appends the records of one collection. Resolves once they are acknowledged, that is, kept as durably as the queue
   * can. Never rejects.
   */
  append(records: readonly NewRecord[]): Promise<void>;
  /**
   * Synchronous form of `append`, for the end of the process. Blocks until these records, and all others that are not
   * acknowledged yet, are kept. Never throws.
   */
  appendSync(records: readonly NewRecord[]): void;
  /** The oldest acknowledged record; the same one until it is removed or dropped. */
  oldest(): Promise<StoredRecord | undefined>;
  /**
   * Removes the record that `oldest()` returned: it was delivered, or rejected for good. Resolves to false if it is gone:
   * it was dropped meanwhile.
   */
  remove(sequence: number): Promise<boolean>;
  /** Size of the waiting, acknowledged records. */
  readonly size: QueueSize;
  /** Time of the oldest waiting record, in milliseconds since the epoch. */
  readonly oldestTimeUnixMillis: number | undefined;
  /** Waits until all appended records are acknowledged, and releases all resources. Records on disk stay. */
  close(): Promise<void>;
}

/** Default maximum of a queue in memory, in bytes. */
export const MAX_MEMORY_BYTES = 67_108_864;

interface KeptRecord extends StoredRecord {
  /** Time of `performance.now()`, since the clock may be set. */
  readonly sinceMillis: number;
}

/** A queue in memory: bounded, acknowledges at once, is lost with the process. */
export class MemoryQueue implements RecordQueue {
  readonly #events: QueueEvents;
  readonly #maxBytes: number;
  readonly #maxAgeMillis: number;
  // Waiting records are [#first, #records.length); those before are cut off once they are half of the array.
  #records: (KeptRecord | undefined)[] = [];
  #first = 0;
  #sequence = 0;
  #bytes = 0;
  #points = 0;

  /** @param maxBytes maximum bytes of all waiting bodies; beyond it the oldest are dropped. */
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
      const sequence = ++this.#sequence;
      this.#records.push({ body, points, timeUnixMillis, sequence, sinceMillis: performance.now() });
      this.#bytes += body.byteLength;
      this.#points += points;
    }
    let dropped = 0;
    while (this.#bytes > this.#maxBytes) dropped += this.#shift();
    if (dropped > 0) this.#events.dropped(dropped, "full");
  }

  oldest(): Promise<StoredRecord | undefined> {
    const expiry = performance.now() - this.#maxAgeMillis;
    let dropped = 0;
    for (let head = this.#head; head !== undefined && head.sinceMillis < expiry; head = this.#head) {
      dropped += this.#shift();
    }
    if (dropped > 0) this.#events.dropped(dropped, "expired");
    return Promise.resolve(this.#head);
  }

  remove(sequence: number): Promise<boolean> {
    const isWaiting = this.#head?.sequence === sequence;
    if (isWaiting) this.#shift();
    return Promise.resolve(isWaiting);
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

  get #head(): KeptRecord | undefined {
    return this.#records[this.#first];
  }

  /** Removes the oldest record; returns the number of its data points. */
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
