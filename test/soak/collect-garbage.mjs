// Preloaded into each process of the fleet: collects garbage when asked, and sends the size of what is left.
import { isMainThread } from "node:worker_threads";

if (isMainThread)
  process.on("message", (message) => {
    if (message !== "collect garbage") return;
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    process.send({ kept: heapUsed + external });
  });
