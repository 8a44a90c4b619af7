// What this process holds in memory once all garbage is gone.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Bytes on the heap and beside it, array buffers included, after two collections of garbage. */
export async function heldBytes(): Promise<number> {
  for (let i = 0; i < 2; i++) {
    collectGarbage();
    // What finalizers let go of is gone in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  // `external` counts array buffers already.
  return heapUsed + external;
}
