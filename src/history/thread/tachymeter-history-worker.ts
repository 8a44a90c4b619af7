// The worker thread that owns the store.
import { parentPort, workerData } from "node:worker_threads";
import { doWork, FAILED, type RequestMessage, tell, type ThreadData } from "./message.ts";
import { serve, type ServedStore } from "./served.ts";

const { options, work }: ThreadData = workerData;

let isOpened = false;
let served: ServedStore | undefined;

parentPort?.on("message", (message: RequestMessage | "close") => {
  if (message === "close") {
    const closing = served?.close();
    if (closing === undefined) parentPort?.close();
    else void closing.then(() => parentPort?.close());
    return;
  }
  // The process ends before the store is open.
  if (message.outcome !== undefined) open(true);
  if (served !== undefined) served.take(message);
  else if (message.outcome !== undefined) tell(message.outcome, FAILED);
});
open();

function open(isLast = false): void {
  if (isOpened) return;
  const opening = (): void => {
    isOpened = true;
    served = serve(options, (message, transfer) => parentPort?.postMessage(message, transfer), work);
  };
  doWork(work, opening, isLast);
  if (isOpened && served === undefined && !isLast) parentPort?.close();
}
