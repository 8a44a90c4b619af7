// Measures the cost of the instrumentations: none, ours, and the same on upstream's SDK. The three run in their own
// processes by turns, so that a temporary slowdown of the machine affects all of them. Without a filter it writes
// bench/INSTRUMENTATIONS.md.
//
// `npm run bench:instrumentations [-- <words of a row>] [-- --pairs 30]`
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine } from "../machine.js";
import { contenders } from "./hooks.js";
import { markdown } from "./report.js";
import { rows } from "./rows.js";
import { startServers } from "./servers.js";

// A young generation with room for all garbage of one measurement, so that none is collected before it is counted.
const ROOMY = ["--expose-gc", "--min-semi-space-size=256", "--max-semi-space-size=256"];
const OWN_ROUNDS = 3;
// Number of pairs for each group of three processes. The effects of V8 and the scheduler last for the life of a
// process: few groups would measure these processes and not the instrumentation.
const PAIRS_A_GROUP = 3;
const WARM_UP_MILLIS = 700;
// Long enough for many batches, and short enough for the machine to be in the same state for three successive turns.
const TURN_MILLIS = 150;
const processFile = join(import.meta.dirname, "process.js");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: "string", default: "30" } },
});
const pairs = Number(values.pairs);
const words = positionals.join(" ").toLowerCase();
const names = Object.keys(rows).filter((name) => name.toLowerCase().includes(words));
if (names.length === 0)
  throw new Error(`no row contains "${words}" in its name: ${Object.keys(rows).join("; ")}`);

const servers = await startServers(new Set(names.flatMap((name) => rows[name].server ?? [])));
const measured = {};
try {
  for (const name of names) {
    const { server, own, mustMicros } = rows[name];
    const url = server === undefined ? "none" : servers.urls[server];
    const itself =
      own === undefined ? { mustMicros } : { time: alone(name, "time"), garbage: alone(name, "garbage") };
    const live = url === undefined ? undefined : await takingTurns(name, url);
    measured[name] = { ...itself, ...(live !== undefined && { live }) };
  }
} finally {
  await servers.end();
}
progress("");

const document = { ...machine(), pairs, measured };
const report = markdown(document);
console.log(report);
if (words === "") {
  const folder = join(import.meta.dirname, "..");
  writeFileSync(join(folder, "instrumentations.json"), `${JSON.stringify(document, undefined, 1)}\n`);
  writeFileSync(join(folder, "INSTRUMENTATIONS.md"), report);
}

// Measures the instrumentation alone, in successive processes.
function alone(name, kind) {
  const results = byContender();
  for (let round = 0; round < OWN_ROUNDS; round++) {
    progress(`${name}: ${kind}, round ${round + 1} of ${OWN_ROUNDS}`);
    for (const contender of contenders) {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [...ROOMY, processFile, kind, name, contender],
        { encoding: "utf8", env: plain() },
      );
      if (status !== 0) throw new Error(`${name}, ${kind}, ${contender}: ${stderr}`);
      results[contender].push(JSON.parse(stdout).value);
    }
  }
  return results;
}

// Measures message traffic in three processes that run by turns; the first one changes with each turn.
async function takingTurns(name, url) {
  const results = byContender();
  // A client of models is much code, which V8 optimizes late.
  const warmUpMillis = rows[name].mustMicros === undefined ? WARM_UP_MILLIS : 5 * WARM_UP_MILLIS;
  while (results.none.length < pairs) {
    const group = [];
    for (const contender of contenders) group.push({ contender, child: await started(name, contender, url) });
    for (const { child } of group) await turn(child, warmUpMillis);
    for (let i = 0; i < PAIRS_A_GROUP && results.none.length < pairs; i++) {
      progress(`${name}: pair ${results.none.length + 1} of ${pairs}`);
      for (const { contender, child } of [...group.slice(i % 3), ...group.slice(0, i % 3)]) {
        results[contender].push(await turn(child, TURN_MILLIS));
      }
    }
    for (const { child } of group) child.disconnect();
    await Promise.all(group.map(({ child }) => once(child, "exit")));
  }
  return results;
}

async function started(name, contender, url) {
  const child = fork(processFile, ["live", name, contender, url], { env: plain() });
  child.on("exit", (code) => {
    if (code !== 0) throw new Error(`${name}, ${contender}: the process ended with ${code}`);
  });
  await once(child, "message");
  return child;
}

async function turn(child, millis) {
  child.send(millis);
  const [figures] = await once(child, "message");
  return figures;
}

function byContender() {
  return Object.fromEntries(contenders.map((contender) => [contender, []]));
}

// The environment without the variables that configure OpenTelemetry.
function plain() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OTEL_|NODE_OPTIONS$)/.test(name)),
  );
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
