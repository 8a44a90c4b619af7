// Libraries and runtime of worker threads: measured like those of the main thread, in its metrics.
import { join, resolve } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { samples, scrapeOf, starts } from "../instrumentations/applications.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, type RunningProcess, runNode } from "../kit/process.ts";
import { needsPostgres, startPostgres } from "../servers/postgres.ts";

beforeAll(packedProject);

const instrumentations = resolve(import.meta.dirname, "../instrumentations");
const register = ["--import", "tachymeter/register"];
const quiet = { OTEL_METRICS_EXPORTER: "none", TACHYMETER_HOST: "false" };

describe("with PostgreSQL", () => {
  beforeEach(needsPostgres);

  test.each(starts())(
    "the queries of %s in a worker thread, started with %s, are measured",
    async (_, flag, program) => {
      const { host, port, user, database } = await startPostgres();
      const env = { PG_URL: `postgres://${user}@${host}:${port}/${database}` };
      const text = await scrapeOf({
        folder: join(instrumentations, "pg"),
        program,
        flag,
        isInThread: true,
        env,
        // A thread that is busy is left out of the first scrape.
        awaited: "db_client_connection_count",
      });
      expect(samples(text, "db_client_operation_duration_seconds_count")).toEqual([
        `db_client_operation_duration_seconds_count{db_namespace="${database}",db_operation_name="SELECT",` +
          `db_system_name="postgresql",server_address="${host}",server_port="${port}"} 5`,
      ]);
      expect(samples(text, "db_client_connection_count")).toContain(
        `db_client_connection_count{db_client_connection_pool_name="${host}:${port}/${database}",` +
          'db_client_connection_state="idle"} 1',
      );
    },
  );
});

// Serves and makes requests: three by `node:http`, and two by `fetch`.
const requests = `
  import http from "node:http";
  import { once } from "node:events";
  export async function request() {
    const server = http.createServer((_, response) => response.end("ok")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = "http://127.0.0.1:" + server.address().port;
    for (let i = 0; i < 3; i++) {
      const [response] = await once(http.get(url, { agent: false }), "response");
      await once(response.resume(), "close");
    }
    for (let i = 0; i < 2; i++) await (await fetch(url)).text();
    server.close();
    server.closeAllConnections();
    // The end of a response is published after its text is there, and an idle pool's thread has no event loop.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
`;

const HTTP = [
  "http_server_requests_total",
  "http_client_requests_total",
  "http_server_request_duration_seconds",
  "http_client_request_duration_seconds",
];

// A main thread that starts `worker.mjs`, and prints the totals of metrics.
const main = `
  import { once } from "node:events";
  import { Worker } from "node:worker_threads";
  import { running, start } from "tachymeter";
  const file = new URL("worker.mjs", import.meta.url);
  const ended = (worker) => once(worker, "exit");
  const print = async (...names) => {
    const { metrics } = await running().snapshot();
    const total = (name) => Object.entries(metrics)
      .filter(([key]) => key === name || key.startsWith(name + "{"))
      .reduce((sum, [, { value }]) => sum + (value.count ?? value), 0);
    console.log(names.map(total).join());
  };
  const HTTP = ${JSON.stringify(HTTP)};
`;

