// Memory that this process holds once all garbage is gone.
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Bytes on the heap and beside it, array buffers included, once a collection of garbage frees nothing more. */
export async function heldBytes(): Promise<number> {
  let held = Infinity;
  // V8's background compilation and finalizers release what they hold a little later.
  for (let rounds = 0; rounds < 20; rounds++) {
    collectGarbage();
    await pause(20);
    const { heapUsed, external } = process.memoryUsage();
    // `external` counts array buffers already.
    const now = heapUsed + external;
    if (rounds > 0 && now > held - 16_384) return Math.min(now, held);
    held = now;
  }
  return held;
}
