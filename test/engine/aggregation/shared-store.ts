// A store's memory on SharedArrayBuffer, for tests.
import type { SharedStore } from "../../../src/engine/aggregation/store.ts";

export function sharedMemory(cells: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * cells));
}

/** @param isOrdered whether writes are seen in their order; if not, the store has sequence numbers. */
export function sharedStore({ isOrdered = true }: { readonly isOrdered?: boolean } = {}): SharedStore {
  return { isOrdered, page: (_part, cells) => sharedMemory(cells), added() {}, freed() {} };
}
