// Messages of one channel that were delivered and not yet settled.
import { clockMillis, readClock } from "../shared/clock.ts";
import type { ConsumedQueue } from "../shared/destinations.ts";

// The maximum of a consumer's prefetch count.
const MAX_CAPACITY = 65_536;
const FREE = 0;

/**
 * Unsettled messages of a channel by delivery tag, which counts up from 1. A message is stored in the slot given by
 * the lowest bits of its tag. If that slot is taken, the number of slots is doubled, up to 65,536. Nothing is
 * allocated once there are enough slots.
 */
export class Unsettled {
  #tags = new Float64Array(16);
  #startMillis = new Float64Array(16);
  #queues: (ConsumedQueue | undefined)[] = Array.from({ length: 16 });
  #count = 0;
  // Lower bound of the tags that are kept.
  #lowestTag = 1;
  #highestTag = 0;

  get highestTag(): number {
    return this.#highestTag;
  }

  /** Adds a delivered message, which is in flight from now on. */
  add(tag: number, queue: ConsumedQueue): void {
    if (tag === FREE) return;
    let slot = this.#slotOf(tag);
    while (this.#tags[slot] !== FREE) {
      if (!this.#grow()) return;
      slot = this.#slotOf(tag);
    }
    this.#tags[slot] = tag;
    readClock();
    this.#startMillis[slot] = clockMillis[0]!;
    this.#queues[slot] = queue;
    if (this.#count === 0) this.#lowestTag = tag;
    this.#count++;
    this.#highestTag = tag;
    queue.inFlight.count++;
  }

  /** Records that the processing of a message failed before it was settled. The message remains in flight. */
  failed(tag: number, error: unknown): void {
    const slot = this.#slotOf(tag);
    if (this.#tags[slot] === tag) this.#processed(slot, error);
  }

  /** Settles a message, with `error` if it failed; `isRequeued` if the broker will deliver it again. */
  settle(tag: number, error: unknown, isRequeued: boolean): void {
    const slot = this.#slotOf(tag);
    if (this.#tags[slot] === tag) this.#settle(slot, error, isRequeued);
  }

  /** Settles all messages up to `tag`; tag 0 means all. */
  settleUpTo(tag: number, error: unknown, isRequeued: boolean): void {
    const highest = tag === 0 ? this.#highestTag : Math.min(tag, this.#highestTag);
    if (highest - this.#lowestTag < this.#tags.length) {
      for (let each = this.#lowestTag; each <= highest; each++) this.settle(each, error, isRequeued);
    } else {
      for (let slot = 0; slot < this.#tags.length; slot++) {
        const each = this.#tags[slot] ?? FREE;
        if (each !== FREE && each <= highest) this.#settle(slot, error, isRequeued);
      }
    }
    this.#lowestTag = Math.max(this.#lowestTag, highest + 1);
  }

  /** Drops all messages of a closed channel. The broker requeues them, and the end of their processing is unknown. */
  clear(): void {
    this.dropUpTo(Infinity);
  }

  /** Drops the messages up to `tag`. The end of their processing is unknown. */
  dropUpTo(tag: number): void {
    for (const [slot, queue] of this.#queues.entries()) {
      const each = this.#tags[slot] ?? FREE;
      if (each === FREE || each > tag) continue;
      if (queue !== undefined) queue.inFlight.count--;
      this.#tags[slot] = FREE;
      this.#queues[slot] = undefined;
      this.#count--;
    }
  }

  #settle(slot: number, error: unknown, isRequeued: boolean): void {
    const queue = this.#queues[slot];
    this.#processed(slot, error);
    this.#tags[slot] = FREE;
    this.#count--;
    if (queue === undefined) return;
    queue.inFlight.count--;
    if (isRequeued) queue.retried();
  }

  #processed(slot: number, error: unknown): void {
    const startMillis = this.#startMillis[slot] ?? Number.NaN;
    if (Number.isNaN(startMillis)) return;
    this.#startMillis[slot] = Number.NaN;
    readClock();
    this.#queues[slot]?.destination.processedNanos(Math.round((clockMillis[0]! - startMillis) * 1e6), error);
  }

  #slotOf(tag: number): number {
    // Safe for tags above 2 ** 31: only the lowest bits are used.
    return tag & (this.#tags.length - 1);
  }

  #grow(): boolean {
    const capacity = this.#tags.length * 2;
    if (capacity > MAX_CAPACITY) return false;
    const [tags, startMillis, queues] = [this.#tags, this.#startMillis, this.#queues];
    this.#tags = new Float64Array(capacity);
    this.#startMillis = new Float64Array(capacity);
    this.#queues = Array.from({ length: capacity });
    for (const [slot, tag] of tags.entries()) {
      if (tag === FREE) continue;
      const moved = this.#slotOf(tag);
      this.#tags[moved] = tag;
      this.#startMillis[moved] = startMillis[slot] ?? Number.NaN;
      this.#queues[moved] = queues[slot];
    }
    return true;
  }
}
