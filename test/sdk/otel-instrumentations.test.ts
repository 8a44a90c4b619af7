import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";
import { applicationWith, HTTP, PG, ran, UNDICI } from "./otel-application.ts";

beforeAll(packedProject);

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
const ofUndici = {
  http_client_open_connections: 0,
  http_client_pending_requests: 0,
  http_client_connection_duration_seconds: 1,
};
const ofOurs = {
  ...ofUndici,
  http_server_requests_total: 2,
  http_server_active_requests: 0,
  http_client_requests_total: 2,
  http_client_active_requests: 0,
};
const timed = { http_server_request_duration_seconds: 2, http_client_request_duration_seconds: 2 };
const chosen = { TACHYMETER_OTEL_INSTRUMENTATIONS: "http,undici" };

test("OpenTelemetry's instrumentations that only lie in node_modules are not loaded", async () => {
  const cwd = await applicationWith([UNDICI], {
    ...files,
    [`node_modules/${HTTP}/package.json`]: JSON.stringify({ name: HTTP, version: "0.223.0" }),
    [`node_modules/${HTTP}/index.js`]: "console.log('loaded');",
  });
  const { counts, log } = await ran({ cwd, program: "app.cjs" });
  expect(counts).toEqual({ ...ofOurs, ...timed });
  expect(log).not.toContain("@opentelemetry/instrumentation");
});

test.each(["app.mjs", "app.cjs"])(
  "in %s those that a variable names time the requests that ours counts",
  async (program) => {
    const cwd = await applicationWith([HTTP, UNDICI], files);
    const { counts, log } = await ran({ cwd, program, env: { ...chosen, OTEL_LOG_LEVEL: "info" } });
    expect(counts).toEqual({ ...ofOurs, ...timed });
    for (const name of ["http", "undici"])
      expect(log).toMatch(
        new RegExp(`instrumentation ${name}: @opentelemetry/instrumentation-${name} [\\d.]+ is used`),
      );
  },
);

test("each of the names is that of an instrumentation", async () => {
  const names = ["http", "kafkajs", "mongodb", "pg", "undici"];
  const cwd = await applicationWith(
    names.map((name) => `@opentelemetry/instrumentation-${name}`),
    files,
  );
  const env = { TACHYMETER_OTEL_INSTRUMENTATIONS: names.join(), OTEL_LOG_LEVEL: "info" };
  const { log } = await ran({ cwd, program: "app.cjs", env });
  const used = [...log.matchAll(/instrumentation (\w+): \S+ [\d.]+ is used/g)].map(([, name]) => name);
  expect(new Set(used)).toEqual(new Set(names));
});

test("a named one that is not installed is an error of the configuration, and so is an unknown name", async () => {
  const cwd = await application({
    "app.mjs": `import { start } from "tachymeter";
      for (const otel of [["pg"], ["https"], "pg"]) {
        try { start({ readers: [], instrumentations: { otel } }); } catch (error) { console.log(error.problems[0].name, error.message); }
      }`,
  });
  const text = await outputOf(runNode({ cwd, args: ["app.mjs"] }));
  expect(text.split("\n")).toEqual([
    expect.stringContaining("instrumentations.otel must name installed packages; run npm install"),
    expect.stringContaining("instrumentations.otel must be a list of http, undici, mongodb, pg, kafkajs"),
    expect.stringContaining("instrumentations.otel must be a list of http, undici, mongodb, pg, kafkajs"),
    "",
  ]);
});

test("without OpenTelemetry's instrumentations, ours times the requests too", async () => {
  const { counts } = await ran({ cwd: await application(files), program: "app.mjs" });
  expect(counts).toEqual({ ...ofOurs, ...timed });
});

test("the variables switch OpenTelemetry's instrumentations and ours by one name", async () => {
  const { counts } = await ran({
    cwd: await applicationWith([HTTP, UNDICI], files),
    program: "app.mjs",
    env: { ...chosen, OTEL_NODE_DISABLED_INSTRUMENTATIONS: "http" },
  });
  expect(counts).toEqual({ ...ofUndici, http_client_request_duration_seconds: 1 });
});

const ownInstrumentation = {
  ...files,
  "own.cjs": `
    const { HttpInstrumentation } = require("${HTTP}");
    new HttpInstrumentation();
    // Sentry's copy.
    const { metrics } = require("@opentelemetry/api");
    const meter = metrics.getMeter("@opentelemetry_sentry-patched/instrumentation-http", "0.57.2");
    meter.createHistogram("http.server.duration").record(1);
    require("./app.cjs");`,
};

test("an instrumentation that the application makes itself records no second time beside ours", async () => {
  const cwd = await applicationWith([HTTP, UNDICI], ownInstrumentation);
  const { counts, log } = await ran({ cwd, program: "own.cjs" });
  expect(counts).toEqual({ ...ofOurs, ...timed });
  expect(log).toContain(`metrics of the application's ${HTTP} are left out`);
});

test("an instrumentation that the application makes itself takes over from the named one", async () => {
  const cwd = await applicationWith([HTTP, UNDICI], ownInstrumentation);
  const { counts, log } = await ran({ cwd, program: "own.cjs", env: chosen });
  expect(counts).toEqual({ ...ofOurs, ...timed });
  expect(log).toContain(`instrumentation http: the application's own ${HTTP} takes over`);
});

test("if ours is switched off, the application's own records", async () => {
  const cwd = await applicationWith([HTTP, UNDICI], ownInstrumentation);
  const env = { OTEL_NODE_DISABLED_INSTRUMENTATIONS: "http" };
  const { counts } = await ran({ cwd, program: "own.cjs", env });
  expect(counts).toMatchObject({ http_server_request_duration_seconds: 2 });
});

