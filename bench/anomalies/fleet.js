// Faults in the demo's fleet: is the culprit among the first three series that `correlate` lists?
//
// `npm run build:bench && node bench/anomalies/fleet.js [--save <folder>] [--replay <folder>] [--only leak]`. Two fleets run at
// the same time, each with one fault after the other. `--save` keeps the samples, `--replay` compares saved ones again.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fromBuild } from "../build.js";
import { FAULTS } from "./fleet-faults.js";
import { RecordedFleet, seconds } from "./recorded-fleet.js";

const { values: given } = parseArgs({
  options: { save: { type: "string" }, replay: { type: "string" }, only: { type: "string" } },
});
const WINDOW_SECONDS = 14;
const QUIET_SECONDS = 4 * WINDOW_SECONDS;
const START_SECONDS = 20;
const RECOVERY_SECONDS = 8;
const FLEETS = 2;
const SHOWN = 5;

const { correlate } = await fromBuild("anomalies/correlation/correlate.js");

async function compared({ name, alert, culprit }, { from, to, series }) {
  const source = {
    select: async function* () {
      yield* series;
    },
  };
  const found = await correlate({ source, metric: alert, from, to });
  const isCulprit = ({ metric, labels }) => culprit.some((each) => each(metric, labels));
  const place = found.findIndex(isCulprit) + 1;
  console.log(`${name}: ${place === 0 ? "not found" : `place ${place}`}`);
  for (const each of found.slice(0, SHOWN)) {
    const { metric, labels, strength, direction, factor } = each;
    const shown = Object.entries(labels).filter(([label]) => !/^(?:instance|job|otel_scope_.+)$/.test(label));
    const pairs = shown.map(([label, value]) => `${label}=${value}`).join(", ");
    const text = `${labels.instance} ${metric}{${pairs}} ${direction} ×${factor.toPrecision(2)}`;
    console.log(`  ${isCulprit(each) ? "*" : " "} ${strength.toFixed(2)} ${text}`);
  }
  return place;
}

async function recorded(faults) {
  const fleet = new RecordedFleet();
  const recordings = [];
  try {
    await fleet.start();
    await seconds(START_SECONDS);
    for (const fault of faults) {
      await seconds(QUIET_SECONDS);
      const from = Date.now() / 1_000;
      const end = fault.begin(fleet);
      await seconds(WINDOW_SECONDS);
      const to = Date.now() / 1_000;
      const start = (from - QUIET_SECONDS - 1) * 1_000;
      end();
      const series = fleet.series.map((each) => cut(each, start, to * 1_000));
      const recording = { fault, from, to, series };
      if (given.save !== undefined) save(given.save, recording);
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
  const { from, to, series } = JSON.parse(readFileSync(fileOf(folder, fault), "utf8"));
  const numbers = series.map(({ labels, times, values }) => ({
    labels,
    times: Float64Array.from(times),
    values: Float64Array.from(values),
  }));
  return { fault, from, to, series: numbers };
}

function save(folder, { fault, from, to, series }) {
  mkdirSync(folder, { recursive: true });
  const numbers = series.map(({ labels, times, values }) => ({
    labels,
    times: [...times],
    values: [...values],
  }));
  writeFileSync(fileOf(folder, fault), JSON.stringify({ from, to, series: numbers }));
}

const faults = FAULTS.filter(({ name }) => given.only === undefined || name.includes(given.only));
const recordings =
  given.replay === undefined
    ? (
        await Promise.all(
          Array.from({ length: FLEETS }, (_, i) => faults.filter((_each, j) => j % FLEETS === i))
            .filter((each) => each.length > 0)
            .map(recorded),
        )
      ).flat()
    : faults
        .filter((fault) => existsSync(fileOf(given.replay, fault)))
        .map((fault) => saved(given.replay, fault));
const places = [];
for (const recording of recordings) {
  places.push(await compared(recording.fault, recording));
}
const among = places.filter((place) => place > 0 && place <= 3).length;
const first = places.filter((place) => place === 1).length;
console.log(`culprit among the first three: ${among} of ${places.length}; first: ${first}`);
