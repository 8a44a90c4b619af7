// One of the processes that write a store: step by step a collection, a sample and an event. Each is noted in a
// journal, which outlives the process, once the store has acknowledged it. The process is killed at the point in its
// arguments.
import { openSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";

const { path, life, journal, underWay, start, now, aim } = JSON.parse(process.argv[2]);

// The current phase of the store, as a byte of a file that is read after the process was killed.
const [IDLE, WRITE, SEAL, COMMIT, MAINTENANCE] = [0, 1, 2, 3, 4];
const phases = openSync(underWay, "w");
let phase = IDLE;
let isMaintaining = false;
let calls = 0;

// A thread that kills the process at any point of the main thread.
const [ARMED, HELD] = [0, 1];
const signals = new Int32Array(new SharedArrayBuffer(8));
const killer = new Worker(
  `const { workerData: { signals, micros } } = require("node:worker_threads");
  Atomics.wait(signals, ${ARMED}, 0);
  for (const end = performance.now() + micros / 1_000; performance.now() < end; );
  process.kill(process.pid, "SIGKILL");`,
  { eval: true, workerData: { signals, micros: aim.micros } },
);
await new Promise((resolve) => void killer.once("online", resolve));

const require = createRequire(import.meta.url);
const inPackage = (file) => import(`tachymeter-modules/src/history/${file}`);
watchSqlite();

const { Store } = await inPackage("store/index.js");
const { emptyCells } = await inPackage("encoded-collection.js");

const file = openSync(journal, "a");
const SERIES = 40;
const INTERVAL = 1_000;
const timeOf = (step) => start + step * INTERVAL;
// Chunks of five collections, so that many are sealed.
const store = Store.open({
  path,
  intervalMillis: INTERVAL / 12,
  now: () => now,
  eventsMillis: 365 * 86_400_000,
  maxBytes: 64 * 1024 * 1024,
});

console.log("begun");
for (let step = 1; ; step++) {
  store.append(collectionOf(step));
  note("collection", step);
  store.appendSamples([{ metric: `sampled.${life}`, timeUnixMillis: timeOf(step), value: step }]);
  note("sample", step);
  store.appendEvents([eventOf(step), eventOf(step)]);
  note("event", step);
  if (step % 10 !== 0) continue;
  // Expired data, so that there is something to remove.
  const sample = { metric: "old", timeUnixMillis: now - 40 * 86_400_000, value: "old ".repeat(1_000) };
  store.appendSamples(Array.from({ length: 100 }, () => sample));
  isMaintaining = true;
  store.maintain();
  isMaintaining = false;
}

function note(kind, step) {
  call(IDLE);
  writeSync(file, `${kind} ${step}\n`);
}

// A call of the store or of ours. If it is the chosen one, the process dies now or soon.
function call(next) {
  const current = isMaintaining ? MAINTENANCE : next;
  if (current !== phase) writeSync(phases, Buffer.from([(phase = current)]), 0, 1, 0);
  if (current !== aim.phase || ++calls !== aim.call) return;
  Atomics.store(signals, ARMED, 1);
  Atomics.notify(signals, ARMED);
  if (aim.isHeld) Atomics.wait(signals, HELD, 0);
}

function watchSqlite() {
  const builtIn = process.getBuiltinModule("node:sqlite");
  const { DatabaseSync } = builtIn ?? require("@photostructure/sqlite");
  class Watched {
    #database;

    constructor(...options) {
      this.#database = new DatabaseSync(...options);
    }

    exec(sql) {
      if (sql === "COMMIT") call(COMMIT);
      this.#database.exec(sql);
      if (sql === "BEGIN IMMEDIATE") call(WRITE);
      else if (!sql.startsWith("BEGIN")) call(IDLE);
    }

    prepare(sql) {
      const statement = this.#database.prepare(sql);
      // Heads are only read to be sealed.
      const begins = /^SELECT .* FROM heads WHERE id/.test(sql) ? SEAL : undefined;
      const watched =
        (name) =>
        (...values) => {
          call(begins ?? phase);
          return statement[name](...values);
        };
      return { run: watched("run"), get: watched("get"), all: watched("all") };
    }

    close() {
      this.#database.close();
    }
  }
  if (builtIn === undefined) {
    require.cache[require.resolve("@photostructure/sqlite")].exports = { DatabaseSync: Watched };
  } else process.getBuiltinModule = () => ({ DatabaseSync: Watched });
}

function collectionOf(step) {
  const { buffer, ids, widths, cells } = emptyCells(SERIES, SERIES);
  for (let i = 0; i < SERIES; i++) {
    ids[i] = i;
    widths[i] = 1;
    // Counters with growing increments, and values that no codec compresses well.
    cells[i] = i % 2 === 0 ? step * (i + 1) : Math.sin(step + i);
  }
  const newSeries = step === 1 ? Array.from({ length: SERIES }, (_, id) => describe(id)) : [];
  return {
    timeUnixMillis: timeOf(step),
    resource: { "service.instance.id": String(life) },
    newSeries,
    buffer,
  };
}

function describe(id) {
  const type = id % 2 === 0 ? "counter" : "gauge";
  const scope = { name: "faults", version: "" };
  const layout = { kind: "number" };
  const attributes = { id };
  const startTimeUnixMillis = start;
  return {
    id,
    metric: type,
    prometheusName: type,
    type,
    unit: "",
    description: "",
    layout,
    attributes,
    scope,
    startTimeUnixMillis,
  };
}

function eventOf(step) {
  const nothing = { labels: "{}", metadata: "{}" };
  return {
    id: `${life}/${step}`,
    type: "step",
    source: String(life),
    timeUnixMillis: timeOf(step),
    data: String(step),
    ...nothing,
  };
}
