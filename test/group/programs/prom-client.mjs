// The primary and three workers of a cluster, which record by prom-client. One worker exits.
import cluster from "node:cluster";
import { once } from "node:events";
import client from "prom-client";
import { endWithInput } from "./work.mjs";

const n = Number(process.env.N ?? 0);
const labelNames = ["shop"];
new client.Counter({ name: "orders_total", help: "h", labelNames }).inc({ shop: "north" }, 1 + n);
const calls = new client.Counter({ name: "calls_total", help: "h" });
for (let i = 0; i < 1 + n; i++) calls.inc();
new client.Histogram({ name: "wait_seconds", help: "h", buckets: [1, 2], labelNames }).observe(
  { shop: "north" },
  n,
);
new client.Summary({ name: "size_bytes", help: "h" }).observe(n);
for (const aggregator of ["sum", "min", "max", "average", "omit"])
  new client.Gauge({ name: `carts_${aggregator}`, help: "h", aggregator, labelNames }).set({ shop: "a" }, n);

if (cluster.isPrimary) {
  const workers = [1, 2, 5].map((N) => cluster.fork({ N }));
  await Promise.all(workers.map((worker) => once(worker, "message")));
  const [last] = workers.splice(2);
  last.send("exit");
  await once(last, "exit");
  console.log("expected {}");
  console.log("done");
  endWithInput(async () => {
    for (const worker of workers) worker.kill();
    await Promise.all(workers.map((worker) => once(worker, "exit")));
  });
} else {
  process.on("message", (message) => message === "exit" && process.exit());
  process.send("ready");
}
