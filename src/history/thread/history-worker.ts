// The worker thread that owns the store.
import { parentPort, workerData } from "node:worker_threads";
import type { RequestMessage, ThreadData } from "./message.ts";
import { serve } from "./served.ts";

const { options }: ThreadData = workerData;

const served = serve(options, (message, transfer) => parentPort?.postMessage(message, transfer));
if (served === undefined) parentPort?.close();
parentPort?.on("message", (message: RequestMessage | "close") => {
  if (message !== "close") return served?.take(message);
  served?.close();
  parentPort?.close();
});
