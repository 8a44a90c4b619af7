// Faults in the demo's fleet: is the culprit among the first three series that `correlate` lists?
//
// `npm run build:bench && node bench/anomalies/fleet.js [--save <folder>] [--replay <folder>] [--only leak]`. Two fleets run at
// the same time, each with one fault after the other. `--save` keeps the samples, `--replay` compares saved ones again.
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

const placeText = (place) => (place === 0 ? "not found" : `place ${place}`);

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

/** Records the faults, or reads them from the folder `replay`, and returns the places of the culprits as lines of Markdown. */
export async function fleetLines({ save: folder, replay, only }) {
  const faults = FAULTS.filter(({ name }) => only === undefined || name.includes(only));
  const recordings =
    replay === undefined
      ? (
          await Promise.all(
            Array.from({ length: FLEETS }, (_, i) => faults.filter((_each, j) => j % FLEETS === i))
              .filter((each) => each.length > 0)
              .map((each) => recorded(each, folder)),
          )
        ).flat()
      : faults.filter((fault) => existsSync(fileOf(replay, fault))).map((fault) => saved(replay, fault));
  const places = [];
  for (const recording of recordings) places.push(await compared(recording));
  const amongThree = (name) => places.filter((each) => each[name] > 0 && each[name] <= 3).length;
  const first = places.filter(({ place }) => place === 1).length;
  return [
    `Culprit among the first three: ${amongThree("place")} of ${places.length}; first: ${first}. For a killed process, the end of its`,
    `own series is a culprit, since it names the process. Without that: ${amongThree("placeOfOthers")} of ${places.length}.`,
    "",
    `Load average of the machine during the recordings: up to ${Math.max(...recordings.map(({ facts }) => facts.load ?? 0)).toFixed(0)}.`,
    "",
    "| fault | metric of the alert | series of the culprit | place |",
    "|---|---|---|---|",
    ...recordings.map(
      ({ fault: { name, alert, cause } }, i) =>
        `| ${name} | \`${alert}\` | ${cause} | ${placeText(places[i].place)} |`,
    ),
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values: given } = parseArgs({
    options: { save: { type: "string" }, replay: { type: "string" }, only: { type: "string" } },
  });
  console.log((await fleetLines(given)).join("\n"));
}
