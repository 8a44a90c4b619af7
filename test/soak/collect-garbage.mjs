// Preloaded into each process of the fleet: collects garbage when asked, so that what is left is what is kept.
import { isMainThread } from "node:worker_threads";

if (isMainThread)
  process.on("message", (message) => {
    if (message === "collect garbage") globalThis.gc();
  });
