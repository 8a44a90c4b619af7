// Libraries that use prom-client inside, with the real package and with ours.
import { beforeAll, expect, test } from "vitest";
import { startRedis } from "../servers/redis.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

beforeAll(async () => {
  await packedProject();
});

const OURS = ["--import", "tachymeter/prom-client/register"];

const PROGRAMS = {
  "express-prom-bundle.cjs": `
    const express = require("express");
    const bundle = require("express-prom-bundle");
    const app = express();
    app.use(bundle({ includeMethod: true, includePath: true, promClient: { collectDefaultMetrics: {} } }));
    app.get("/hi", (request, response) => response.send("hi"));
    const server = app.listen(0, "127.0.0.1", async () => {
      const url = "http://127.0.0.1:" + server.address().port;
      for (const path of ["/hi", "/hi", "/none"]) await (await fetch(url + path)).text();
      console.log(await (await fetch(url + "/metrics")).text());
      process.exit();
    });`,
  "fastify-metrics.mjs": `
    import Fastify from "fastify";
    import metrics from "fastify-metrics";
    const app = Fastify();
    await app.register(metrics, { endpoint: "/metrics" });
    app.get("/hi", async () => "hi");
    await app.inject("/hi");
    console.log((await app.inject("/metrics")).body);
    process.exit();`,
  "nestjs-prometheus.cjs": `
    require("reflect-metadata");
    const { PrometheusModule, makeCounterProvider, getToken } = require("@willsoto/nestjs-prometheus");
    void import("@nestjs/core").then(async ({ NestFactory }) => {
      class Application {}
      const orders = makeCounterProvider({ name: "orders_total", help: "Orders", labelNames: ["country"] });
      const parts = { module: Application, imports: [PrometheusModule.register()], providers: [orders] };
      const app = await NestFactory.create(parts, { logger: false });
      await app.listen(0, "127.0.0.1");
      app.get(getToken("orders_total")).inc({ country: "nz" }, 2);
      console.log(await (await fetch((await app.getUrl()) + "/metrics")).text());
      process.exit();
    });`,
  // BullMQ's own text, and metrics of prom-client that are read from its queue and recorded in its worker.
  "bullmq.mjs": `
    import { Queue, Worker } from "bullmq";
    import client from "prom-client";
    const connection = { url: process.env.REDIS_URL, maxRetriesPerRequest: null };
    const options = { connection };
    const queue = new Queue("emails", options);
    const labelNames = ["queue", "state"];
    new client.Gauge({
      name: "bullmq_jobs",
      help: "Jobs by state",
      labelNames,
      async collect() {
        for (const [state, count] of Object.entries(await queue.getJobCounts()))
          this.set({ queue: queue.name, state }, count);
      },
    });
    const finished = new client.Counter({ name: "bullmq_finished_total", help: "Finished jobs", labelNames });
    const duration = new client.Histogram({ name: "bullmq_duration_seconds", help: "Time", labelNames: ["queue"] });
    await queue.addBulk(["good", "bad", "good"].map((name) => ({ name, data: {} })));
    let left = 3;
    let finish;
    const over = new Promise((resolve) => (finish = resolve));
    const work = async ({ name }) => {
      const end = duration.startTimer({ queue: "emails" });
      end();
      if (name === "bad") throw new Error("bad");
    };
    const worker = new Worker("emails", work, { ...options, metrics: { maxDataPoints: 60 } });
    for (const state of ["completed", "failed"])
      worker.on(state, () => {
        finished.inc({ queue: "emails", state });
        if (--left === 0) finish();
      });
    await over;
    await queue.add("waits", {}, { delay: 3_600_000 });
    console.log(await client.register.metrics() + "\\n" + await queue.exportPrometheusMetrics({ env: "test" }));
    await worker.close();
    await queue.obliterate({ force: true });
    process.exit();`,
};

