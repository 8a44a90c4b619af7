// A primary, two workers that stay, and one that exits.
import cluster from "node:cluster";
import { once } from "node:events";
import { endWithInput, expectTotals, hold, work } from "./work.mjs";

const CALLS = { 1: 1_001, 2: 2_002, 3: 3_003 };

if (cluster.isPrimary) {
  work(50, "primary");
  hold(1);
  const workers = Object.keys(CALLS).map(() => cluster.fork());
  await Promise.all(workers.map((worker) => once(worker, "message")));
  workers[2].send("exit");
  await once(workers[2], "exit");
  expectTotals([50, ...Object.values(CALLS)], 1 + 2 + 2);
  endWithInput(() => Promise.all(workers.slice(0, 2).map((worker) => ended(worker))));
} else {
  work(CALLS[cluster.worker.id], "worker");
  hold(2);
  process.on("message", (message) => message === "exit" && process.exit());
  process.send("worked");
}

function ended(worker) {
  worker.kill();
  return once(worker, "exit");
}
