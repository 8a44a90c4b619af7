// Pools of connections to PG_URL, of worker threads; locks at REDIS_URL; health checks that a probe requests.
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { createTerminus } from "@godaddy/terminus";
import Redis from "ioredis";
import pg from "pg";
import { Piscina } from "piscina";
import Redlock from "redlock";
import { isFaulty, run } from "./steps.js";

const scriptOf = (name) => fileURLToPath(new URL(name, import.meta.url));

// Clients that are never released, while another caller waits.
const database = new pg.Pool({ connectionString: process.env.PG_URL, max: 3 });
const held = [];
async function exhausted() {
  if (!isFaulty) {
    for (const client of held.splice(0)) client.release();
    await database.query("SELECT 1");
  } else if (held.length < 3) {
    held.push(await database.connect());
  } else if (database.waitingCount === 0) {
    void database.connect().then((client) => client.release());
  }
}

// More and longer tasks than the pool's one thread can run.
const slow = new Piscina({ filename: scriptOf("slow-task.cjs"), maxThreads: 1 });
async function saturated() {
  if (isFaulty) while (slow.queueSize < 10) void slow.run(400);
  else await slow.run(1);
}

const failing = new Piscina({ filename: scriptOf("failing-task.cjs"), maxThreads: 1 });
const tasks = () => failing.run(isFaulty).catch(() => {});

// A thread that gets messages and processes none.
const state = new Int32Array(new SharedArrayBuffer(4));
const worker = new Worker(scriptOf("stuck-worker.cjs"), { workerData: state, name: "resize" });
worker.on("message", () => {});
function stuck() {
  Atomics.store(state, 0, Number(isFaulty));
  if (!isFaulty) Atomics.notify(state, 0);
  worker.postMessage("picture");
}

const redis = new Redis(process.env.REDIS_URL);
const locks = new Redlock([redis]);
async function locking() {
  const lock = await locks.lock("stock", 10_000);
  await sleep(isFaulty ? 900 : 10);
  await lock.unlock();
}

const server = createTerminus(
  createServer((_, response) => response.end()),
  {
    healthChecks: { "/slow": () => sleep(isFaulty ? 900 : 10), "/probed": async () => {} },
  },
);
server.listen(0, "127.0.0.1");
await once(server, "listening");
const probe = async (path) =>
  void (await (await fetch(`http://127.0.0.1:${server.address().port}${path}`)).text());
const probing = () => probe("/slow");
// The probe stops.
const stopped = async () => isFaulty || (await probe("/probed"));

run(
  [exhausted, saturated, tasks, stuck, locking, probing, stopped].map((act) => ({ act })),
  30,
);
