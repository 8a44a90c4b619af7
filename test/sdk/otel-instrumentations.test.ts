import { mkdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";
import { startMongoDb } from "../servers/mongodb.ts";
import { needsPostgres, startPostgres } from "../servers/postgres.ts";

beforeAll(packedProject);

const upstream = ["@opentelemetry/instrumentation-http", "@opentelemetry/instrumentation-undici"];

async function applicationWith(
  packages: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const cwd = await application(files);
  mkdirSync(join(cwd, "node_modules/@opentelemetry"), { recursive: true });
  for (const name of packages) {
    symlinkSync(
      resolve(import.meta.dirname, "../../node_modules", name),
      join(cwd, "node_modules", name),
      "junction",
    );
  }
  return cwd;
}

interface Run {
  readonly cwd: string;
  readonly program: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The output of a program, with the number of recordings of each HTTP metric, and its log. */
async function ran({ cwd, program, env }: Run): Promise<{ readonly counts: unknown; readonly log: string }> {
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", program],
    env: { OTEL_METRICS_EXPORTER: "none", OTEL_LOG_LEVEL: "debug", ...env },
  });
  const output = await outputOf(child);
  return { counts: JSON.parse(output), log: child.stderr };
}

// Two requests, one by `node:http` and one by `fetch`; then it prints the number of recordings of each HTTP metric.
const requests = `
  server.listen(0, "127.0.0.1", async () => {
    const url = "http://127.0.0.1:" + server.address().port;
    await new Promise((resolve) => get(url, (response) => response.resume().on("end", resolve)));
    await (await fetch(url, { headers: { connection: "close" } })).text();
    server.close();
    await new Promise((resolve) => setImmediate(resolve));
    await print();
  });`;

const print = `async () => {
  const { metrics } = await running().snapshot();
  const counts = {};
  for (const [key, { value }] of Object.entries(metrics)) {
    const name = key.replace(/{.*/, "");
    if (name.startsWith("http_")) counts[name] = (counts[name] ?? 0) + (value.count ?? value);
  }
  console.log(JSON.stringify(counts));
}`;

const files = {
  "app.mjs": `
    import { createServer, get } from "node:http";
    import { running } from "tachymeter";
    const print = ${print};
    const server = createServer((request, response) => response.end("ok"));
    ${requests}`,
  "app.cjs": `
    const { createServer, get } = require("node:http");
    const { running } = require("tachymeter");
    const print = ${print};
    const server = createServer((request, response) => response.end("ok"));
    ${requests}`,
  "thread.mjs": `
    import { createServer, get } from "node:http";
    const print = async () => {};
    const server = createServer((request, response) => response.end("ok"));
    ${requests}`,
  "threads.mjs": `
    import { Worker } from "node:worker_threads";
    import { running } from "tachymeter";
    new Worker(new URL("thread.mjs", import.meta.url)).once("exit", ${print});`,
};

// `fetch` has connections.
const ofUndici = { http_client_open_connections: 0, http_client_pending_requests: 0 };
const ofOurs = {
  ...ofUndici,
  http_server_requests_total: 2,
  http_server_active_requests: 0,
  http_client_requests_total: 2,
  http_client_active_requests: 0,
};
const timed = { http_server_request_duration_seconds: 2, http_client_request_duration_seconds: 2 };

test.each(["app.mjs", "app.cjs"])(
  "in %s OpenTelemetry's instrumentations time the requests that ours counts",
  async (program) => {
    const { counts, log } = await ran({ cwd: await applicationWith(upstream, files), program });
    expect(counts).toEqual({ ...ofOurs, ...timed });
    expect(log).toMatch(/instrumentation http: @opentelemetry\/instrumentation-http [\d.]+ is enabled/);
    expect(log).toMatch(/instrumentation undici: @opentelemetry\/instrumentation-undici [\d.]+ is enabled/);
    expect(log).toContain(`http: ${upstream[0]} records durations instead of ours`);
    expect(log).toContain(`undici: ${upstream[1]} records durations instead of ours`);
  },
);

test("without OpenTelemetry's instrumentations, ours times the requests too", async () => {
  const { counts, log } = await ran({ cwd: await application(files), program: "app.mjs" });
  expect(counts).toEqual({ ...ofOurs, ...timed });
  expect(log).not.toContain("instrumentation-http");
});

test("the variables switch OpenTelemetry's instrumentations and ours by one name", async () => {
  const { counts } = await ran({
    cwd: await applicationWith(upstream, files),
    program: "app.mjs",
    env: { OTEL_NODE_DISABLED_INSTRUMENTATIONS: "http" },
  });
  expect(counts).toEqual({ ...ofUndici, http_client_request_duration_seconds: 1 });
});

test("an instrumentation that the application makes later takes over, and nothing is measured twice", async () => {
  const cwd = await applicationWith(upstream, {
    ...files,
    "own.cjs": `
      const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
      new HttpInstrumentation();
      require("./app.cjs");`,
  });
  const { counts, log } = await ran({ cwd, program: "own.cjs" });
  expect(counts).toMatchObject(timed);
  expect(log).toContain(
    "instrumentation http: the application's own @opentelemetry/instrumentation-http takes over",
  );
});

