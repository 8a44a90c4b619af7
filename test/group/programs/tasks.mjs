// The task of the pools: records calls. Each thread holds one.
import { hold, work } from "./work.mjs";

hold(1);

export function task(calls) {
  work(calls, "task");
  // So that each thread gets tasks.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  return calls;
}
