// Entries of streams that consumer groups delivered to this process, and that are not yet acknowledged.
import type { InFlight } from "../shared/destinations.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import { outliving } from "../shared/outliving.ts";

const MAX_ENTRIES = 10_000;
// Acknowledgements by other processes are not seen.
const MAX_ENTRY_MILLIS = 3_600_000;

/** Receiver of delivered entries. */
interface EntriesOwner {
  readonly startMillis: number;
  /** Server, database and key. */
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
  readonly inFlight: InFlight;
}

/** Pending entries by stream, group and id: at most 10,000, at most an hour old. The oldest is dropped first. */
class PendingEntries {
  readonly #streams = new Map<string, Map<string, EntriesOwner>>();
  #count = 0;

  /** Adds an entry of a reply. An entry that is delivered again, to any consumer of its group, is pending once. */
  add(entry: unknown, owner: EntriesOwner): void {
    // A deleted entry may be missing from its place in the reply.
    if (entry === null || entry === undefined) return;
    const { stream } = owner;
    const key = keyOf(owner.group, idOf(entry));
    this.#drop(stream, key);
    const entries = this.#streams.get(stream) ?? new Map<string, EntriesOwner>();
    this.#streams.set(stream, entries.set(key, owner));
    owner.inFlight.count++;
    this.#count++;
    if (this.#count > MAX_ENTRIES) this.#dropOldest();
  }

  /** Removes an entry that is acknowledged or deleted. It may have been delivered to another process. */
  remove(stream: string, group: string, id: unknown): void {
    if (this.#streams.has(stream)) this.#drop(stream, keyOf(group, id));
  }

  /** Removes the entries of a deleted stream, group or consumer. */
  removeOf(stream: string, group?: string, consumer?: string): void {
    for (const [key, owner] of this.#streams.get(stream) ?? []) {
      if (group !== undefined && owner.group !== group) continue;
      if (consumer === undefined || owner.consumer === consumer) this.#drop(stream, key);
    }
  }

  /** Removes entries that are too old. */
  expire(): void {
    const firstMillis = performance.now() - MAX_ENTRY_MILLIS;
    for (const [stream, entries] of this.#streams) {
      for (const [key, { startMillis }] of entries) {
        if (startMillis >= firstMillis) break;
        this.#drop(stream, key);
      }
    }
  }

  // The oldest entry of the stream that has had entries for the longest time.
  #dropOldest(): void {
    for (const [stream, entries] of this.#streams) {
      for (const key of entries.keys()) return this.#drop(stream, key);
    }
  }

  #drop(stream: string, key: string): void {
    const entries = this.#streams.get(stream);
    const owner = entries?.get(key);
    if (entries === undefined || owner === undefined) return;
    owner.inFlight.count--;
    this.#count--;
    entries.delete(key);
    if (entries.size === 0) this.#streams.delete(stream);
  }
}

export type { PendingEntries };

/** Returns the pending entries of a recording, with those of the earlier one. */
export const pendingEntriesOf: (recording: Recording<unknown>) => PendingEntries = outliving(
  () => new PendingEntries(),
);

function keyOf(group: string, id: unknown): string {
  return `${group}\n${String(id)}`;
}

// An id with fields, in any of the clients' formats, or an id alone (`JUSTID`).
function idOf(entry: unknown): unknown {
  if (Array.isArray(entry)) return entry[0];
  return isObject(entry) && !(entry instanceof Uint8Array) ? fieldOf(entry, "id") : entry;
}
