// Real workers of a cluster: their primary has the sums that the real package has.
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

beforeAll(async () => {
  await packedProject();
});

const PROGRAM = `
  const cluster = require("node:cluster");
  const client = require("prom-client");
  const labelNames = ["a"];
  if (cluster.isPrimary) {
    const registry = new client.AggregatorRegistry();
    const workers = [cluster.fork({ N: "1" }), cluster.fork({ N: "2" })];
    let ready = 0;
    cluster.on("message", async (_, message) => {
      if (message !== "ready" || ++ready < workers.length) return;
      console.log(await registry.clusterMetrics());
      for (const worker of workers) worker.kill();
      process.exit();
    });
  } else {
    const n = Number(process.env.N);
    new client.AggregatorRegistry();
    const other = new client.Registry();
    client.AggregatorRegistry.setRegistries([client.register, other]);
    new client.Counter({ name: "orders", help: "h", labelNames }).inc({ a: "x" }, n);
    new client.Gauge({ name: "size_max", help: "h", aggregator: "max" }).set(n);
    new client.Gauge({ name: "size_average", help: "h", aggregator: "average", registers: [other] }).set(n);
    new client.Gauge({ name: "left_out", help: "h", aggregator: "omit" }).set(n);
    new client.Histogram({ name: "wait", help: "h", buckets: [1, 2], labelNames }).observe({ a: "x" }, n);
    new client.Summary({ name: "took", help: "h", percentiles: [0.5], aggregator: "average" }).observe(n);
    process.send("ready");
  }`;

test("the primary of a cluster has the metrics of all workers", async () => {
  const cwd = await application({ "app.cjs": PROGRAM });
  const ours = await outputOf(
    runNode({ cwd, args: ["--import", "tachymeter/prom-client/register", "app.cjs"] }),
  );
  const real = await outputOf(runNode({ cwd, args: ["app.cjs"] }));
  expect(ours).toBe(real);
  expect(ours).toContain('orders{a="x"} 3\n');
  expect(ours).toContain("size_average 1.5\n");
  expect(ours).not.toContain("left_out");
}, 60_000);
