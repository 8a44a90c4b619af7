// prom-client's API here, in the real package and in its successor, by turns. Prints a table of medians. Needs `npm run build`.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const LIBRARIES = ["prom-client", "@prometheus-io/client", "tachymeter/prom-client"];
// The required and the aimed ratio of the real package's cost to ours.
const CASES = [
  ["inc({ three labels })", 4, 6],
  ["inc()", 0.9, 1.5],
  ["observe({ three labels }, value)", 5, 8],
  ["gauge.set({ three labels }, value)"],
  ["summary.observe(value)"],
  ["metrics(), 10,000 series", 8, 12],
  ["metrics(), 700 histograms"],
  ["memory of a series", 2.5, 4],
  ["memory of a series with a label of its own"],
];

console.log(
  "| case | prom-client | @prometheus-io/client | here | ratios | must | goal |\n|---|---|---|---|---|---|---|",
);
for (const [name, must = "", goal = ""] of CASES) {
  const results = LIBRARIES.map(() => []);
  let unit = "";
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, library] of LIBRARIES.entries()) {
      const result = measured(library, name);
      unit = result.unit;
      results[i].push(result.value);
    }
  }
  const [real, successor, own] = results.map(median);
  const ratios = [real, successor].map((each) => `${(each / own).toFixed(1)} ×`).join(", ");
  const cells = [name, ...[real, successor, own].map((each) => shown(each, unit)), ratios, must, goal];
  console.log(`| ${cells.join(" | ")} |`);
}

function measured(library, name) {
  const flags = ["--expose-gc", "--max-semi-space-size=64"];
  const program = join(import.meta.dirname, "process.js");
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, program, library, name], {
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function shown(value, unit) {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
