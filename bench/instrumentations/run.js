// npm run bench:instrumentations [-- <words of a row>] [-- --pairs 30]
// Measures what the hooks cost: no hook, ours, and the same on upstream's SDK, in processes of their own that take turns,
// so that what slows the machine down for a while meets all three. Without words it writes bench/INSTRUMENTATIONS.md.
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
// Each group of three processes makes so many pairs: what V8 and the scheduler made of a process stays the same for its
// life, so few groups tell of these processes and not of the hook.
const PAIRS_A_GROUP = 3;
const WARM_UP_MILLIS = 700;
// Long enough for many batches, and short enough for the machine to be the same for the three that follow each other.
const TURN_MILLIS = 150;
const processFile = join(import.meta.dirname, "process.js");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: "string", default: "30" } },
});
const pairs = Number(values.pairs);
const words = positionals.join(" ").toLowerCase();
const names = Object.keys(rows).filter((name) => name.toLowerCase().includes(words));
if (names.length === 0) throw new Error(`no row has "${words}" in its name: ${Object.keys(rows).join("; ")}`);

const servers = await startServers(new Set(names.flatMap((name) => rows[name].server ?? [])));
const measured = {};
try {
  for (const name of names) {
    const { server } = rows[name];
    const url = server === undefined ? "none" : servers.urls[server];
    const time = alone(name, "time");
    const garbage = alone(name, "garbage");
    const live = url === undefined ? undefined : await takingTurns(name, url);
    measured[name] = { time, garbage, ...(live !== undefined && { live }) };
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

// What the hook itself takes, of processes one after the other.
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

// What of the messages that go, of three processes that run by turns; another one is the first of each.
async function takingTurns(name, url) {
  const results = byContender();
  while (results.none.length < pairs) {
    const group = [];
    for (const contender of contenders) group.push({ contender, child: await started(name, contender, url) });
    for (const { child } of group) await turn(child, WARM_UP_MILLIS);
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

// Nothing that configures OpenTelemetry.
function plain() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OTEL_|NODE_OPTIONS$)/.test(name)),
  );
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
