// Preloaded into each process and worker thread of the fleet: garbage is collected each minute, so that what is left is what
// is kept. The main thread collects when asked, and sends the size of what is left.
import { isMainThread } from "node:worker_threads";

const MINUTE = 60_000;

if (!isMainThread) setInterval(() => globalThis.gc(), MINUTE).unref();
else
  process.on("message", (message) => {
    if (message !== "collect garbage") return;
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    process.send({ kept: heapUsed + external });
  });