test("an instrumentation passed to start() is the only one", async () => {
  const cwd = await applicationWith(upstream, {
    "own.cjs": `
      const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
      const { start, running } = require("tachymeter");
      running()?.shutdown();
      start({ instrumentations: [new HttpInstrumentation()] });
      require("./app.cjs");`,
    ...files,
  });
  const { counts, log } = await ran({ cwd, program: "own.cjs" });
  expect(counts).toMatchObject({ http_server_request_duration_seconds: 2 });
  expect(log).toContain(
    "instrumentation http: the application's own @opentelemetry/instrumentation-http is used",
  );
});

test("OpenTelemetry's instrumentations measure a worker thread, from its first request on", async () => {
  const cwd = await applicationWith(upstream, files);
  const { counts } = await ran({ cwd, program: "threads.mjs" });
  expect(counts).toMatchObject({
    http_server_requests_total: 2,
    http_client_requests_total: 2,
    http_server_request_duration_seconds: 2,
    http_client_request_duration_seconds: 2,
  });
});

test("OpenTelemetry's instrumentation of pg measures instead of ours, and nothing is measured twice", async (context) => {
  needsPostgres(context);
  const { user, ...server } = await startPostgres();
  const cwd = await applicationWith(
    ["@opentelemetry/instrumentation-pg", "@opentelemetry/instrumentation-mongodb"],
    {
      "app.mjs": `
      import pg from "pg";
      import { running } from "tachymeter";
      const pool = new pg.Pool(${JSON.stringify({ user, ...server })});
      for (let i = 0; i < 3; i++) await pool.query("SELECT 1");
      const { metrics } = await running().snapshot();
      await pool.end();
      const durations = Object.entries(metrics).filter(([key]) => key.startsWith("db_client_operation"));
      console.log(JSON.stringify({ counts: durations.map(([, { value }]) => value.count) }));`,
    },
  );
  const { counts, log } = await ran({ cwd, program: "app.mjs" });
  expect(counts).toEqual({ counts: [3] });
  expect(log).toContain("instrumentation pg: @opentelemetry/instrumentation-pg is used instead");
  expect(log).toMatch(/instrumentation mongodb: @opentelemetry\/instrumentation-mongodb [\d.]+ is enabled/);
});

test("OpenTelemetry's instrumentation of mongodb counts connections, ours records durations", async (context) => {
  const { url } = await startMongoDb(context);
  const cwd = await applicationWith(["@opentelemetry/instrumentation-mongodb", "mongodb"], {
    "app.mjs": `
      import { MongoClient } from "mongodb";
      import { running } from "tachymeter";
      const client = new MongoClient(${JSON.stringify(url)});
      for (let i = 0; i < 3; i++) await client.db("shop").collection("orders").insertOne({});
      const { metrics } = await running().snapshot();
      await client.close();
      const { value } = Object.entries(metrics).find(([key]) => key.startsWith("db_client_operation_duration"))[1];
      const counts = Object.entries(metrics).filter(([key]) => key.startsWith("db_client_connection_count"));
      const connections = counts.reduce((sum, [, { value }]) => sum + value, 0);
      console.log(JSON.stringify({ inserts: value.count, connections }));`,
  });
  const { counts, log } = await ran({ cwd, program: "app.mjs" });
  expect(counts).toEqual({ inserts: 3, connections: 1 });
  expect(log).toMatch(/instrumentation mongodb: @opentelemetry\/instrumentation-mongodb [\d.]+ is enabled/);
});

// An installed package with the name of an instrumentation of OpenTelemetry.
function packageOf(name: string, source: string): Readonly<Record<string, string>> {
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: "1.2.3", main: "index.js" }),
    [`node_modules/${name}/index.js`]: source,
  };
}

test("OpenTelemetry's instrumentation of pg receives its options and our meter provider", async () => {
  const cwd = await application({
    ...packageOf(
      "@opentelemetry/instrumentation-pg",
      `exports.PgInstrumentation = class {
        instrumentationName = "@opentelemetry/instrumentation-pg";
        instrumentationVersion = "1.2.3";
        constructor(config) { console.log("made with", JSON.stringify(config)); }
        enable() {}
        disable() { console.log("disabled"); }
        setConfig() {}
        getConfig() { return {}; }
        setTracerProvider() {}
        setMeterProvider(provider) { this.provider = provider; globalThis.pgProvider = provider; }
      };`,
    ),
    "app.cjs": `
      const { start } = require("tachymeter");
      const tachymeter = start({ readers: [], instrumentations: { pg: { requireParentSpan: true } } });
      console.log(globalThis.pgProvider === tachymeter.meterProvider);
      tachymeter.shutdown();`,
  });
  const child = runNode({ cwd, args: ["app.cjs"], env: { OTEL_METRICS_EXPORTER: "none" } });
  expect(await outputOf(child)).toBe('made with {"requireParentSpan":true}\ntrue\ndisabled\n');
});

test("an instrumentation that cannot be made is logged and skipped", async () => {
  const cwd = await application({
    ...packageOf("@opentelemetry/instrumentation-pg", "exports.Other = class {};"),
    ...files,
  });
  const { counts, log } = await ran({ cwd, program: "app.cjs" });
  expect(counts).toEqual({ ...ofOurs, ...timed });
  expect(log).toContain("instrumentation pg: @opentelemetry/instrumentation-pg could not be enabled");
});
