// What waits for delivery: encoded requests, oldest first.

/** One encoded request that is to be delivered. */
export interface NewRecord {
  /** The bytes of the request. They belong to the queue from the call on: nobody may change them. */
  readonly body: Uint8Array;
  /** How many data points the body holds: what is counted if the record is dropped. */
  readonly points: number;
  /** When it was collected, in milliseconds since the epoch. */
  readonly timeUnixMillis: number;
}

/** A record that waits in a queue. */
export interface StoredRecord extends NewRecord {
  /** The queue's own number for it, by which it is removed; no other record of this queue ever has it. */
  readonly sequence: number;
}

/** How much waits in a queue. */
export interface QueueSize {
  /** Bytes of the bodies and, on disk, of what frames them. */
  readonly bytes: number;
  readonly records: number;
  readonly points: number;
}

/** Why a record left the queue without having been delivered: no room for it, or older than allowed. */
export type QueueDropReason = "full" | "expired";

/** What a queue tells its owner. */
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
  /** Time of the newest record that waits, in milliseconds since the epoch. */
  readonly newestTimeUnixMillis: number | undefined;
  /** Time of the oldest record that waits, in milliseconds since the epoch. */
  readonly oldestTimeUnixMillis: number | undefined;
  /** Waits until what was appended is acknowledged, and lets go of everything. What lies on disk stays there. */
  close(): Promise<void>;
}
