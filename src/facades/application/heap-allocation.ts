// How much memory a call allocates on the heap.
import { GCProfiler, getHeapStatistics } from "node:v8";

/**
 * Runs `call`, gives back what it gives and throws what it throws. `allocated` is called with the bytes of JavaScript's
 * heap that were allocated meanwhile, unless the call threw: by how much the heap grew, and what garbage collections
 * freed. Exact to some kilobytes without a collection; each collection adds an error of at most 1 MiB, since V8 counts
 * whole pages then. Costs some 20 µs.
 */
export function withHeapAllocation<T>(call: () => T, allocated: (bytes: number) => void): T {
  const collections = new GCProfiler();
  // The first look of all has to be compiled; what lies between the next two is what a look takes from the heap itself.
  usedHeapBytes();
  const first = usedHeapBytes();
  const before = usedHeapBytes();
  const look = Math.max(before - first, 0);
  // Not earlier: a collection before the last look is no part of the growth.
  collections.start();
  try {
    const result = call();
    const grown = usedHeapBytes() - before - look;
    allocated(Math.max(grown + freedBytes(collections), 0));
    return result;
  } finally {
    collections.stop();
  }
}

function freedBytes(collections: GCProfiler): number {
  return collections
    .stop()
    .statistics.reduce(
      (sum, { beforeGC, afterGC }) =>
        sum + beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize,
      0,
    );
}

function usedHeapBytes(): number {
  return getHeapStatistics().used_heap_size;
}
