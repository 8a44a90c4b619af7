// Throughput of an application at its limit: with one route of a framework, or with PostgreSQL and Redis. It runs with Tachymeter
// preloaded and all its hooks on, with upstream's SDK and instrumentations, or with prom-client and a middleware. Each process has its
// hooks on and off by turns. The effects of V8 and the scheduler last for the life of a process, and are larger than those of the
// hooks. Further turns run with V8's profiler, which also works on a busy machine. Prints a table; without `--processes` it writes
// RESULTS.md.
//
// `npm run bench:limit [-- --processes 5] [express | fastify | koa | http | databases]`
import { fork } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";
import { entryFile } from "../build.js";
import { startServers } from "../instrumentations/servers.js";
import { machine } from "../machine.js";
import { median } from "../measure.js";
import { loaded } from "./load.js";

const CONTENDERS = ["tachymeter", "upstream", "prom-client"];
// Each application finds its own packages only: Tachymeter uses upstream's instrumentations if they are installed.
const PACKAGES = { tachymeter: [], upstream: ["@opentelemetry"], "prom-client": ["prom-client"] };
const NAMES = { tachymeter: "Tachymeter, all hooks", upstream: "upstream", "prom-client": "prom-client" };
const LIBRARIES = ["express", "fastify", "koa", "@koa/router", "pg", "ioredis"];
const WARM_UP_MILLIS = 1_500;
const WARM_UPS = 4;
// After a switch V8 compiles some functions again.
const SETTLE_MILLIS = 700;
const TURN_MILLIS = 500;
const PAIRS_A_PROCESS = 12;
const SAMPLED_PAIRS_A_PROCESS = 2;
const SAMPLED_MILLIS = 2_000;
const APPLICATIONS = {
  databases: "An Express application: each request reads a row from PostgreSQL and counts in Redis.",
  express: "Each request gets a small document from one route of Express.",
  fastify: "Each request gets a small document from one route of Fastify.",
  koa: "Each request gets a small document from one route of Koa and its router.",
  http: "Each request gets a small document from a server of node:http.",
};
const { values, positionals } = parseArgs({
  options: { processes: { type: "string" } },
  allowPositionals: true,
});
const processes = Number(values.processes ?? 2);
const applications = positionals.length > 0 ? positionals : Object.keys(APPLICATIONS);

const unknown = applications.filter((each) => !Object.hasOwn(APPLICATIONS, each));
if (unknown.length > 0)
  throw new Error(`no application ${unknown.join(", ")}; there are ${Object.keys(APPLICATIONS).join(", ")}`);

const folders = mkdtempSync(join(tmpdir(), "tachymeter-limit-"));
const needed = applications.includes("databases") ? ["postgres", "redis"] : [];
const servers = await startServers(needed);
const tables = [];
try {
  for (const name of needed)
    if (servers.urls[name] === undefined)
      throw new Error(`${name} is not installed: npm run servers:install`);
  for (const application of applications) {
    const urls = application === "databases" ? needed.map((name) => servers.urls[name]) : [];
    const results = Object.fromEntries(CONTENDERS.map((contender) => [contender, []]));
    for (let i = 0; i < processes; i++)
      for (const contender of CONTENDERS)
        results[contender].push(await measured(contender, application, urls));
    tables.push(table(application, results));
  }
} finally {
  await servers.end();
  rmSync(folders, { recursive: true });
}
const report = `${head()}\n${tables.join("\n")}`;
console.log(report);
if (values.processes === undefined && positionals.length === 0)
  writeFileSync(join(import.meta.dirname, "RESULTS.md"), report);

async function measured(contender, application, urls) {
  const child = started(contender, application, urls);
  const [{ port }] = await once(child, "message");
  for (let i = 0; i < WARM_UPS; i++) {
    await answered(child, i % 2 === 0);
    await loaded(port, WARM_UP_MILLIS);
  }
  const pairs = [];
  for (let i = 0; i < PAIRS_A_PROCESS; i++) {
    const pair = {};
    for (const isOn of [i % 2 === 0, i % 2 !== 0]) pair[isOn ? "on" : "off"] = await turn(child, port, isOn);
    pairs.push(pair);
  }
  const sampled = [];
  for (let i = 0; i < SAMPLED_PAIRS_A_PROCESS; i++)
    sampled.push({ on: await sampledTurn(child, port, true), off: await sampledTurn(child, port, false) });
  child.disconnect();
  await once(child, "exit");
  return { pairs, sampled };
}

function started(contender, application, urls) {
  const preloaded = contender === "tachymeter" ? ["--import", entryFile("register.js")] : [];
  const environment = Object.entries(process.env).filter(
    ([name]) => !/^(OTEL_|TACHYMETER_|NODE_OPTIONS$)/.test(name),
  );
  const entry = pathToFileURL(entryFile("index.js")).href;
  return fork(applicationFor(contender), [contender, entry, application, ...urls], {
    cwd: folders,
    execArgv: preloaded,
    env: {
      ...Object.fromEntries(environment),
      NODE_ENV: "production",
      OTEL_METRICS_EXPORTER: "prometheus",
      OTEL_EXPORTER_PROMETHEUS_PORT: "0",
      TACHYMETER_KERNELS: "true",
    },
  });
}

