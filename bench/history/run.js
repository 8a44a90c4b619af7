// Compares Tachymeter's history with SQLite, with one row for each point, and with DuckDB, on the same data in the
// same run. Without a filter it writes bench/history/RESULTS.md.
//
// `npm run bench:history [-- <words of a row>] [-- --rounds 3] [-- --build <folder>]`
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine } from "../machine.js";
import { median } from "../measure.js";
import { markdown, rows } from "./report.js";

const folder = import.meta.dirname;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "3" }, build: { type: "string" } },
});
const filter = positionals.join(" ").toLowerCase();
const env = { ...process.env };
if (values.build !== undefined) env.TACHYMETER_BENCH_BUILD = values.build;

const chosen = rows.filter(({ title }) => title.toLowerCase().includes(filter));
if (chosen.length === 0) throw new Error(`no row contains "${filter}"`);
const jobs = [
  ...new Set(chosen.flatMap(({ part, contenders }) => contenders.map((each) => `${each} ${part}`))),
];
const measured = new Map();
for (let round = 1; round <= Number(values.rounds); round++) {
  for (const job of jobs) {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Kround ${round}: ${job}`);
    const [contender] = job.split(" ");
    for (const [title, value] of Object.entries(measure(job))) {
      const key = `${contender} ${title}`;
      measured.set(key, [...(measured.get(key) ?? []), value]);
    }
  }
}
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");

const medians = new Map([...measured].map(([key, samples]) => [key, median(samples)]));
const report = markdown({ ...machine(), rounds: Number(values.rounds) }, chosen, medians);
console.log(report);
if (filter === "") writeFileSync(join(folder, "RESULTS.md"), report);

function measure(job) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, "process.js"), ...job.split(" ")],
    {
      env,
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(`${job}: ${stderr}`);
  return JSON.parse(stdout);
}
