// Records that are not on disk yet, or could not be written.
import { FRAME_HEADER_BYTES } from "./frame.ts";
import { MAX_MEMORY_BYTES, type NewRecord, type StoredRecord } from "./record-queue.ts";
import { SEGMENT_HEADER_BYTES } from "./segment.ts";
import type { Backlog } from "./backlog.ts";
import type { OutboxDisk } from "./disk.ts";

/** Records in memory, oldest first, and the callers that wait for their acknowledgement. */
export class Unwritten {
  readonly #maxBytes: number;
  readonly #maxRecordBytes: number;
  readonly #waiting: { readonly sequence: number; readonly acknowledge: () => void }[] = [];
  #records: StoredRecord[] = [];
  #bytes = 0;
  #sequence = 0;
  #acknowledged = 0;
  // Number of first records that are being written: these cannot be dropped.
  #busy = 0;

  /** @param maxDiskBytes maximum bytes on disk; a larger record is dropped. */
  constructor(maxDiskBytes: number) {
    this.#maxBytes = Math.min(maxDiskBytes, MAX_MEMORY_BYTES);
    this.#maxRecordBytes = maxDiskBytes - SEGMENT_HEADER_BYTES - FRAME_HEADER_BYTES;
  }

  get records(): readonly StoredRecord[] {
    return this.#records;
  }

  /** The records that were acknowledged without being on disk. */
  get acknowledged(): readonly StoredRecord[] {
    const first = this.#records[0];
    if (first === undefined || first.sequence > this.#acknowledged) return [];
    return this.#records.filter(({ sequence }) => sequence <= this.#acknowledged);
  }

  /** The oldest record, if it is acknowledged. */
  get head(): StoredRecord | undefined {
    const first = this.#records[0];
    return first !== undefined && first.sequence <= this.#acknowledged ? first : undefined;
  }

  /**
   * Appends records; returns the number of dropped data points, of the oldest records or of records that are too large.
   */
  add(records: readonly NewRecord[]): number {
    let dropped = 0;
    for (const { body, points, timeUnixMillis } of records) {
      if (body.byteLength > this.#maxRecordBytes) {
        dropped += points;
        continue;
      }
      this.#records.push({ body, points, timeUnixMillis, sequence: ++this.#sequence });
      this.#bytes += body.byteLength;
    }
    while (this.#bytes > this.#maxBytes && this.#records.length > this.#busy)
      dropped += this.#takeAt(this.#busy);
    return dropped;
  }

  /** Resolves once all records added so far are acknowledged. */
  acknowledgement(): Promise<void> {
    if (this.#acknowledged >= this.#sequence) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ sequence: this.#sequence, acknowledge: resolve });
    });
  }

  /** Marks the first `count` records as being written; 0 afterwards. */
  hold(count: number): void {
    this.#busy = count;
  }

  /** Removes and acknowledges the first `count` records, which are on disk. */
  written(count: number): void {
    const last = this.#records[count - 1];
    for (const { body } of this.#records.splice(0, count)) this.#bytes -= body.byteLength;
    this.#busy = 0;
    if (last !== undefined) this.#acknowledge(last.sequence);
    if (this.#records.length === 0) this.#acknowledge(this.#sequence);
  }

  /** Acknowledges all records, though they are only in memory, since the disk fails. */
  acknowledgeAll(): void {
    this.#acknowledge(this.#sequence);
  }

  /** Removes the oldest record; returns the number of its data points. */
  shift(): number {
    return this.#takeAt(0);
  }

  /** Removes acknowledged records from before a time; returns the number of their data points. */
  removeOlderThan(timeUnixMillis: number): number {
    let points = 0;
    for (let head = this.head; head !== undefined && head.timeUnixMillis < timeUnixMillis; head = this.head) {
      points += this.shift();
    }
    return points;
  }

  #takeAt(index: number): number {
    const [taken] = this.#records.splice(index, 1);
    if (taken === undefined) return 0;
    this.#bytes -= taken.body.byteLength;
    return taken.points;
  }

  #acknowledge(sequence: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, sequence);
    while (this.#waiting[0] !== undefined && this.#waiting[0].sequence <= this.#acknowledged) {
      this.#waiting.shift()?.acknowledge();
    }
  }
}

/**
 * Returns the oldest record, from disk or memory, with a new sequence number, since each folder has its own numbers.
 */
export class OldestFirst {
  readonly #unwritten: Unwritten;
  #given: Given | undefined;
  #sequence = 0;

  constructor(unwritten: Unwritten) {
    this.#unwritten = unwritten;
  }

  /** The oldest record; the same one until it is gone. Throws the system's error if it may be temporary. */
  async oldest(disk: OutboxDisk | undefined): Promise<StoredRecord | undefined> {
    for (;;) {
      const head = this.#unwritten.head;
      const backlog = disk?.oldest;
      const time = backlog?.oldestTimeUnixMillis ?? Infinity;
      // Unwritten records are younger than all records that this process has written.
      const isMemoryNext = head !== undefined && disk?.own.isEmpty !== false && head.timeUnixMillis < time;
      if (isMemoryNext) return this.#handOut(head, disk?.own);
      if (disk === undefined || backlog === undefined) return undefined;
      const frame = await backlog.head();
      disk.reportDamage();
      if (frame !== undefined) return this.#handOut(frame, backlog);
      await disk.forgetIfEmpty(backlog);
    }
  }

  /** Removes the record returned with that number. Returns whether it still existed. Throws the system's error. */
  async remove(sequence: number, disk: OutboxDisk | undefined): Promise<boolean> {
    const given = this.#given;
    if (given?.record.sequence !== sequence) return false;
    this.#given = undefined;
    const { from, original } = given;
    // A record of this process may have been in memory when it was returned, and be on disk now.
    if (this.#unwritten.head?.sequence === original && (from === undefined || from === disk?.own)) {
      this.#unwritten.shift();
      await disk?.own.noteRemoved(original);
      return true;
    }
    const backlog = from ?? disk?.own;
    if ((await backlog?.head())?.sequence !== original) return false;
    await backlog?.removeHead();
    if (backlog !== undefined) await disk?.forgetIfEmpty(backlog);
    return true;
  }

  #handOut(record: StoredRecord, from: Backlog | undefined): StoredRecord {
    const given = this.#given;
    if (given?.from === from && given?.original === record.sequence) return given.record;
    const { body, points, timeUnixMillis } = record;
    const handedOut = { body, points, timeUnixMillis, sequence: ++this.#sequence };
    this.#given = { from, original: record.sequence, record: handedOut };
    return handedOut;
  }
}

interface Given {
  /** Backlog of the record; `undefined` for memory before there is a folder. */
  readonly from: Backlog | undefined;
  readonly original: number;
  readonly record: StoredRecord;
}
