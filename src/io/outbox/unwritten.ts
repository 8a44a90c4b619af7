// Records on their way to the disk, and those that it did not take.
import { FRAME_HEADER_BYTES } from "./frame.ts";
import { MAX_MEMORY_BYTES } from "./memory-queue.ts";
import type { NewRecord, StoredRecord } from "./record-queue.ts";
import { SEGMENT_HEADER_BYTES } from "./segment.ts";

/** Records in memory, oldest first, and who waits for their acknowledgement. */
export class Unwritten {
  readonly #maxBytes: number;
  readonly #maxRecordBytes: number;
  readonly #waiting: { readonly sequence: number; readonly acknowledge: () => void }[] = [];
  #records: StoredRecord[] = [];
  #bytes = 0;
  #sequence = 0;
  #acknowledged = 0;
  // How many of the first are being written: these cannot be dropped.
  #busy = 0;

  /** @param maxDiskBytes what fits on the disk: a record that does not is not taken. */
  constructor(maxDiskBytes: number) {
    this.#maxBytes = Math.min(maxDiskBytes, MAX_MEMORY_BYTES);
    this.#maxRecordBytes = maxDiskBytes - SEGMENT_HEADER_BYTES - FRAME_HEADER_BYTES;
  }

  /** All of them, oldest first. */
  get records(): readonly StoredRecord[] {
    return this.#records;
  }

  /** Those that were acknowledged, though the disk did not take them. */
  get acknowledged(): readonly StoredRecord[] {
    const first = this.#records[0];
    if (first === undefined || first.sequence > this.#acknowledged) return [];
    return this.#records.filter(({ sequence }) => sequence <= this.#acknowledged);
  }

  /** The oldest, where it was acknowledged. */
  get head(): StoredRecord | undefined {
    const first = this.#records[0];
    return first !== undefined && first.sequence <= this.#acknowledged ? first : undefined;
  }

  /** Adds records at the end; returns how many points had to make room for them, or found none themselves. */
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

  /** Resolves once what was added until now is acknowledged. */
  acknowledgement(): Promise<void> {
    if (this.#acknowledged >= this.#sequence) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ sequence: this.#sequence, acknowledge: resolve });
    });
  }

  /** Tells that the first `count` are being written; 0 once they no longer are. */
  hold(count: number): void {
    this.#busy = count;
  }

  /** Forgets the first `count` and acknowledges them: they are on disk. */
  written(count: number): void {
    const last = this.#records[count - 1];
    for (const { body } of this.#records.splice(0, count)) this.#bytes -= body.byteLength;
    this.#busy = 0;
    if (last !== undefined) this.#acknowledge(last.sequence);
    if (this.#records.length === 0) this.#acknowledge(this.#sequence);
  }

  /** Acknowledges all: the disk does not take them, and memory is all there is. */
  acknowledgeAll(): void {
    this.#acknowledge(this.#sequence);
  }

  /** Forgets the oldest; returns how many points it held. */
  shift(): number {
    return this.#takeAt(0);
  }

  /** Forgets the acknowledged ones of a time before; returns how many points they held. */
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
