/** The memory of a process' own figures, in which a reporter thread reads them while they change. */
import type { Collection } from "../../engine/collection/collection.ts";
import type { SharedStore } from "../../engine/aggregation/store.ts";
import type { SharedMemory, StreamOrigin } from "../../engine/streams/members.ts";
import { isObservable } from "../../engine/streams/stream-configuration.ts";
import type { KeptAggregation } from "../../engine/streams/stream-store.ts";
import type { Chunk } from "../memory/chunks.ts";
import { streamKey } from "../memory/frames.ts";
import { ImageWriter } from "../memory/image-writer.ts";

export class LiveMemory implements SharedMemory {
  readonly #known = new Set<string>();
  // Chunks that were made before the reporter thread.
  readonly #early: Chunk[] = [];
  #send: (chunk: Chunk) => void = (chunk) => void this.#early.push(chunk);
  #isRead = true;
  readonly #image = new ImageWriter({ isShared: true, onChunk: (chunk) => this.#send(chunk) });

  store(origin: StreamOrigin, aggregation: KeptAggregation): SharedStore {
    // Readers with different limits have stores with the same measurements, which must not be added up.
    const key = streamKey(origin, aggregation);
    if (!this.#isRead || this.#known.has(key)) return OWN_MEMORY;
    this.#known.add(key);
    const store = this.#image.store(origin, aggregation);
    return {
      isOrdered: store.isOrdered,
      page: (part, cells) => (this.#isRead ? store : OWN_MEMORY).page(part, cells),
      added: (row, series) => {
        if (this.#isRead) store.added(row, series);
      },
      freed: (row, last) => {
        if (this.#isRead) store.freed(row, last);
      },
    };
  }

  /** Copies the values of observable instruments and of `MetricSource`s. All others are in the memory already. */
  take(collections: readonly Collection[], isTaken: (origin: StreamOrigin) => boolean): void {
    if (!this.#isRead) return;
    this.#image.take(collections, (origin) => {
      const isCopied = origin.fixed !== undefined || isObservable(origin.instrument.type);
      return isCopied && isTaken(origin);
    });
  }

  /** Another report has the last figures of all series that were removed up to now. */
  countNow(): void {
    this.#image.countNow();
  }

  /** Passes all chunks to `send`, those that exist first. */
  begin(send: (chunk: Chunk) => void): void {
    for (const chunk of this.#early.splice(0)) send(chunk);
    this.#send = send;
  }

  /** The memory is no longer read: nothing more is described in it. */
  end(): void {
    this.#isRead = false;
    this.#early.length = 0;
    this.#send = () => {};
  }
}

const OWN_MEMORY: SharedStore = {
  isOrdered: true,
  page: (_part, cells) => new Float64Array(cells),
  added: () => {},
  freed: () => {},
};
