// Runs each measurement in its own process, in rounds, so that a temporary slowdown of the machine affects all
// contenders. Without a filter it writes results.json and RESULTS.md.
//
// `npm run bench [-- <words of a case>] [-- --rounds 7] [-- --build <folder>]`
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { cases, others } from "./cases.js";
import { machine } from "./machine.js";
import { median } from "./measure.js";
import { markdown } from "./report.js";
import { environment, measureInRounds } from "./rounds.js";

const USAGE = "usage: npm run bench -- [--rounds <n>] [--build <folder>] [<words of a case>]";
// A young generation with room for all garbage of one measurement, so that none is collected before it is counted.
const ROOMY = ["--min-semi-space-size=256", "--max-semi-space-size=256"];
const STARTS_A_ROUND = 3;
const folder = import.meta.dirname;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" }, build: { type: "string" } },
});
const filter = positionals.join(" ").toLowerCase();
const env = environment(values.build, /^(OTEL_|NODE_OPTIONS$)/);
const { entryFile } = await import("./build.js");
const { isStart, measureStart } = await import("./starts.js");

const chosen = cases.filter(({ topic, title, of }) =>
  `${topic} ${title} ${of}`.toLowerCase().includes(filter),
);
const chosenOthers = others.filter((name) => name.toLowerCase().includes(filter));
const names = [...new Set([...chosen.flatMap(({ of, against }) => [of, against ?? of]), ...chosenOthers])];
if (names.length === 0) throw new Error(`no case contains "${filter}"; ${USAGE}`);

const started = performance.now();
const { measured, failures } = measureInRounds(names, Number(values.rounds), measurementOf);
const document = { ...machine(), rounds: Number(values.rounds), measured };
const report = markdown(document, chosen, chosenOthers);
console.log(report);
console.log(`${names.length} measurements in ${Math.round((performance.now() - started) / 1000)} s`);
for (const [name, message] of failures) console.log(`\nfailed: ${name}\n${message}`);
process.exitCode = failures.size > 0 ? 1 : 0;
if (filter === "" && failures.size === 0) {
  writeFileSync(join(folder, "results.json"), `${JSON.stringify(document, undefined, 1)}\n`);
  writeFileSync(join(folder, "RESULTS.md"), report);
  await import("./readme.js");
}

function measurementOf(name) {
  if (name.startsWith("process,")) return timeProcesses(name);
  return isStart(name) ? measureStart(name, nodeIn) : measure(name);
}

function measure(name) {
  const flags = name.startsWith("garbage,") ? ["--expose-gc", ...ROOMY] : ["--expose-gc"];
  return JSON.parse(node(...flags, join(folder, "process.js"), name));
}

// Measures the time of a whole process, from its start to its end.
function timeProcesses(name) {
  const samples = Array.from({ length: STARTS_A_ROUND }, () => {
    const begun = performance.now();
    node(...programs()[name]);
    return performance.now() - begun;
  });
  return { unit: "ms", value: median(samples), min: Math.min(...samples) };
}

function programs() {
  const bare = join(folder, "programs/bare.js");
  return {
    "process, bare Node": [bare],
    "process, tachymeter/register": ["--import", entryFile("register.js"), bare],
    "process, start()": [join(folder, "programs/start.js")],
  };
}

function node(...nodeArguments) {
  return nodeIn(nodeArguments, process.cwd(), {});
}

function nodeIn(nodeArguments, cwd, variables) {
  const options = { cwd, env: { ...env, ...variables }, encoding: "utf8" };
  const { status, stdout, stderr } = spawnSync(process.execPath, nodeArguments, options);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
