// An Express application, with PostgreSQL and Redis if their addresses are given, measured by one contender, whose hooks can be switched off and on. It sends
// its port to the parent process. Messages `true` and `false` switch the hooks. The reply to each message, also to `cpu`, is the
// processor time since the last one.
//
// `node application.cjs <contender> <entry point of Tachymeter> [<postgres url> <redis url>]`; Tachymeter is preloaded by
// `--import`.
const [contender, tachymeterFile, postgresUrl, redisUrl] = process.argv.slice(2);

// Each contender is set up before the libraries are loaded, as its documentation says.
const { middleware, switchTo } = { tachymeter, upstream, "prom-client": promClient }[contender]();

const express = require("express");
const application = express();
if (middleware !== undefined) application.use(middleware);
// Express 5 passes a rejection to its error handler.
application.get("/items/:id", postgresUrl === undefined ? sendItem : itemFromDatabases());
const server = application.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));

let before = process.cpuUsage();
process.on("message", (message) => void answer(message));
process.on("disconnect", () => process.exit());

async function answer(message) {
  if (message !== "cpu") await switchTo(message);
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  process.send({ cpuMicros: user + system });
}

function sendItem(request, response) {
  response.json({ id: Number(request.params.id), name: "item", visits: 1 });
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

// The usual middleware: a histogram by method, route and status.
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
    switchTo: async (isOn) => void (isEnabled = isOn),
    middleware(request, response, next) {
      if (isEnabled) {
        const end = duration.startTimer();
        response.on("finish", () => {
          end({
            method: request.method,
            route: request.route?.path ?? "none",
            status_code: response.statusCode,
          });
        });
      }
      next();
    },
  };
}
