// Real workers of a cluster: their primary has the sums that the real package has.
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { Gathering } from "../../src/prom-client/gathering.ts";
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

// Iterator helpers, which the successor uses and Node.js 20 lacks.
const HELPERS = `data:text/javascript,${encodeURIComponent(`
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf(new Map().values()));
  for (const name of ["filter", "map"])
    prototype[name] ??= function (visit) { return [...this][name](visit).values(); };`)}`;

const METRICS = `
  const client = require("@prometheus-io/client");
  const labelNames = ["a"];
  const record = (n) => {
    new client.Counter({ name: "orders", help: "h", labelNames }).inc({ a: "x" }, n);
    new client.Gauge({ name: "size_max", help: "h", aggregator: "max" }).set(n);
    new client.Gauge({ name: "left_out", help: "h", aggregator: "omit" }).set(n);
    const wait = new client.Histogram({ name: "wait", help: "h", buckets: [1, 2], labelNames });
    for (const a of ["x", "y"]) wait.observe({ a }, n);
    new client.Summary({ name: "took", help: "h", percentiles: [0.5], aggregator: "average" }).observe(n);
  };`;

const OF_SUCCESSOR = {
  "workers of a cluster": `${METRICS}
    const cluster = require("node:cluster");
    if (cluster.isPrimary) {
      const registry = new client.ClusterRegistry();
      record(10);
      cluster.setupPrimary({ execArgv: ["--import", process.env.WORKERS_FLAG] });
      const workers = [cluster.fork({ N: "1" }), cluster.fork({ N: "2" })];
      let ready = 0;
      cluster.on("message", async (_, message) => {
        if (message === "ready" && ++ready === 2) {
          console.log(await registry.clusterMetrics());
          workers[0].send("end");
        }
        if (message !== "ended") return;
        console.log(await registry.clusterMetrics());
        process.exit();
      });
    } else {
      const registry = new client.AggregatorRegistry();
      const other = new client.Registry();
      client.ClusterRegistry.setRegistries([client.register, other]);
      record(Number(process.env.N));
      new client.Gauge({ name: "average", help: "h", aggregator: "average", registers: [other] }).set(5);
      process.on("message", async (message) => {
        if (message !== "end") return;
        await Promise.all([registry.shutdown(), registry.shutdown()]);
        process.send("ended");
      });
      process.send("ready");
    }`,
  // The third thread takes no part.
  "worker threads": `${METRICS}
    const { Worker, isMainThread, parentPort, workerData } = require("node:worker_threads");
    const { once } = require("node:events");
    async function main() {
      const registry = new client.WorkerRegistry();
      const show = async () => console.log(client.WorkerRegistry.workerCount(), await registry.workerMetrics());
      record(100);
      await show();
      const execArgv = ["--import", process.env.WORKERS_FLAG];
      const workers = [1, 2, 3].map((n) => new Worker(__filename, { workerData: n, execArgv }));
      await Promise.all(workers.map((worker) => once(worker, "message")));
      while (client.WorkerRegistry.workerCount() < 2) await new Promise(setImmediate);
      await show();
      for (const worker of workers.slice(0, 2)) {
        worker.postMessage("end");
        await once(worker, "exit");
        await show();
      }
      await registry.shutdown();
      process.exit();
    }
    if (isMainThread) void main();
    else {
      const registry = workerData < 3 ? new client.WorkerRegistry() : undefined;
      record(workerData);
      parentPort.on("message", async () => {
        await Promise.all([registry.shutdown(), registry.shutdown()]);
        await registry.shutdown();
        process.exit();
      });
      parentPort.postMessage("ready");
    }`,
};

test.each(Object.entries(OF_SUCCESSOR))(
  "%s have the sums of the successor, also of those that have ended, and of those with its package",
  async (_, program) => {
    const cwd = await application({ "app.cjs": program });
    const run = (flag: string, ofWorkers: string) =>
      outputOf(runNode({ cwd, args: ["--import", flag, "app.cjs"], env: { WORKERS_FLAG: ofWorkers } }));
    const OURS = "tachymeter/prom-client/register";
    const [real, ours] = [await run(HELPERS, HELPERS), await run(OURS, OURS)];
    expect(ours).toBe(real);
    expect(await run(OURS, HELPERS)).toBe(real);
    expect(ours.match(/orders\{a="x"\} \d+/g)).toEqual(
      program.includes("ClusterRegistry")
        ? Array(2).fill('orders{a="x"} 13')
        : Array(3).fill('orders{a="x"} 3'),
    );
  },
  60_000,
);

const endedWorker = (library: string): string => `
  const cluster = require("node:cluster");
  const registry = new (require("${library}").AggregatorRegistry)();
  if (cluster.isPrimary) {
    const worker = cluster.fork();
    cluster.on("message", async () => {
      process.kill(worker.process.pid, "SIGKILL");
      // The primary does not see the end before its request.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      console.log(await registry.clusterMetrics().catch(({ message }) => message));
      process.exit();
    });
  } else process.send("ready");`;

test.each(["prom-client", "@prometheus-io/client"])(
  "%s: a worker that has just ended fails the request for metrics, and not the primary",
  async (library) => {
    const cwd = await application({ "app.cjs": endedWorker(library) });
    const args = ["--import", "tachymeter/prom-client/register", "app.cjs"];
    expect(await outputOf(runNode({ cwd, args }))).toMatch(/^write E\w+\n$/);
  },
  60_000,
);

test("metrics that cannot be sent fail their request, and nothing else", async () => {
  const rejections: unknown[] = [];
  const listener = (error: unknown): unknown => rejections.push(error);
  process.on("unhandledRejection", listener);
  onTestFinished(() => void process.off("unhandledRejection", listener));
  const end = new Gathering().end(false, 20, () => {
    throw new TypeError("not cloneable");
  });
  await expect(end).rejects.toThrow("not cloneable");
  await delay(50);
  expect(rejections).toEqual([]);
});
