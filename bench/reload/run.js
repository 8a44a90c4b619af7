// Hold of the event loop by a reload of the configuration file, in processes under load. Prints a table: the longest hold
// of a process's first reload, and of the later ones. Run by `npm run bench:reload`.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { median } from "../measure.js";

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const CASES = [
  "nothing",
  "interval",
  "reader",
  "endpoint",
  "pushgateway",
  "views",
  "alerts",
  "rules",
  "invalid",
];
const [MUST, GOAL] = [20, 5];

console.log("| change | first reload, median | longest | later ones, 90 % | longest | must | goal |");
console.log("|---|---|---|---|---|---|---|");
for (const name of CASES.filter((each) => each.includes(process.argv[2] ?? ""))) {
  const results = Array.from({ length: ROUNDS }, () => measured(name));
  const firsts = results.map(({ first }) => first);
  const later = results.flatMap((result) => result.later).toSorted((a, b) => a - b);
  const p90 = later[Math.floor(later.length * 0.9)];
  const cells = [median(firsts), Math.max(...firsts), p90, later.at(-1)].map(
    (each) => `${each.toFixed(1)} ms`,
  );
  console.log(`| ${[name, ...cells, `${MUST} ms`, `${GOAL} ms`].join(" | ")} |`);
}

function measured(name) {
  const program = join(import.meta.dirname, "process.js");
  const { stdout, stderr } = spawnSync(process.execPath, [program, name], { encoding: "utf8" });
  if (!stdout.startsWith("{")) throw new Error(stdout + stderr);
  return JSON.parse(stdout);
}
