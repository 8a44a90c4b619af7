// Load of the runtime for its faults.
import { readdirSync, readFileSync } from "node:fs";

/** Blocks the event loop. */
export function block(millis: number): void {
  const end = performance.now() + millis;
  while (performance.now() < end);
}

/** Share of the limit of file descriptors that is in use with `more` than are open now. */
export function shareOfDescriptors(more: number): number {
  const limit = Number(/^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]);
  return (readdirSync("/proc/self/fd").length + more) / limit;
}
