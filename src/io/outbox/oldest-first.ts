// Which record is the oldest of all, and which one was handed out.
import type { Backlog } from "./backlog.ts";
import type { OutboxDisk } from "./disk.ts";
import type { StoredRecord } from "./record-queue.ts";
import type { Unwritten } from "./unwritten.ts";

/** Hands out the oldest record, from disk or from memory, under a number of its own: folders count each for itself. */
export class OldestFirst {
  readonly #unwritten: Unwritten;
  #given: Given | undefined;
  #sequence = 0;

  constructor(unwritten: Unwritten) {
    this.#unwritten = unwritten;
  }

  /** The oldest record; the same one again until it is gone. Throws what the disk says if that may pass. */
  async oldest(disk: OutboxDisk | undefined): Promise<StoredRecord | undefined> {
    for (;;) {
      const head = this.#unwritten.head;
      const backlog = disk?.oldest;
      const time = backlog?.oldestTimeUnixMillis ?? Infinity;
      // What could not be written yet is younger than all that this process has written.
      const isMemoryNext = head !== undefined && disk?.own.isEmpty !== false && head.timeUnixMillis < time;
      if (isMemoryNext) return this.#handOut(head, disk?.own);
      if (disk === undefined || backlog === undefined) return undefined;
      const frame = await backlog.head();
      disk.reportDamage();
      if (frame !== undefined) return this.#handOut(frame, backlog);
      await disk.forgetIfEmpty(backlog);
    }
  }

  /** Removes the record that was handed out under that number, if it is still there. Throws what the disk says. */
  async remove(sequence: number, disk: OutboxDisk | undefined): Promise<void> {
    const given = this.#given;
    if (given?.record.sequence !== sequence) return;
    this.#given = undefined;
    const { from, original } = given;
    // Of this process' own it may have been in memory when it was given, and be on disk now.
    if (this.#unwritten.head?.sequence === original && (from === undefined || from === disk?.own)) {
      this.#unwritten.shift();
      await disk?.own.noteRemoved(original);
      return;
    }
    const backlog = from ?? disk?.own;
    if ((await backlog?.head())?.sequence !== original) return;
    await backlog?.removeHead();
    if (backlog !== undefined) await disk?.forgetIfEmpty(backlog);
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
  /** Where it was; `undefined` for memory while there is no folder. */
  readonly from: Backlog | undefined;
  /** Its number there. */
  readonly original: number;
  readonly record: StoredRecord;
}
