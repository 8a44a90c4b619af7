// One thread of threads.mjs.
import { parentPort, workerData } from "node:worker_threads";
import { hold, work } from "./work.mjs";

const { fate, calls } = workerData;
work(calls, fate);
if (fate === "idle") hold(2);
else if (fate === "blocked") hold(4);
// Leaves with the thread.
else hold(1_000);
parentPort.postMessage("worked");
if (fate === "idle" || fate === "terminated") parentPort.on("message", () => {});
if (fate === "blocked") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
if (fate === "failed") throw new Error("as intended");