function applicationFor(contender) {
  const folder = join(folders, contender);
  const application = join(folder, "application.cjs");
  if (existsSync(application)) return application;
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  for (const file of ["application.cjs", "samples.cjs"])
    copyFileSync(join(import.meta.dirname, file), join(folder, file));
  for (const name of [...LIBRARIES, ...PACKAGES[contender]]) {
    mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
    symlinkSync(join(import.meta.dirname, "../../node_modules", name), join(folder, "node_modules", name));
  }
  return application;
}

async function turn(child, port, isOn) {
  await answered(child, isOn);
  await loaded(port, SETTLE_MILLIS);
  await answered(child, "cpu");
  const begun = performance.now();
  const responses = await loaded(port, TURN_MILLIS);
  const seconds = (performance.now() - begun) / 1_000;
  const { cpuMicros } = await answered(child, "cpu");
  return { perSecond: responses / seconds, cpuMicros: cpuMicros / responses };
}

async function sampledTurn(child, port, isOn) {
  await answered(child, isOn);
  await answered(child, "sample");
  await loaded(port, SETTLE_MILLIS + SAMPLED_MILLIS);
  const { sampled } = await answered(child, "sampled");
  return sampled;
}

async function answered(child, message) {
  child.send(message);
  const [answer] = await once(child, "message");
  return answer;
}

function head() {
  const { date, machine: on, versions } = machine();
  return `# Applications at their limit

Made by \`npm run bench:limit\` on ${date.slice(0, 10)}: ${on.cpu}, ${on.cores} cores, ${on.platform}, Node.js ${versions.node}.
Hooks are switched on and off by turns, in ${processes} processes of each contender. The memory of loaded code is not in it. Throughput
and processor time are medians of the pairs of turns, with the range of half of the pairs. "Samples" is the processor time of the
contender's own functions beside that of everything else, by V8's profiler in further turns. The last column has what its garbage adds.
Both are medians of the processes, with the lowest and highest. Must: at most 3 %; goal: 2 %.
`;
}

function table(application, results) {
  const pairsOf = (contender) => results[contender].flatMap(({ pairs }) => pairs);
  const changes = (contender, figure) =>
    pairsOf(contender)
      .map((pair) => (100 * pair.on[figure]) / pair.off[figure] - 100)
      .toSorted((a, b) => a - b);
  const shown = (list, outer = 0.25) => {
    const at = (share) => list[Math.floor(share * (list.length - 1))];
    return `${signed(median(list))} % (${signed(at(outer))} to ${signed(at(1 - outer))})`;
  };
  const sampled = (contender, share) =>
    shown(
      results[contender].map(({ sampled: turns }) => share(turns)).toSorted((a, b) => a - b),
      0,
    );
  const rows = CONTENDERS.map((contender) =>
    [
      "",
      NAMES[contender],
      shown(changes(contender, "perSecond")),
      shown(changes(contender, "cpuMicros")),
      sampled(contender, ownShare),
      sampled(contender, (turns) => ownShare(turns) + addedGarbageShare(turns)),
      "",
    ]
      .join(" | ")
      .trim(),
  );
  const off = CONTENDERS.flatMap((contender) => pairsOf(contender).map((pair) => pair.off));
  const bare = (figure) => Math.round(median(off.map((each) => each[figure])));
  return `## ${application}

${APPLICATIONS[application]} With all hooks off the application serves ${bare("perSecond")} requests a second, with
${bare("cpuMicros")} µs of processor time each. There are ${pairsOf("tachymeter").length} pairs of turns.

| | throughput | processor time a request | samples: own functions | and their garbage |
|---|---|---|---|---|
${rows.join("\n")}
`;
}

function signed(value) {
  return `${value > 0 ? "+" : ""}${value.toFixed(1)}`;
}

/** Percent of the processor time without the contender's functions. */
function ownShare(turns) {
  const { own, garbageCollector, other } = summed(turns.map(({ on }) => on));
  return (100 * own) / (garbageCollector + other);
}

/** Percent points of the processor time. */
function addedGarbageShare(turns) {
  const [on, off] = ["on", "off"].map((side) => {
    const { own, garbageCollector, other } = summed(turns.map((pair) => pair[side]));
    return (100 * garbageCollector) / (garbageCollector + other + own);
  });
  return on - off;
}

function summed(times) {
  const sum = (name) => times.reduce((total, each) => total + each[name], 0);
  return { own: sum("own"), garbageCollector: sum("garbageCollector"), other: sum("other") };
}
