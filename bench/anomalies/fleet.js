// Faults in the demo's fleet: is the culprit among the first three series that `correlate` lists?
//
// `npm run build:bench && node bench/anomalies/fleet.js [--save <folder>] [--replay <folder>,…] [--only leak,lock]`. Two fleets run
// at the same time, each with one fault after the other. `--save` keeps the samples, `--replay` compares saved ones again.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { fromBuild } from "../build.js";
import { ended, FAULTS } from "./fleet-faults.js";
import { RecordedFleet, seconds } from "./recorded-fleet.js";

const WINDOW_SECONDS = 14;
const QUIET_SECONDS = 4 * WINDOW_SECONDS;
const START_SECONDS = 20;
const RECOVERY_SECONDS = 8;
const FLEETS = 2;
const SHOWN = 5;

const { correlate } = await fromBuild("anomalies/correlation/correlate.js");

async function compared({ fault: { name, alert, culprit }, from, to, series, facts }) {
  const source = {
    select: async function* () {
      yield* series;
    },
  };
  const found = await correlate({ source, metric: alert, from, to });
  const isCulprit = (change) =>
    culprit.some((each) => each(change.metric, change.labels, change, facts.killed));
  const place = found.findIndex(isCulprit) + 1;
  const shownSeries = found.slice(0, SHOWN).map((each) => {
    const { metric, labels, strength, direction, factor } = each;
    const shown = Object.entries(labels).filter(([label]) => !/^(?:instance|job|otel_scope_.+)$/.test(label));
    const pairs = shown.map(([label, value]) => `${label}=${value}`).join(", ");
    const text = `${labels.instance} ${metric}{${pairs}} ${direction} ×${factor.toPrecision(2)}`;
    return `  ${isCulprit(each) ? "*" : " "} ${strength.toFixed(2)} ${text}`;
  });
  console.log([`${name}: ${placeText(place)}`, ...shownSeries].join("\n"));
  const others = culprit.filter((each) => each !== ended);
  const isOther = ({ metric, labels }) => others.some((each) => each(metric, labels));
  return { place, placeOfOthers: found.findIndex(isOther) + 1 };
}

const placeText = (place = "") => (place === 0 ? "not found" : place);

async function recorded(faults, folder) {
  const fleet = new RecordedFleet();
  const recordings = [];
  try {
    await fleet.start();
    await seconds(START_SECONDS);
    for (const fault of faults) {
      await seconds(QUIET_SECONDS);
      const from = Date.now() / 1_000;
      const facts = { load: loadavg()[1] };
      const end = fault.begin(fleet, facts);
      await seconds(WINDOW_SECONDS);
      const to = Date.now() / 1_000;
      const start = (from - QUIET_SECONDS - 1) * 1_000;
      end();
      const series = fleet.series.map((each) => cut(each, start, to * 1_000));
      const recording = { fault, from, to, series, facts };
      if (folder !== undefined) save(folder, recording);
      recordings.push(recording);
      await seconds(RECOVERY_SECONDS);
    }
  } finally {
    await fleet.stop();
  }
  return recordings;
}

function cut({ labels, times, values }, from, to) {
  const [first, last] = [times.findIndex((time) => time >= from), times.findLastIndex((time) => time <= to)];
  if (first < 0) return { labels, times: times.slice(0, 0), values: values.slice(0, 0) };
  return { labels, times: times.slice(first, last + 1), values: values.slice(first, last + 1) };
}

const fileOf = (folder, { name }) => join(folder, `${name.replaceAll(" ", "-")}.json`);

function saved(folder, fault) {
  const { from, to, series, facts = {} } = JSON.parse(readFileSync(fileOf(folder, fault), "utf8"));
  const numbers = series.map(({ labels, times, values }) => ({
    labels,
    times: Float64Array.from(times),
    values: Float64Array.from(values),
  }));
  return { fault, from, to, series: numbers, facts };
}

function save(folder, { fault, from, to, series, facts }) {
  mkdirSync(folder, { recursive: true });
  const numbers = series.map(({ labels, times, values }) => ({
    labels,
    times: [...times],
    values: [...values],
  }));
  writeFileSync(fileOf(folder, fault), JSON.stringify({ from, to, series: numbers, facts }));
}

/**
 * Records the faults, or reads those of the folders `replay`, and returns the places of the culprits as lines of Markdown.
 */
export async function fleetLines({ save: folder, replay, only }) {
  const parts = only?.split(",");
  const faults = FAULTS.filter(
    ({ name }) => parts === undefined || parts.some((part) => name.includes(part)),
  );
  const recordings =
    replay === undefined ? [await recordedAll(faults, folder)] : replay.split(",").map(all(faults));
  const columns = [];
  for (const recording of recordings) {
    const places = new Map();
    for (const each of recording) places.set(each.fault.name, await compared(each));
    columns.push({ places, load: Math.max(...recording.map(({ facts }) => facts.load ?? 0)) });
  }
  const row = (title, of) => `| ${title} | | | ${columns.map(of).join(" | ")} |`;
  const amongThree = (name) => (column) => {
    const places = [...column.places.values()];
    return `${places.filter((each) => each[name] > 0 && each[name] <= 3).length} of ${places.length}`;
  };
  return [
    "Place of the culprit in each recording. For a killed process, the end of its own series is a culprit, since it names the",
    "process. The load is the largest load average of the machine, which had two cores.",
    "",
    `| fault | metric of the alert | series of the culprit |${columns.map((_, i) => ` ${i + 1} |`).join("")}`,
    `|---|---|---|${columns.map(() => "---|").join("")}`,
    ...faults.map(({ name, alert, cause }) => {
      const places = columns.map((column) => placeText(column.places.get(name)?.place));
      return `| ${name} | \`${alert}\` | ${cause} | ${places.join(" | ")} |`;
    }),
    row("among the first three", amongThree("place")),
    row("the same without the end of its own series", amongThree("placeOfOthers")),
    row("load", ({ load }) => load.toFixed(0)),
  ];
}

async function recordedAll(faults, folder) {
  const parts = Array.from({ length: FLEETS }, (_, i) => faults.filter((_each, j) => j % FLEETS === i));
  const recordings = parts.filter((each) => each.length > 0).map((each) => recorded(each, folder));
  return (await Promise.all(recordings)).flat();
}

const all = (faults) => (folder) =>
  faults.filter((fault) => existsSync(fileOf(folder, fault))).map((fault) => saved(folder, fault));

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values: given } = parseArgs({
    options: { save: { type: "string" }, replay: { type: "string" }, only: { type: "string" } },
  });
  console.log((await fleetLines(given)).join("\n"));
}
