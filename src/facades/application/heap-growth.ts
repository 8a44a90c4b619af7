// How much memory a call took from the heap.
import { GCProfiler, getHeapStatistics } from "node:v8";

/**
 * Runs `call`, gives back what it gives and throws what it throws. `grown` is told by how many bytes JavaScript's heap
 * has grown meanwhile, unless the call threw, or garbage was collected: then nobody knows. Costs some 20 µs.
 */
export function withHeapGrowth<T>(call: () => T, grown: (bytes: number) => void): T {
  const collections = new GCProfiler();
  collections.start();
  try {
    // The first look of all has to be compiled.
    usedHeapBytes();
    const before = usedHeapBytes();
    const result = call();
    const after = usedHeapBytes();
    // What lies between these two is what a look at the heap itself takes from it.
    const again = usedHeapBytes();
    const bytes = Math.max(after - before - (again - after), 0);
    if (collections.stop().statistics.length === 0) grown(bytes);
    return result;
  } finally {
    collections.stop();
  }
}

function usedHeapBytes(): number {
  return getHeapStatistics().used_heap_size;
}