test("an instrumentation passed to start() is the only one", async () => {
  const cwd = await applicationWith([HTTP, UNDICI], {
    "own.cjs": `
      const { HttpInstrumentation } = require("${HTTP}");
      const { start, running } = require("tachymeter");
      running()?.shutdown();
      start({ instrumentations: [new HttpInstrumentation()] });
      require("./app.cjs");`,
    ...files,
  });
  const { counts, log } = await ran({ cwd, program: "own.cjs" });
  expect(counts).toEqual({ ...ofOurs, ...timed });
  expect(log).toContain(`instrumentation http: ${HTTP} records in place of ours`);
});

test("a named one measures a worker thread, from its first request on", async () => {
  const cwd = await applicationWith([HTTP, UNDICI], files);
  const { counts } = await ran({ cwd, program: "threads.mjs", env: chosen });
  expect(counts).toMatchObject({
    http_server_requests_total: 2,
    http_client_requests_total: 2,
    http_server_request_duration_seconds: 2,
    http_client_request_duration_seconds: 2,
  });
});

const traces = `
  import { NodeSDK } from "@opentelemetry/sdk-node";
  import { HttpInstrumentation } from "${HTTP}";
  import { UndiciInstrumentation } from "${UNDICI}";
  globalThis.spans = [];
  const onEnd = ({ name, kind, attributes, instrumentationScope, parentSpanContext }) =>
    spans.push({ name, kind, attributes, scope: instrumentationScope.name, isRoot: parentSpanContext === undefined });
  const noop = async () => {};
  const ignoreIncomingRequestHook = ({ url }) => url === "/health";
  const instrumentations = [new HttpInstrumentation({ ignoreIncomingRequestHook }), new UndiciInstrumentation()];
  new NodeSDK({ metricReaders: [], instrumentations, spanProcessors: [{ onStart() {}, onEnd, forceFlush: noop, shutdown: noop }] }).start();`;

// Prints spans without ports and process ids, and the samples of durations.
const traced = {
  "traces.mjs": traces,
  "app.cjs": `
    const express = require("express");
    const { get } = require("node:http");
    const { once } = require("node:events");
    const app = express();
    app.get("/users/:id", (request, response) => response.send("user"));
    app.get("/health", (request, response) => response.send("ok"));
    const server = app.listen(0, "127.0.0.1", async () => {
    const url = "http://127.0.0.1:" + server.address().port;
    for (const path of ["/users/7", "/health", "/users/8"])
      await new Promise((resolve) => get(url + path, { agent: false }, (response) => response.resume().on("end", resolve)));
    await (await fetch(url + "/users/9", { headers: { connection: "close" } })).text();
    server.close();
    await once(server, "close");
    const text = JSON.stringify(spans, (key, value) => (/port|url|address|peer/.test(key) ? typeof value : value));
    const { running } = globalThis.tachymeter ?? {};
    const { metrics } = (await running?.().snapshot()) ?? {};
    const durations = Object.entries(metrics ?? {}).filter(([key]) => /^http_server_(request_)?duration/.test(key));
    console.log(JSON.stringify({
      spans: text,
      durations: durations.map(([, { labels, value }]) => [labels.http_route, value.count]),
    }));
    });`,
  "tachymeter.mjs": `import * as tachymeter from "tachymeter"; globalThis.tachymeter = tachymeter;`,
};

const routes = [
  ["/users/:id", 3],
  ["/health", 1],
];
const register = ["./tachymeter.mjs", "tachymeter/register"];

test("the spans of the application's own tracing are the same without and with Tachymeter, in either order", async () => {
  const cwd = await applicationWith([HTTP, UNDICI, "express"], traced);
  const env = { OTEL_TRACES_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" };
  const of = async (
    ...imports: readonly string[]
  ): Promise<{ readonly spans: string; readonly durations: unknown }> => {
    const child = runNode({ cwd, args: [...imports.flatMap((each) => ["--import", each]), "app.cjs"], env });
    return JSON.parse(await outputOf(child));
  };
  const { spans } = await of("./traces.mjs");
  expect(JSON.parse(spans)).toHaveLength(7);
  expect(await of(...register, "./traces.mjs")).toEqual({ spans, durations: routes });
  expect(await of("./traces.mjs", ...register)).toEqual({ spans, durations: routes });
});

test("the durations of OpenTelemetry's instrumentation of HTTP have routes, if it is chosen", async () => {
  const cwd = await applicationWith([HTTP, UNDICI, "express"], {
    ...traced,
    "none.mjs": "globalThis.spans = [];",
  });
  const { counts } = await ran({
    cwd,
    program: "app.cjs",
    imports: [...register, "./none.mjs"],
    env: chosen,
  });
  expect(counts).toEqual({ spans: "[]", durations: routes });
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
      PG,
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
      const tachymeter = start({ readers: [], instrumentations: { otel: ["pg"], pg: { requireParentSpan: true } } });
      console.log(globalThis.pgProvider === tachymeter.meterProvider);
      tachymeter.shutdown();`,
  });
  const child = runNode({ cwd, args: ["app.cjs"], env: { OTEL_METRICS_EXPORTER: "none" } });
  expect(await outputOf(child)).toBe('made with {"requireParentSpan":true}\ntrue\ndisabled\n');
});

test("an instrumentation that cannot be made is logged, and ours is used", async () => {
  const cwd = await application({ ...packageOf(HTTP, "exports.Other = class {};"), ...files });
  const env = { TACHYMETER_OTEL_INSTRUMENTATIONS: "http" };
  const { counts, log } = await ran({ cwd, program: "app.cjs", env });
  expect(counts).toEqual({ ...ofOurs, ...timed });
  expect(log).toContain(`instrumentation http: ${HTTP} could not be enabled; ours is used`);
});
