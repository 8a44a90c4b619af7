// Throughput of an Express application with PostgreSQL and Redis at its limit. It runs without metrics, with Tachymeter
// preloaded and all its hooks on, with upstream's SDK and instrumentations, and with prom-client and a middleware. The four
// take turns. Prints a table; without `--pairs` it writes RESULTS.md.
//
// `npm run bench:limit [-- --pairs 60]`
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
import { join } from "node:path";
import { parseArgs } from "node:util";
import { entryFile } from "../build.js";
import { startServers } from "../instrumentations/servers.js";
import { machine } from "../machine.js";
import { median } from "../measure.js";
import { loaded } from "./load.js";

const CONTENDERS = ["none", "tachymeter", "upstream", "prom-client"];
// Each application finds its own packages only: Tachymeter uses upstream's instrumentations if they are installed.
const PACKAGES = { none: [], tachymeter: [], upstream: ["@opentelemetry"], "prom-client": ["prom-client"] };
const NAMES = { tachymeter: "Tachymeter, all hooks", upstream: "upstream", "prom-client": "prom-client" };
const WARM_UP_MILLIS = 2_500;
const WARM_UPS = 2;
const TURN_MILLIS = 500;
// The effects of V8 and the scheduler last for the life of a process, so there are several.
const PAIRS_A_GROUP = 4;
const { values } = parseArgs({ options: { pairs: { type: "string" } } });
const pairs = Number(values.pairs ?? 60);

const results = Object.fromEntries(CONTENDERS.map((contender) => [contender, []]));
const folders = mkdtempSync(join(tmpdir(), "tachymeter-limit-"));
const servers = await startServers(["postgres", "redis"]);
try {
  for (const name of ["postgres", "redis"])
    if (servers.urls[name] === undefined)
      throw new Error(`${name} is not installed: npm run servers:install`);
  while (results.none.length < pairs) await group();
} finally {
  await servers.end();
  rmSync(folders, { recursive: true });
}
const report = table();
console.log(report);
if (values.pairs === undefined) writeFileSync(join(import.meta.dirname, "RESULTS.md"), report);

async function group() {
  const applications = [];
  // The order changes with each group, since the process that is started first has the longest pause.
  for (const contender of rotated(CONTENDERS, results.none.length / PAIRS_A_GROUP))
    applications.push(await started(contender));
  for (let i = 0; i < WARM_UPS; i++) for (const { port } of applications) await loaded(port, WARM_UP_MILLIS);
  for (let i = 0; i < PAIRS_A_GROUP && results.none.length < pairs; i++) {
    for (const application of rotated(applications, i))
      results[application.contender].push(await turn(application));
  }
  for (const { child } of applications) child.disconnect();
  await Promise.all(applications.map(({ child }) => once(child, "exit")));
}

function rotated(list, by) {
  const first = by % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

async function started(contender) {
  const preloaded = contender === "tachymeter" ? ["--import", entryFile("register.js")] : [];
  const environment = Object.entries(process.env).filter(
    ([name]) => !/^(OTEL_|TACHYMETER_|NODE_OPTIONS$)/.test(name),
  );
  const child = fork(applicationFor(contender), [contender, servers.urls.postgres, servers.urls.redis], {
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
  const [{ port }] = await once(child, "message");
  return { contender, child, port };
}

function applicationFor(contender) {
  const folder = join(folders, contender);
  const application = join(folder, "application.cjs");
  if (existsSync(application)) return application;
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  copyFileSync(join(import.meta.dirname, "application.cjs"), application);
  for (const name of ["express", "pg", "ioredis", ...PACKAGES[contender]])
    symlinkSync(join(import.meta.dirname, "../../node_modules", name), join(folder, "node_modules", name));
  return application;
}

async function turn({ child, port }) {
  const answer = async () => {
    child.send("cpu");
    const [{ cpuMicros }] = await once(child, "message");
    return cpuMicros;
  };
  await answer();
  const begun = performance.now();
  const responses = await loaded(port, TURN_MILLIS);
  const seconds = (performance.now() - begun) / 1_000;
  return { perSecond: responses / seconds, cpuMicros: (await answer()) / responses };
}

function table() {
  const { date, machine: on, versions } = machine();
  const changes = (contender, figure) =>
    results[contender]
      .map((result, i) => (100 * result[figure]) / results.none[i][figure] - 100)
      .toSorted((a, b) => a - b);
  const shown = (list) => {
    const at = (share) => list[Math.floor(share * (list.length - 1))];
    const signed = (value) => `${value > 0 ? "+" : ""}${value.toFixed(1)}`;
    return `${signed(median(list))} % (${signed(at(0.25))} to ${signed(at(0.75))})`;
  };
  const rows = CONTENDERS.slice(1).map(
    (contender) =>
      `| ${NAMES[contender]} | ${shown(changes(contender, "perSecond"))} | ${shown(changes(contender, "cpuMicros"))} |`,
  );
  const bare = {
    perSecond: median(results.none.map(({ perSecond }) => perSecond)),
    cpuMicros: median(results.none.map(({ cpuMicros }) => cpuMicros)),
  };
  return `# An application at its limit

Made by \`npm run bench:limit\` on ${date.slice(0, 10)}: ${on.cpu}, ${on.cores} cores, ${on.platform}, Node.js ${versions.node}.
Each request reads a row from PostgreSQL and counts in Redis. Without metrics the application serves
${Math.round(bare.perSecond)} requests a second, with ${Math.round(bare.cpuMicros)} µs of processor time each.

Median of ${results.none.length} pairs of turns, with the range of half of the pairs. Must: at most 2 % less throughput; goal: 1 %.

| | throughput | processor time a request |
|---|---|---|
${rows.join("\n")}
`;
}
