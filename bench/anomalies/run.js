// Accuracy and cost of the detectors, the learned models and the correlation. Writes all of bench/anomalies/RESULTS.md, or
// with `--only` the sections with these names, such as `--only nab,quiet`: the whole run takes long.
//
// `npm run bench:anomalies [-- --only quiet] [-- --seed 20000] [-- --series 20] [-- --faults 25] [-- --nab <folder>]`. NAB's folder
// is also read from TACHYMETER_NAB; without it, its tables are left out. `--replay <folder>` compares samples of the fleet
// that `fleet.js --save` kept, instead of new ones.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine } from "../machine.js";
import { readNab } from "./nab.js";
import { nabTables, parameterTable } from "./nab-tables.js";
import { causeLines } from "./causes.js";
import { correlationLines } from "./correlation.js";
import { powerLines } from "./correlation-power.js";
import { fleetLines } from "./fleet.js";
import { gainTables } from "./gain.js";
import { modelTables } from "./models.js";
import { runningTable } from "./running.js";
import { scenarioTable } from "./scenarios.js";
import { faultTable, quietTable } from "./synthetic-tables.js";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    seed: { type: "string" },
    series: { type: "string" },
    faults: { type: "string" },
    nab: { type: "string" },
    replay: { type: "string" },
  },
});
// Fewer than models.js and correlation.js use alone.
const MODEL_SEEDS = 4;
const GAIN = { series: 6, groups: 8 };
const CORRELATION_ROUNDS = 20;
const POWER = { changed: 6, quiet: 200, seed: 1_002 };
const RUNNING_SECONDS = 20;
const COST_PROCESSES = 5;
const seed = Number(values.seed ?? 20_000);
const count = Number(values.series ?? 20);
const faults = Number(values.faults ?? 25);
const folder = values.nab ?? process.env.TACHYMETER_NAB ?? join(import.meta.dirname, "../../../shared/nab");
const file = join(import.meta.dirname, "RESULTS.md");

const nabSeries = readNab(folder);
const ofNab = (tables) =>
  nabSeries === undefined
    ? ["Left out: the data of NAB is not there. Name its folder with `--nab`."]
    : tables(nabSeries);

// In the order of the file. Each returns lines of Markdown.
const SECTIONS = {
  nab: {
    title: "Numenta Anomaly Benchmark",
    lines: () => [
      "NAB 1.1, by its rules, with one set of parameters for all series. “Found” counts windows.",
      "",
      ...ofNab(nabTables),
    ],
  },
  parameters: {
    title: "Parameters",
    lines: () => ["NAB's score with one parameter changed by 10 %.", "", ...ofNab(parameterTable)],
  },
  quiet: {
    title: "Quiet series",
    lines: () => [
      `False alarms a day and series: ${count} series of 14 days in each cell, seeds from ${seed}. In brackets without the first day.`,
      "",
      ...quietTable(seed, count),
    ],
  },
  faults: {
    title: "Faults found within ten points",
    lines: () => [
      `${faults} series in each cell, seeds from ${seed}, with 4 to 5 days before the fault. “Best possible” is the likelihood ratio`,
      "over the ten points, for 0.05 false alarms a day. It knows when the fault begins, its size, and both distributions.",
      "",
      ...faultTable(seed, faults),
    ],
  },
  scenarios: {
    title: "Scenarios in applications",
    lines: () => [
      "Series of real applications, recorded by `recorded/record.js`: a value a minute for two weeks, with days and weekends. Scenarios",
      "begin in the second week, at six times in each series. Detectors and models of the running SDK together, at the default, and the",
      "models trained anew each day. Other programs ran during the recording, so that some durations did change without a scenario.",
      "",
      scenarioTable().trim(),
    ],
  },
  cost: { title: "Cost", lines: costLines },
  models: {
    title: "Learned models and change points",
    lines: async () => [
      `${MODEL_SEEDS} seeds from 1001.`,
      "",
      (await modelTables(MODEL_SEEDS, 1_001)).trim(),
    ],
  },
  gain: {
    title: "Gain of the learned models",
    lines: async () => [
      `${GAIN.series} series of each quiet kind, at 1 minute, and ${GAIN.groups} groups of 5 to 15 series with each of four levels of noise.`,
      "Models are trained with what comes before. The faults of groups keep each series within its own range.",
      "",
      (await gainTables(GAIN.series, GAIN.groups)).trim(),
    ],
  },
  correlation: {
    title: "Correlation",
    lines: async () => (await correlationLines(CORRELATION_ROUNDS, 1, 500)).map((line) => `- ${line}`),
  },
  power: { title: "Correlation: size of the change", lines: () => powerLines(POWER) },
  others: {
    title: "Correlation: kinds of series that no parameter was chosen with",
    lines: () => powerLines({ ...POWER, other: true }),
  },
  causes: {
    title: "Correlation: causes of a real shop",
    lines: async () => [
      "PetShop: 41 components, faults injected by its authors, five samples of five minutes. Its past is 28 samples, or two days.",
      "",
      ...(await causeLines()).map((line) => `- ${line}`),
      ...(await causeLines({ past: Infinity })).map((line) => `- two days: ${line}`),
      ...(await causeLines({ graph: true })).map((line) => `- with the calls between components: ${line}`),
    ],
  },
  fleet: { title: "Correlation: faults of a fleet", lines: () => fleetLines({ replay: values.replay }) },
};

function costLines() {
  const costs = Array.from({ length: COST_PROCESSES }, () => {
    const program = join(import.meta.dirname, "cost.js");
    return JSON.parse(execFileSync(process.execPath, ["--expose-gc", program], { encoding: "utf8" }));
  });
  const least = (name) => Math.min(...costs.map((each) => each[name])).toFixed(0);
  return [
    `Best of ${COST_PROCESSES} processes: ${least("nanoseconds")} ns of processor time a point, ${least("bytes")} bytes a series.`,
    "",
    "In a running SDK:",
    "",
    ...runningTable(RUNNING_SECONDS),
  ];
}

/** The sections of the file, by their titles. */
function writtenSections() {
  if (!existsSync(file)) return new Map();
  const parts = readFileSync(file, "utf8").split(/^## /m).slice(1);
  return new Map(
    parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n")).trim()]),
  );
}

const wanted = values.only?.split(",") ?? Object.keys(SECTIONS);
const unknown = wanted.filter((name) => SECTIONS[name] === undefined);
if (unknown.length > 0)
  throw new Error(`no section "${unknown.join('", "')}"; sections are ${Object.keys(SECTIONS).join(", ")}`);
const {
  date,
  machine: { cpu, cores, platform },
  versions,
} = machine();
const measured = `Measured on ${date.slice(0, 10)}: ${cpu}, ${cores} cores, ${platform}, Node.js ${versions.node}.`;
for (const name of wanted) {
  const { title, lines } = SECTIONS[name];
  const text = [measured, "", ...(await lines())].join("\n");
  // After each section: a run that ends early keeps what it has.
  const written = writtenSections().set(title, text);
  const sections = Object.values(SECTIONS).flatMap((each) =>
    written.has(each.title) ? [`## ${each.title}\n\n${written.get(each.title)}\n`] : [],
  );
  const head = "# Anomalies: accuracy and cost\n\nMade by `npm run bench:anomalies`.\n";
  writeFileSync(file, [head, ...sections].join("\n"));
  console.log(`## ${title}\n\n${text}\n`);
}
