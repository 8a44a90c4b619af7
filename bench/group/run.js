// Measures threads and processes as one: each measurement in its own process, by turns. Without a filter it writes
// bench/group/RESULTS.md.
//
// `npm run bench:group [-- <words of a case>] [-- --rounds 5] [-- --build <folder>]`
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine } from "../machine.js";
import { casesTable } from "../report.js";
import { environment, measureInRounds } from "../rounds.js";
import { cases } from "./cases.js";

const folder = import.meta.dirname;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" }, build: { type: "string" } },
});
const filter = positionals.join(" ").toLowerCase();
const env = environment(values.build, /^(OTEL_|TACHYMETER_GROUP|NODE_OPTIONS$)/);
const chosen = cases.filter(({ topic, title, of }) =>
  `${topic} ${title} ${of}`.toLowerCase().includes(filter),
);
if (chosen.length === 0) throw new Error(`no case contains "${filter}"`);

const names = [...new Set(chosen.flatMap(({ of, against }) => [of, against ?? of]))];
const { measured, failures } = measureInRounds(names, Number(values.rounds), measurementOf);
const report = markdown(machine());
console.log(report);
for (const [name, message] of failures) console.log(`\nfailed: ${name}\n${message}`);
process.exitCode = failures.size > 0 ? 1 : 0;
if (filter === "" && failures.size === 0) writeFileSync(join(folder, "RESULTS.md"), report);

function markdown({ date, machine: { cpu, cores, platform }, versions }) {
  return `# Threads and processes as one: speed

Made by \`npm run bench:group\` on ${date.slice(0, 10)}: ${cpu}, ${cores} cores, ${platform}, Node.js ${versions.node},
prom-client ${versions["prom-client"]}. Each figure is the median of ${values.rounds} processes, which take turns. Compare
the ratios: absolute times are those of this machine on that day.

${casesTable(chosen, measured)}
`;
}

function measurementOf(name) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, "process.js"), name], {
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
