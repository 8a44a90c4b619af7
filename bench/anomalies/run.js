// Accuracy and cost of the detectors, the learned models and the correlation. Writes bench/anomalies/RESULTS.md.
//
// `npm run bench:anomalies [-- --seed 20000] [-- --series 20] [-- --faults 25] [-- --nab <folder>]`. NAB's folder is also read from
// TACHYMETER_NAB; without it, its tables are left out.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine } from "../machine.js";
import { readNab } from "./nab.js";
import { nabTables } from "./nab-tables.js";
import { correlationLines } from "./correlation.js";
import { modelTables } from "./models.js";
import { runningTable } from "./running.js";
import { faultTable, quietTable } from "./synthetic-tables.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    series: { type: "string" },
    faults: { type: "string" },
    nab: { type: "string" },
  },
});
// Fewer than models.js and correlation.js use alone.
const MODEL_SEEDS = 4;
const CORRELATION_ROUNDS = 20;
const RUNNING_SECONDS = 20;
const seed = Number(values.seed ?? 20_000);
const count = Number(values.series ?? 20);
const faults = Number(values.faults ?? 25);
const folder = values.nab ?? process.env.TACHYMETER_NAB ?? join(import.meta.dirname, "../../../shared/nab");

const series = readNab(folder);
const nab =
  series === undefined
    ? ["Left out: the data of NAB is not there. Name its folder with `--nab`."]
    : nabTables(series);
const costs = Array.from({ length: 5 }, () => {
  const file = join(import.meta.dirname, "cost.js");
  return JSON.parse(execFileSync(process.execPath, ["--expose-gc", file], { encoding: "utf8" }));
});
const {
  date,
  machine: { cpu, cores, platform },
  versions,
} = machine();
const text = `# Anomalies: accuracy and cost

Made by \`npm run bench:anomalies\` on ${date.slice(0, 10)}: ${cpu}, ${cores} cores, ${platform}, Node.js ${versions.node}.

## Numenta Anomaly Benchmark

NAB 1.1, by its rules, with one set of parameters for all series. "Found" counts windows. The score of an alarm is 0.5.

${nab.join("\n")}

## Quiet series

False alarms a day and series: ${count} series of 14 days in each cell, seeds from ${seed}. In brackets without the first day.

${quietTable(seed, count).join("\n")}

## Faults found within ten points

${faults} series in each cell, seeds from ${seed}, with 4 to 5 days before the fault. "Best possible" is the likelihood ratio
over the ten points, for 0.05 false alarms a day. It knows when the fault begins, its size, and both distributions.

${faultTable(seed, faults).join("\n")}

## Cost

Best of five processes: ${Math.min(...costs.map(({ nanoseconds }) => nanoseconds)).toFixed(0)} ns of processor time a point, ${Math.min(...costs.map(({ bytes }) => bytes)).toFixed(0)} bytes a series.

In a running SDK:

${runningTable(RUNNING_SECONDS).join("\n")}

## Learned models and change points

${MODEL_SEEDS} seeds from 1001.

${await modelTables(MODEL_SEEDS, 1_001)}
## Correlation

${(await correlationLines(CORRELATION_ROUNDS, 1, 500)).map((line) => `- ${line}`).join("\n")}
`;
writeFileSync(join(import.meta.dirname, "RESULTS.md"), text);
console.log(text);
