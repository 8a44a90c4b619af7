// A thread that starts a thread that starts a thread.
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { endWithInput, expectTotals, hold, work } from "./work.mjs";

const CALLS = [30, 310, 3_200, 33_000];
const depth = isMainThread ? 0 : workerData;

work(CALLS[depth], `depth ${depth}`);
hold(depth + 1);
if (depth + 1 < CALLS.length) {
  const worker = new Worker(new URL(import.meta.url), { workerData: depth + 1 });
  await once(worker, "message");
}
if (isMainThread) {
  expectTotals(CALLS, 1 + 2 + 3 + 4);
  endWithInput();
} else {
  parentPort.on("message", () => {});
  parentPort.postMessage("worked");
}