// Samples without values that differ from run to run, and without those of garbage collections, which may not have begun.
function comparable(text: string): readonly string[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !/^nodejs_gc_|type="/.test(line))
    .map((line) =>
      /^(?:#|bullmq_jobs?[_{]|.*(?:_count|_bucket\{.*le="\+Inf".*\}|_total\{.*\}) )/.test(line)
        ? line
        : line.replace(/ \S+$/, ""),
    );
}

test.each(Object.entries(PROGRAMS))(
  "%s has the samples of the real package",
  async (name, program) => {
    const cwd = await application({ [name]: program }, { libraries: true });
    const url = name.startsWith("bullmq") ? (await startRedis()).url : "";
    const run = (args: readonly string[]) => outputOf(runNode({ cwd, args, env: { REDIS_URL: url } }));
    const real = await run([name]);
    const own = await run([...OURS, name]);
    expect(comparable(own)).toEqual(comparable(real));
    expect(comparable(own).length).toBeGreaterThan(30);
  },
  120_000,
);

const PACKAGES = ["prom-client", "@prometheus-io/client", "@platformatic/prom-client"];

test.each(PACKAGES)(
  "require and import of %s resolve to the same module, which is ours",
  async (name) => {
    const cwd = await application({
      "app.mjs": `
      import { createRequire } from "node:module";
      import client, { Counter, register, Registry } from "${name}";
      import * as own from "tachymeter/prom-client";
      const required = createRequire(import.meta.url)("${name}");
      const counter = new Counter({ name: "orders", help: "h" });
      console.log(required === client, counter instanceof own.Counter, counter instanceof required.Counter);
      console.log(required.register === register, register instanceof own.Registry, Counter.name);
      console.log(register.getSingleMetric("orders") === counter, Registry.globalRegistry === register);
      console.log(register === own.register);`,
    });
    for (const flag of ["--import", "--require"]) {
      const output = await outputOf(
        runNode({ cwd, args: [flag, "tachymeter/prom-client/register", "app.mjs"] }),
      );
      expect(output.trim().split("\n")).toEqual([
        "true true true",
        "true true Counter",
        "true true",
        String(name === "prom-client"),
      ]);
    }
  },
  60_000,
);

// fastify-metrics takes it if it is installed, and `@prometheus-io/client` otherwise.
test("@platformatic/prom-client is replaced only if it is installed", async () => {
  const cwd = await application({
    "app.mjs": `
      import { createRequire } from "node:module";
      const elsewhere = createRequire("/nowhere/app.js");
      const outcome = (find) => Promise.resolve().then(find).then(() => "found", (error) => error.code);
      const required = ${JSON.stringify(PACKAGES)}.map((name) => outcome(() => elsewhere(name)));
      const imported = outcome(() => import('data:text/javascript,import "@platformatic/prom-client"'));
      console.log((await Promise.all([...required, imported])).join());`,
  });
  const output = await outputOf(runNode({ cwd, args: [...OURS, "app.mjs"] }));
  expect(output).toMatch(/^found,found,MODULE_NOT_FOUND,ERR_\w+\n$/);
}, 60_000);

test("default metrics of the real package and ours with the same name have the same description", async () => {
  const cwd = await application(
    {
      "app.mjs": `
        import client from "prom-client";
        import { running } from "tachymeter";
        client.collectDefaultMetrics();
        await running().ready;
        console.log(await (await fetch(running().prometheusUrl)).text());
        process.exit();`,
    },
    { libraries: true },
  );
  const env = { OTEL_EXPORTER_PROMETHEUS_PORT: "0" };
  const child = runNode({ cwd, args: ["--import", "tachymeter/register", "app.mjs"], env });
  expect(await outputOf(child)).toMatch(/^nodejs_active_resources\{.*otel_scope_name="prom-client"/m);
  expect(child.stderr).not.toContain("warning");
}, 60_000);

// An application with a package of its own, and two libraries with others. All collect default metrics.
const SEVERAL = `
  const clients = ${JSON.stringify(PACKAGES)}.map((name) => require(name));
  for (const [i, client] of clients.entries()) {
    client.collectDefaultMetrics();
    new client.Counter({ name: "orders", help: "h" }).inc(i + 1);
  }
  const { start } = require("tachymeter");
  void (async () => {
    for (const { register } of clients) {
      const lines = (await register.metrics()).split("\\n");
      console.log(lines.filter((line) => line.startsWith("# TYPE") || line.startsWith("orders")).join("\\n"));
    }
    const telemetry = start({ readers: [], host: false, runtime: false });
    const { metrics } = await telemetry.snapshot();
    console.log(Object.keys(metrics).filter((key) => /^(?:process_cpu_seconds|orders)/.test(key)).sort().join("\\n"));
    await telemetry.shutdown();
    process.exit();
  })();`;

test("several packages in one process have a global registry each, and the process is counted once", async () => {
  const cwd = await application({ "app.cjs": SEVERAL });
  const run = (args: readonly string[]) => outputOf(runNode({ cwd, args }));
  const [real, ours] = [await run(["app.cjs"]), await run([...OURS, "app.cjs"])];
  expect(ours).toBe(real);
  expect(ours.match(/^process_cpu_seconds_total/gm)?.length).toBe(1);
  expect(ours.match(/^orders \d/gm)).toEqual(["orders 1", "orders 2", "orders 3"]);
}, 60_000);
