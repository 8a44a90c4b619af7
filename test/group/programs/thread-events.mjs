// Threads that record numbered events: one ends, one is blocked, one is idle in a pool, and one is in a child process.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { running } from "tachymeter";

const file = fileURLToPath(import.meta.url);
const start = (fate) => new Worker(file, { workerData: { fate } });

/** Records this number of events. For piscina, too. */
export function record({ source, count }) {
  for (let i = 0; i < count; i++) running().events.record({ event_type: "step", source, data: i });
}

if (workerData?.fate !== undefined) {
  const { fate } = workerData;
  record({ source: fate, count: 100 });
  await Promise.resolve();
  if (fate === "blocked") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
} else if (isMainThread && process.argv[2] === "child") {
  setInterval(() => {}, 1e9);
  start("in-child");
} else if (isMainThread) {
  setInterval(() => {}, 1e9);
  const { Piscina } = await import("piscina");
  running().events.on("step", ({ source, data }) => console.log("heard", source, data));
  start("ended");
  start("blocked");
  fork(file, ["child"]);
  const pool = new Piscina({ filename: file, maxThreads: 1 });
  await pool.run({ source: "pool", count: 100 }, { name: "record" });
  record({ source: "main", count: 100 });
}