interface RunOptions {
  readonly args?: readonly string[];
  readonly program?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function run(
  files: Readonly<Record<string, string>>,
  { args = register, program = [], env = {} }: RunOptions = {},
): Promise<RunningProcess> {
  const cwd = await application({ "requests.mjs": requests, ...files }, { libraries: true });
  const child = runNode({ cwd, args: [...args, "app.mjs", ...program], env: { ...quiet, ...env } });
  await child.exit;
  return child;
}

const requesting = `import { request } from "./requests.mjs"; await request();`;
const stringOf = (code: string): string =>
  JSON.stringify(`import(require("node:worker_threads").workerData).then(({ request }) => ${code})`);

test("requests of threads are counted from the first one on, in a file, a string and a pool", async () => {
  const child = await run({
    "worker.mjs": requesting,
    "task.mjs": `import { request } from "./requests.mjs"; export default () => request();`,
    "app.mjs": `${main}
      import { Piscina } from "piscina";
      await ended(new Worker(file));
      await print(...HTTP);
      await ended(new Worker(${stringOf("request()")}, { eval: true, workerData: new URL("requests.mjs", import.meta.url).href }));
      await print(...HTTP);
      const pool = new Piscina({ filename: new URL("task.mjs", import.meta.url).href, maxThreads: 1 });
      await pool.run();
      await pool.run();
      await print(...HTTP);
      await pool.destroy();`,
  });
  expect(await outputOf(child)).toBe("5,5,5,5\n10,10,10,10\n20,20,20,20\n");
  expect(child.stderr).toBe("");
});

test("threads have the settings of start() in the main thread, and may start their own", async () => {
  const child = await run(
    {
      // The second one starts its own Tachymeter while the first library is in use, and the third one before it.
      "worker.mjs": `import { parentPort, workerData } from "node:worker_threads";
        import { request } from "./requests.mjs";
        import { start } from "tachymeter";
        if (workerData !== "own") await request();
        if (workerData !== "none") start({ instrumentations: { http: { durations: ["undici"] } } });
        if (workerData !== "none") await request();`,
      "app.mjs": `${main}
        start({ readers: [], host: false, instrumentations: { http: { durations: ["http"] } } });
        for (const workerData of ["none", "replaced", "own"]) {
          await ended(new Worker(file, { workerData }));
          await print(...HTTP);
        }`,
    },
    { args: [] },
  );
  expect(await outputOf(child)).toBe("5,5,5,3\n15,15,10,8\n20,20,10,10\n");
  expect(child.stderr).toBe("");
});

test("options that cannot be sent to threads are logged once, unless the threads have their own", async () => {
  const child = await run(
    {
      "worker.mjs": `import { request } from "./requests.mjs";
        import { workerData } from "node:worker_threads";
        import { start } from "tachymeter";
        if (workerData === "own") start({ instrumentations: { mqtt: { destination: () => "all" } } });
        await request();`,
      "app.mjs": `${main}
        start({ readers: [], host: false, instrumentations: { mqtt: { destination: () => "all", maxDestinations: 3 } } });
        await ended(new Worker(file, { workerData: "own" }));
        console.error("now without");
        for (let i = 0; i < 2; i++) await ended(new Worker(file));`,
    },
    { args: [] },
  );
  expect(child.stderr.trimEnd()).toMatch(
    /^now without\n[^\n]*worker threads have the defaults of instrumentations\.mqtt\.destination, since [^\n]*$/,
  );
});

test("a disabled instrumentation is disabled in threads, too", async () => {
  const child = await run(
    { "worker.mjs": requesting, "app.mjs": `${main} await ended(new Worker(file)); await print(...HTTP);` },
    { env: { OTEL_NODE_DISABLED_INSTRUMENTATIONS: "http" } },
  );
  expect(await outputOf(child)).toBe("0,0,0,0\n");
});

test("instrumentations start once, whatever a thread loads, and if it calls running()", async () => {
  const child = await run({
    "worker.mjs": `import { createRequire } from "node:module";
      import { request } from "./requests.mjs";
      import { running } from "tachymeter";
      await request();
      running().custom;
      createRequire(import.meta.url)("pg");
      await request();`,
    "app.mjs": `${main} await ended(new Worker(file)); await print(...HTTP);`,
  });
  expect(await outputOf(child)).toBe("10,10,10,10\n");
  expect(child.stderr).toBe("");
});

test("what a thread first records while its heap metrics are being loaded is exported", async () => {
  const child = await run({
    "worker.mjs": `import { metrics } from "@opentelemetry/api";
      setTimeout(() => {
        const meter = metrics.getMeter("shop");
        const orders = meter.createCounter("orders");
        meter.createObservableCounter("open").addCallback((result) => result.observe(7));
        orders.add(1);
        setTimeout(() => orders.add(2), 300);
      }, 1_000);
      // Both timers are due then: the thread records right after the import has begun.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_200);`,
    "app.mjs": `${main} await ended(new Worker(file)); await print("orders_total", "open_total");`,
  });
  expect(await outputOf(child)).toBe("3,7\n");
  expect(child.stderr).toBe("");
});

// The thread blocks for longer than a second, and prints whether the metrics of the group show that.
const blocked = `${main}
  import { performance } from "node:perf_hooks";
  import { setTimeout as delay } from "node:timers/promises";
  const total = async (name, attribute) => {
    const { metrics } = await running().snapshot();
    return Object.entries(metrics).filter(([key]) => key.startsWith(name) && key.includes(attribute))
      .reduce((sum, [, { value }]) => sum + (value.count ?? value), 0);
  };
  const collections = () => total("v8js_gc_duration_seconds", "major");
  const heap = () => total("v8js_memory_heap_used_bytes", "old_space");
  const active = () => performance.eventLoopUtilization().active / 1_000;
  const [collected, used] = [await collections(), await heap()];
  const worker = new Worker(file, { workerData: process.argv[2] });
  // The worker is measured now.
  while (await heap() - used <= 25e6) await delay(50);
  worker.postMessage("collect");
  await once(worker, "message");
  console.log(await collections() - collected >= 20, await heap() - used > 25e6);
  const before = active();
  const ofGroup = await total("nodejs_eventloop_time_seconds", "active");
  console.log(ofGroup > before + 1 ? "with loop" : ofGroup <= active() ? "without loop" : "?");
  await worker.terminate();
  console.log(await heap() - used < 25e6);
`;

test.each([
  ["not its event loop", "", "without loop"],
  ["its event loop if it wants that", "loop", "with loop"],
])("of a thread, heap and garbage collections are measured, and %s", async (_, wish, expected) => {
  const child = await run(
    {
      "worker.mjs": `import { parentPort, workerData } from "node:worker_threads";
        import { start } from "tachymeter";
        if (workerData === "loop") start({ runtime: true });
        globalThis.kept = Array.from({ length: 1e6 }, (_, i) => ({ i }));
        parentPort.on("message", () => {
          for (let i = 0; i < 20; i++) globalThis.gc();
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_200);
          setTimeout(() => parentPort.postMessage("done"), 200);
        });`,
      "app.mjs": blocked,
    },
    { args: ["--expose-gc", ...register], ...(wish !== "" && { program: [wish] }) },
  );
  expect(await outputOf(child)).toBe(`true true\n${expected}\ntrue\n`);
});
