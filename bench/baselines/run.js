// The README's rows beside the old and the new lines of OpenTelemetry's SDK and of prom-client, by turns. Writes results.json and
// RESULTS.md, which keep those of each version of Node.js, and the README's table.
//
// `npm run bench:baselines [-- --rounds 5] [-- <words of a row>]`, on Node.js 22.15 or newer
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine } from "../machine.js";
import { environment, measureInRounds } from "../rounds.js";
import { CONTENDERS, namesOf, newestFirst, ROWS, speed } from "./table.js";

const folder = import.meta.dirname;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" } },
});
const filter = positionals.join(" ");
// Processor time of whole operations: this runs beside other programs.
const env = { ...environment(undefined, /^(OTEL_|NODE_OPTIONS$)/), TACHYMETER_BENCH_CLOCK: "processor" };
const rows = ROWS.filter(({ what }) => what.includes(filter));
const names = rows.flatMap((row) => Object.values(namesOf(row)));
const { measured, failures } = measureInRounds(names, Number(values.rounds), measurementOf);
for (const [name, message] of failures) console.log(`failed: ${name}\n${message}`);
process.exitCode = failures.size > 0 ? 1 : 0;

const versions = Object.fromEntries(
  Object.entries(CONTENDERS).flatMap(([contender, { file }]) =>
    file === undefined ? [] : [[contender, JSON.parse(readFileSync(join(folder, file), "utf8")).version]],
  ),
);
const found = machine();
const document = {
  ...found,
  versions: { node: found.versions.node, ...versions },
  rounds: Number(values.rounds),
  measured,
};
if (failures.size === 0) console.log(speed(document, rows));
if (failures.size === 0 && filter === "") {
  const file = join(folder, "results.json");
  const [major] = found.versions.node.split(".");
  const all = { ...JSON.parse(readFileSync(file, "utf8")), [major]: document };
  writeFileSync(file, `${JSON.stringify(all, undefined, 1)}\n`);
  const tables = newestFirst(all).map((each) => `## Node.js ${each.versions.node}\n\n${speed(each, ROWS)}\n`);
  writeFileSync(
    join(folder, "RESULTS.md"),
    `# Beside today's packages\n\nMade by \`npm run bench:baselines\`. All raw times are in \`results.json\`.\n\n${tables.join("\n")}`,
  );
  await import("../readme.js");
}

function measurementOf(name) {
  const program = join(folder, "../process.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", program, name], {
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
