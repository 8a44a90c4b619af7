// The worker thread that owns the store.
import { parentPort, workerData } from "node:worker_threads";
import type { RequestMessage, ThreadData } from "./message.ts";
import { serve, type ServedStore } from "./served.ts";
import { doWork } from "./shared-work.ts";

const { options, work }: ThreadData = workerData;

let served: ServedStore | undefined;
parentPort?.on("message", (message: RequestMessage | "close") => {
  if (message !== "close") return served?.take(message);
  served?.close();
  parentPort?.close();
});
doWork(work, () => {
  served = serve(options, (message, transfer) => parentPort?.postMessage(message, transfer), work);
});
if (served === undefined) parentPort?.close();
