// Memory of this process after garbage collection.
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Bytes on the heap and outside it, including array buffers, once a garbage collection frees nothing more. */
export async function heldBytes(): Promise<number> {
  let held = Infinity;
  // V8's background compilation and finalizers free their memory a little later.
  for (let rounds = 0; rounds < 20; rounds++) {
    collectGarbage();
    await pause(20);
    const { heapUsed, external } = process.memoryUsage();
    // `external` includes array buffers.
    const now = heapUsed + external;
    if (rounds > 0 && now > held - 16_384) return Math.min(now, held);
    held = now;
  }
  return held;
}
