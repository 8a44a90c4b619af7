// A thread of driven.mjs.
import { parentPort, workerData } from "node:worker_threads";
import { metrics } from "@opentelemetry/api";

const meter = metrics.getMeter("driven");
const counted = meter.createCounter("counted");
const busy = meter.createCounter("busy.thread", { unit: "ms" });
const sizes = meter.createHistogram("sizes");
for (let i = 0; i < workerData; i++) {
  counted.add(1, { by: "thread", part: i % 5 });
  sizes.record(i % 100, { by: "thread" });
}
let last = Date.now();
setInterval(() => {
  const now = Date.now();
  busy.add(now - last);
  last = now;
}, 1);
parentPort.postMessage("recorded");
