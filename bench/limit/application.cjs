// An Express application with PostgreSQL and Redis, measured by one contender. It sends its port to the parent process, and
// to each message the processor time since the last one.
//
// `node application.cjs <contender> <postgres url> <redis url>`; Tachymeter is preloaded by `--import`.
const [contender, postgresUrl, redisUrl] = process.argv.slice(2);

// Each contender is set up before the libraries are loaded, as its documentation says.
const routes = { none: noMetrics, tachymeter: noMetrics, upstream, "prom-client": promClient }[contender]();

const express = require("express");
const { Pool } = require("pg");
const Redis = require("ioredis");

const pool = new Pool({ connectionString: postgresUrl, max: 10 });
const redis = new Redis(redisUrl);
const application = express();
routes(application);
// Express 5 passes a rejection to its error handler.
// oxlint-disable-next-line oxc/no-async-endpoint-handlers
application.get("/items/:id", async (request, response) => {
  const key = `item:${request.params.id}`;
  const [visits, { rows }] = await Promise.all([
    redis.incr(key),
    pool.query({ name: "item", text: "SELECT $1::int AS id, 'item' AS name", values: [request.params.id] }),
  ]);
  response.json({ ...rows[0], visits });
});
const server = application.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));

let before = process.cpuUsage();
process.on("message", () => {
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  process.send({ cpuMicros: user + system });
});
process.on("disconnect", () => process.exit());

function noMetrics() {
  return () => {};
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
  return () => {};
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
  return (app) => {
    app.use((request, response, next) => {
      const end = duration.startTimer();
      response.on("finish", () => {
        end({
          method: request.method,
          route: request.route?.path ?? "none",
          status_code: response.statusCode,
        });
      });
      next();
    });
    app.get("/metrics", async (_request, response) => {
      response.type(client.register.contentType).send(await client.register.metrics());
    });
  };
}
