// An application of one framework, or with PostgreSQL and Redis, measured by one contender, whose hooks can be switched off and on. It
// sends its port to the parent process. Messages `true` and `false` switch the hooks. The reply to each message, also to `cpu`, is the
// processor time since the last one. From `sample` to `sampled`, V8's profiler runs.
//
// `node application.cjs <contender> <entry point of Tachymeter> <application> [<postgres url> <redis url>]`; Tachymeter is preloaded by
// `--import`.
const { sampling } = require("./samples.cjs");
const [contender, tachymeterFile, application, postgresUrl, redisUrl] = process.argv.slice(2);

// Each contender is set up before the libraries are loaded, as its documentation says.
const { measured, switchTo, isOwn } = { tachymeter, upstream, "prom-client": promClient }[contender]();

const applications = { express, databases: express, fastify, koa, http };
void applications[application]().then((server) => process.send({ port: server.address().port }));

let before = process.cpuUsage();
let endSampling;
process.on("message", (message) => void answer(message));
process.on("disconnect", () => process.exit());

async function answer(message) {
  if (message === "sample") endSampling = await sampling(isOwn);
  if (typeof message === "boolean") await switchTo(message);
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  process.send(message === "sampled" ? { sampled: await endSampling() } : { cpuMicros: user + system });
}

async function express() {
  const create = require("express");
  const app = create();
  // The usual middleware of prom-client, and its equivalents below.
  if (measured !== undefined)
    app.use((request, response, next) => {
      measured(response, function methodAndRoute() {
        return [request.method, request.route?.path];
      });
      next();
    });
  // Express 5 passes a rejection to its error handler.
  app.get("/items/:id", postgresUrl === undefined ? sendItem : itemFromDatabases());
  return listening(app.listen(0, "127.0.0.1"));
}

async function fastify() {
  const app = require("fastify")();
  if (measured !== undefined)
    app.addHook("onRequest", (request, { raw }, done) => {
      measured(raw, function methodAndRoute() {
        return [request.method, request.routeOptions.url];
      });
      done();
    });
  app.get("/items/:id", async ({ params }) => item(params.id));
  await app.listen({ port: 0, host: "127.0.0.1" });
  return app.server;
}

async function koa() {
  const Koa = require("koa");
  const Router = require("@koa/router");
  const app = new Koa();
  if (measured !== undefined)
    app.use((context, next) => {
      measured(context.res, function methodAndRoute() {
        return [context.method, Reflect.get(context, "_matchedRoute")];
      });
      return next();
    });
  const router = new Router();
  router.get("/items/:id", (context) => {
    context.body = item(context.params.id);
  });
  app.use(router.routes());
  return listening(app.listen(0, "127.0.0.1"));
}

async function http() {
  const { createServer } = require("node:http");
  const server = createServer((request, response) => {
    measured?.(response, function methodAndRoute() {
      return [request.method, undefined];
    });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(item(request.url.slice(request.url.lastIndexOf("/") + 1))));
  });
  return listening(server.listen(0, "127.0.0.1"));
}

function listening(server) {
  return new Promise((resolve) => server.once("listening", () => resolve(server)));
}

function item(id) {
  return { id: Number(id), name: "item", visits: 1 };
}

function sendItem(request, response) {
  response.json(item(request.params.id));
}

function itemFromDatabases() {
  const { Pool } = require("pg");
  const Redis = require("ioredis");
  const pool = new Pool({ connectionString: postgresUrl, max: 10 });
  const redis = new Redis(redisUrl);
  return async (request, response) => {
    const [visits, { rows }] = await Promise.all([
      redis.incr(`item:${request.params.id}`),
      pool.query({ name: "item", text: "SELECT $1::int AS id, 'item' AS name", values: [request.params.id] }),
    ]);
    response.json({ ...rows[0], visits });
  };
}

function tachymeter() {
  return {
    isOwn: (url) => url.startsWith(new URL(".", tachymeterFile).href),
    async switchTo(isOn) {
      const { running, start } = await import(tachymeterFile);
      if (isOn) await (running() ?? start()).ready;
      else await running()?.shutdown();
    },
  };
}

// Upstream's SDK with its instrumentations that have metrics.
function upstream() {
  const { MeterProvider } = require("@opentelemetry/sdk-metrics");
  const { PrometheusExporter } = require("@opentelemetry/exporter-prometheus");
  const { registerInstrumentations } = require("@opentelemetry/instrumentation");
  const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
  const { IORedisInstrumentation } = require("@opentelemetry/instrumentation-ioredis");
  const { PgInstrumentation } = require("@opentelemetry/instrumentation-pg");
  const { RuntimeNodeInstrumentation } = require("@opentelemetry/instrumentation-runtime-node");
  const meterProvider = new MeterProvider({
    readers: [new PrometheusExporter({ port: 0, host: "127.0.0.1" })],
  });
  const instrumentations = [
    new HttpInstrumentation(),
    new PgInstrumentation(),
    new IORedisInstrumentation(),
    new RuntimeNodeInstrumentation(),
  ];
  registerInstrumentations({ meterProvider, instrumentations });
  let isEnabled = true;
  return {
    isOwn: (url) => url.includes("/node_modules/@opentelemetry/"),
    async switchTo(isOn) {
      if (isOn === isEnabled) return;
      isEnabled = isOn;
      for (const each of instrumentations) {
        if (isOn) each.enable();
        else each.disable();
      }
    },
  };
}

// The usual histogram by method, route and status.
function promClient() {
  const client = require("prom-client");
  client.collectDefaultMetrics();
  const duration = new client.Histogram({
    name: "http_request_duration_seconds",
    help: "Duration of requests.",
    labelNames: ["method", "route", "status_code"],
  });
  let isEnabled = true;
  return {
    isOwn: (url) => url.includes("/node_modules/prom-client/"),
    switchTo: async (isOn) => void (isEnabled = isOn),
    measured(response, read) {
      if (!isEnabled) return;
      const end = duration.startTimer();
      response.on("finish", function measuredEnd() {
        const [method, route = "none"] = read();
        end({ method, route, status_code: response.statusCode });
      });
    },
  };
}
