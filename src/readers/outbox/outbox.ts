// The durable queue: what was acknowledged is on disk.
import { MemoryQueue } from "./memory-queue.ts";
import { type OutboxOptions, outboxSettings } from "./options.ts";
import type { NewRecord, QueueEvents, QueueSize, RecordQueue, StoredRecord } from "./record-queue.ts";

/** A queue on disk. */
export class Outbox implements RecordQueue {
  readonly ready: Promise<void> = Promise.resolve();
  readonly #memory: MemoryQueue;

  /** @throws OutboxOptionsError */
  constructor(options: OutboxOptions, events: QueueEvents) {
    this.#memory = new MemoryQueue(outboxSettings(options), events);
  }

  append(records: readonly NewRecord[]): Promise<void> {
    return this.#memory.append(records);
  }

  appendSync(records: readonly NewRecord[]): void {
    this.#memory.appendSync(records);
  }

  oldest(): Promise<StoredRecord | undefined> {
    return this.#memory.oldest();
  }

  remove(sequence: number): Promise<void> {
    return this.#memory.remove(sequence);
  }

  get size(): QueueSize {
    return this.#memory.size;
  }

  get newestTimeUnixMillis(): number | undefined {
    return this.#memory.newestTimeUnixMillis;
  }

  get oldestTimeUnixMillis(): number | undefined {
    return this.#memory.oldestTimeUnixMillis;
  }

  close(): Promise<void> {
    return this.#memory.close();
  }
}
