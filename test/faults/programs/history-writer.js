// One of the processes that write a store: step by step a collection, a sample and an event, each noted in a journal that
// outlives the process once the store has said that it is there. It ends when it is killed.
import { openSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const { path, life, journal, underWay, start } = JSON.parse(process.argv[2]);

// What the store is doing, in a byte of a file: what it was doing when the process was killed is read from there.
const phases = openSync(underWay, "w");
let isMaintaining = false;
let isSealing = false;
const enter = (phase) => {
  // Whatever belongs to it.
  isSealing = phase === 2 || (isSealing && phase !== 0);
  writeSync(phases, Buffer.from([isMaintaining ? 4 : isSealing ? 2 : phase]), 0, 1, 0);
};
const require = createRequire(import.meta.url);
const home = dirname(require.resolve("tachymeter/package.json"));
const inPackage = (file) => import(pathToFileURL(join(home, "dist/src/history", file)).href);
watchSqlite();

const { Store } = await inPackage("store/store.js");
const { emptyCells } = await inPackage("encoded-collection.js");

const file = openSync(journal, "a");
const SERIES = 40;
const INTERVAL = 1_000;
const timeOf = (step) => start + step * INTERVAL;
// Chunks of five collections, so that many are sealed.
const store = Store.open({
  path,
  intervalMillis: INTERVAL / 12,
  now: () => start,
  maxBytes: 64 * 1024 * 1024,
});

console.log("begun");
for (let step = 1; ; step++) {
  store.append(collectionOf(step));
  writeSync(file, `collection ${step}\n`);
  store.appendSamples([{ metric: `sampled.${life}`, timeUnixMillis: timeOf(step), value: step }]);
  writeSync(file, `sample ${step}\n`);
  store.appendEvents([eventOf(step), eventOf(step)]);
  writeSync(file, `event ${step}\n`);
  if (step % 60 !== 0) continue;
  // What is too old, so that there is something to remove.
  const sample = { metric: "old", timeUnixMillis: start - 40 * 86_400_000, value: "old ".repeat(1_000) };
  store.appendSamples(Array.from({ length: 400 }, () => sample));
  isMaintaining = true;
  store.maintain();
  isMaintaining = false;
}

function watchSqlite() {
  const ofPackage = createRequire(join(home, "package.json"));
  const builtIn = process.getBuiltinModule("node:sqlite");
  const { DatabaseSync } = builtIn ?? ofPackage("@photostructure/sqlite");
  class Watched {
    #database;

    constructor(...options) {
      this.#database = new DatabaseSync(...options);
    }

    exec(sql) {
      if (sql.startsWith("BEGIN IMMEDIATE")) enter(1);
      if (sql.startsWith("COMMIT")) enter(3);
      this.#database.exec(sql);
      if (!sql.startsWith("BEGIN")) enter(0);
    }

    prepare(sql) {
      const statement = this.#database.prepare(sql);
      // Heads are only read to be sealed.
      if (!/^SELECT .* FROM heads WHERE id/.test(sql)) return statement;
      return {
        get(...values) {
          enter(2);
          return statement.get(...values);
        },
      };
    }

    close() {
      this.#database.close();
    }
  }
  if (builtIn === undefined) {
    require.cache[ofPackage.resolve("@photostructure/sqlite")].exports = { DatabaseSync: Watched };
  } else process.getBuiltinModule = () => ({ DatabaseSync: Watched });
}

function collectionOf(step) {
  const { buffer, ids, widths, cells } = emptyCells(SERIES, SERIES);
  for (let i = 0; i < SERIES; i++) {
    ids[i] = i;
    widths[i] = 1;
    // Counters that rise by what they are, and values that no codec makes small.
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
