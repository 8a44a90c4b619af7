// A shop: routes that need two services, PostgreSQL, a lock, a model, queues and health checks. Argument: the fault that begins
// with the line `fault` of standard input. Prints `ready <port>`, and `usual` once its load is
// collected and the alert ALERT is not active.
import { writeFileSync } from "node:fs";
import { get } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { metrics } from "@opentelemetry/api";
import express from "express";
import pg from "pg";
import { running } from "tachymeter";
import { FAULTS } from "./faults.js";

const { BILLING_PORT, STOCK_PORT, PG_URL, ALERT, BASELINE_SECONDS, VERSION } = process.env;
const [fault] = process.argv.slice(2);
const telemetry = running();
const { coordination, genAi, health, messaging } = telemetry;
let hasBegun = false;
const is = (name) => hasBegun && fault === name;

const setup = new pg.Client(PG_URL);
await setup.connect();
const pool = new pg.Pool({ connectionString: PG_URL, max: 5, connectionTimeoutMillis: 2_000 });
await setup.query("CREATE TABLE IF NOT EXISTS prices AS SELECT 7 AS amount");
await setup.query("CREATE TABLE IF NOT EXISTS delays AS SELECT 0::float8 AS seconds");
await setup.end();
pool.on("error", () => {});
const held = [];
const logins = metrics.getMeter("shop").createCounter("shop.logins");
const queues = { mail: [], invoices: [] };
const locks = new Map();

const app = express();
app.get("/orders/:id", (request, response, next) => void order(request, response).catch(next));
app.get("/items", (_, response) => setTimeout(() => response.json([1, 2, 3]), 3));
app.get("/checkout", (_, response) => {
  if (is("failingRoute") || VERSION === "2.0.0") throw new TypeError("the basket has no total");
  response.json({ paid: true });
});
app.get("/report", (_, response) => setTimeout(() => response.json({}), is("slowRoute") ? 900 : 5));
app.get("/ask", (_, response) => {
  const operation = genAi.operation({ provider: "openai", operation: "chat", requestModel: "gpt-shop" });
  if (is("rateLimitedModel")) {
    operation.failed(Object.assign(new Error("too many requests"), { status: 429 }));
    response.status(503).end();
    return;
  }
  operation.ended({ inputTokens: 20, outputTokens: 10 });
  response.json({});
});
app.use((_error, _request, response, _next) => response.status(500).end());
const server = app.listen(0, "127.0.0.1", () => console.log(`ready ${server.address().port}`));

async function order(request, response) {
  await called(STOCK_PORT);
  await called(BILLING_PORT);
  await locked("stock", () => sleep(2));
  await locked("basket", () => sleep(1));
  const client = await pool.connect();
  await client.query("SELECT amount, pg_sleep(seconds) FROM prices, delays");
  if (is("exhaustedPool")) held.push(client);
  else client.release();
  for (const [name, queue] of Object.entries(queues)) {
    queue.push(request.params.id);
    messaging.sent(name);
  }
  logins.add(1, { user: 0 });
  response.json({});
}

async function called(port) {
  const status = await new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port }, (response) =>
      response.resume().once("end", () => resolve(response.statusCode)),
    ).once("error", reject);
  });
  if (status !== 200) throw new Error(`status ${status}`);
}

async function locked(name, work) {
  const begin = performance.now();
  const before = locks.get(name);
  let release;
  locks.set(name, new Promise((resolve) => (release = resolve)));
  await before;
  const acquired = performance.now();
  coordination.lockAcquired(name, (acquired - begin) / 1_000);
  await work();
  coordination.lockReleased(name, (performance.now() - acquired) / 1_000);
  release();
}

async function consume(name) {
  for (;;) {
    messaging.queueSize(name, queues[name].length);
    if ((is("stuckConsumer") && name === "invoices") || queues[name].shift() === undefined) {
      await sleep(20);
      continue;
    }
    messaging.received(name);
    const begin = performance.now();
    await sleep(is("slowConsumer") && name === "mail" ? 800 : 5);
    const isRejected = is("rejectedMessages") && name === "invoices" && Math.random() < 0.5;
    messaging.processed(
      name,
      (performance.now() - begin) / 1_000,
      isRejected ? new RangeError("no address") : undefined,
    );
  }
}

health.register("disk", () => writeFileSync(is("failingDisk") ? "/dev/full" : "probe", "1"), {
  critical: true,
  interval: 1,
});
health.register("database", () => pool.query("SELECT 1"), { critical: true, interval: 1 });

async function repeatFault() {
  for (;;) {
    if (hasBegun) await FAULTS[fault]?.({ pool, locked, logins, stockPort: STOCK_PORT });
    await sleep(50);
  }
}

async function reportUsual() {
  const samples = `count_over_time(http_server_request_duration_seconds_count{http_route="/items"}[1h]) >= ${BASELINE_SECONDS}`;
  const isUsual = async () =>
    (await telemetry.query(samples)).series.length > 0 &&
    telemetry.alerts.active().every(({ name }) => name !== ALERT);
  while (!(await isUsual())) await sleep(200);
  console.log("usual");
}

createInterface({ input: process.stdin })
  .on("line", () => (hasBegun = true))
  .once("close", () => process.exit());
for (const name of Object.keys(queues)) void consume(name);
void repeatFault();
void reportUsual();
if (fault === "heapLeak") setInterval(() => globalThis.gc(), 1_000);
await telemetry.ready;
console.log(`metrics ${telemetry.prometheusUrl}`);
