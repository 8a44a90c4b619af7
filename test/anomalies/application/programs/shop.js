// A shop: an HTTP server whose orders need two services and some processor time, and leave a session behind. Lines of
// standard input: `leak` ends the expiry of sessions. Prints `ready <port>`, `usual` once BASELINE_SECONDS of its load
// are collected and no alert is active. Then it prints each firing alert with the series that changed together with it.
import { createHash } from "node:crypto";
import { createServer, get } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { metrics } from "@opentelemetry/api";
import { running } from "tachymeter";

const { BILLING_PORT, STOCK_PORT, ORDER_MILLIS, BASELINE_SECONDS } = process.env;
const SESSION_MILLIS = 2_000;
const SESSION_BYTES = 500_000;
const HASHED_BYTES = 100_000;
const MEASURED_HASHES = 500;
const MEASUREMENTS = 6;

const sessions = new Map();
let expires = true;
let orders = 0;
const hashes = hashesIn(Number(ORDER_MILLIS));

metrics
  .getMeter("shop")
  .createObservableGauge("sessions.active")
  .addCallback((result) => result.observe(sessions.size));

const server = createServer((_, response) => void answer(response)).listen(0, "127.0.0.1", () =>
  console.log(`ready ${server.address().port}`),
);

async function answer(response) {
  const [stock, price] = await Promise.all([called(STOCK_PORT), called(BILLING_PORT)]);
  const receipt = Buffer.alloc(HASHED_BYTES, `${stock} ${price}`);
  hash(receipt, hashes);
  keepSession(++orders);
  response.end(receipt.subarray(0, 32).toString("hex"));
}

function hash(receipt, times) {
  for (let i = 0; i < times; i++) createHash("sha256").update(receipt).digest().copy(receipt);
}

/** The number of hashes that take some milliseconds of processor time on this machine when nothing disturbs it. */
function hashesIn(millis) {
  const micros = Math.min(...Array.from({ length: MEASUREMENTS }, microsOfHashes));
  return Math.round((MEASURED_HASHES * millis * 1_000) / micros);
}

function microsOfHashes() {
  const before = process.cpuUsage();
  hash(Buffer.alloc(HASHED_BYTES), MEASURED_HASHES);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

createInterface({ input: process.stdin })
  .on("line", (line) => (expires = line !== "leak"))
  .once("close", () => process.exit());

void reportUsual();
void reportAlerts();

function called(port) {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => (text += chunk));
      response.once("end", () => resolve(text));
    }).once("error", reject);
  });
}

function keepSession(id) {
  sessions.set(id, Buffer.alloc(SESSION_BYTES, id));
  setTimeout(() => expires && sessions.delete(id), SESSION_MILLIS);
}

async function reportUsual() {
  const samples = `count_over_time(http_server_request_duration_seconds_count[1h]) >= ${BASELINE_SECONDS}`;
  const isUsual = async () =>
    (await running().query(samples)).series.length > 0 && running().alerts.active().length === 0;
  while (!(await isUsual())) await sleep(200);
  console.log("usual");
}

// From the list of active alerts, which has later comparisons too.
async function reportAlerts() {
  const reported = new Map();
  for (;;) {
    await sleep(200);
    for (const { name, state, activeAt, annotations, correlated = [] } of running().alerts.active()) {
      const text = annotations.correlated;
      if (state !== "firing" || text === undefined || reported.get(name) === text) continue;
      reported.set(name, text);
      console.log(JSON.stringify({ name, activeAt, text, correlated }));
    }
  }
}
