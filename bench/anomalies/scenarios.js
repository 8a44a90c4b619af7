// Anomalies and usual changes in recorded metrics of real applications. Shows how soon they are
// found, and false reports. Alone: `npm run --silent build:bench && node bench/anomalies/scenarios.js`.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { fromBuild } from "../build.js";
import { drained, table } from "./models.js";
import { Random } from "./series.js";

const { Detector } = await fromBuild("anomalies/detector.js");
const { WindowDetector } = await fromBuild("anomalies/models/window-detector.js");
const { Activity } = await fromBuild("anomalies/series/activity.js");
const { trainWindowModel } = await fromBuild("history/models/window-training.js");

const FOLDER = join(import.meta.dirname, "recorded");
const DAY = 1_440;
const HOUR = 60;
// Scenarios begin in the second week, so that the first one is known.
const KNOWN = 7 * DAY;
const TRIES = 6;
const at = (from, to, change) => (value, k) => (k >= from && k < to ? change(value, k - from) : value);

/**
 * Each changes a series from minute `from` on, for a day. `change` gets the value, the minutes since the begin, and figures of
 * the series before. `isSilent`: a usual change. `lasts`: found at its begin, and silent
 * later.
 */
const SCENARIOS = {
  "errors: a tenth of the requests": {
    series: /not found/,
    change: ({ requests }) => at(0, 2 * HOUR, (value, k) => value + 0.1 * requests(k)),
  },
  "errors: half of the requests": {
    series: /not found/,
    change: ({ requests }) => at(0, 2 * HOUR, (value, k) => value + 0.5 * requests(k)),
  },
  "slow climb: doubled in six hours": {
    series: /heap used|duration/,
    change: () => (value, k) => (k < 0 ? value : value * (1 + Math.min(1, k / (6 * HOUR)))),
  },
  "season is missing: the night's traffic by day": {
    series: /requests, (?:all|item|client)/,
    hour: 11,
    change: ({ random }) => at(0, 6 * HOUR, () => random.poisson(2) / 60),
  },
  "a new season: a job of ten minutes each hour": {
    series: /processor time/,
    change:
      ({ median }) =>
      (value, k) =>
        k >= 0 && k % HOUR < 10 ? value + 3 * median : value,
  },
  "a value freezes": {
    series: /processor time|heap used/,
    change: ({ last }) => at(0, 3 * HOUR, () => last),
  },
  "a burst: five times as many for five minutes": {
    series: /requests, (?:all|item|client)/,
    hour: 14,
    change: () => at(0, 5, (value) => 5 * value),
  },
  "traffic stops": {
    series: /requests, (?:all|item|client)/,
    hour: 14,
    change: () => at(0, HOUR, () => 0),
  },
  "the deviation doubles": {
    series: /duration/,
    change: ({ median }) => at(0, 3 * HOUR, (value) => Math.max(0, median + 2 * (value - median))),
  },
  "a deployment: half as slow again from now on": {
    series: /duration/,
    change: () => (value, k) => (k >= 0 ? 1.5 * value : value),
    lasts: true,
  },
  "a new label value: a series begins": {
    series: /requests, (?:item|client|flow)/,
    change: () => (value, k) => (k < 0 ? Number.NaN : value),
    isSilent: true,
  },
  "summer time: an hour earlier from now on": {
    series: /requests/,
    hour: 2,
    shift: HOUR,
    isSilent: true,
  },
  "a weekend": { series: /./, weekday: 6, hour: 0, span: 2 * DAY, isSilent: true },
  "a restart: two minutes without values, cold for three": {
    series: /./,
    change:
      ({ median, name }) =>
      (value, k) => {
        if (k < 0 || k >= 5) return value;
        if (k < 2) return Number.NaN;
        if (name === "heap used") return 0.5 * value;
        return /duration|processor/.test(name) ? value + 2 * median : value;
      },
    isSilent: true,
  },
};

/** The table, as Markdown. */
export function scenarioTable() {
  const recordings = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json.br"))
    .map((file) => JSON.parse(brotliDecompressSync(readFileSync(join(FOLDER, file))).toString()));
  const learned = recordings.map(({ from, step, series }) =>
    Object.entries(series).map(([name, column]) => learnedSeries(name, column, { from, step, series })),
  );
  const rows = Object.entries(SCENARIOS).map(([title, scenario]) => rowOf(title, scenario, learned.flat()));
  return table(
    [
      "scenario",
      "expected",
      "found in an hour",
      "in a day",
      "median delay, min",
      "still reported after an hour",
    ],
    [...rows, quietRow(learned.flat())],
  );
}

function learnedSeries(name, column, { from, step, series }) {
  const values = Float64Array.from(column, (value) => value ?? Number.NaN);
  // Each day anew, with the week before, as in the running SDK.
  const models = [];
  for (let end = KNOWN; end < values.length; end += DAY) {
    const times = { from: from + (end - KNOWN) * step, to: from + end * step, step };
    models.push(drained(trainWindowModel(values.subarray(end - KNOWN, end), times)));
  }
  const requests = Float64Array.from(series["requests, all"]);
  return { name, values, models, from, step, requests, quiet: watched({ values, models, from, step }, 0) };
}

// Minutes at which an anomaly begins or lasts, from the minute `begin` on.
function watched({ values, models, from, step }, begin) {
  const detector = new Detector();
  let window;
  const activity = new Activity();
  const found = [];
  for (const [i, value] of values.entries()) {
    const seconds = from + i * step;
    const model = i >= KNOWN && (i - KNOWN) % DAY === 0 ? models[(i - KNOWN) / DAY] : undefined;
    if (model !== undefined) window = model.kind === "untrained" ? undefined : new WindowDetector(model);
    const verdicts = [detector.push(seconds, value), window?.push(seconds, value)];
    const [one, other] = verdicts;
    const begins = activity.push(seconds, {
      score: Math.max(one?.score ?? 0, other?.score ?? 0),
      anomalous: one?.anomalous === true || other?.anomalous === true,
    });
    if (i >= begin && (begins || activity.isActive)) found.push({ minute: i - begin, begins });
  }
  return found;
}

function rowOf(title, scenario, all) {
  const { isSilent = false, lasts = false, span = DAY } = scenario;
  const random = new Random(title.length * 101 + 7);
  const begins = [];
  let [count, lasting] = [0, 0];
  for (const series of all.filter(({ name }) => scenario.series.test(name)))
    for (let i = 0; i < TRIES; i++) {
      const from = beginOf(scenario, series, random);
      if (from === undefined) continue;
      const values = changed(scenario, series, { from, span, random });
      const found = watched({ ...series, values }, from);
      count++;
      const first = found.find((each) => each.begins)?.minute;
      if (first !== undefined) begins.push(first);
      if (found.some(({ minute }) => minute === (lasts ? 2 * HOUR : HOUR))) lasting++;
    }
  const sorted = begins.toSorted((one, other) => one - other);
  const percent = (part) => `${Math.round((100 * part) / count)} %`;
  return [
    title,
    isSilent ? "silent" : lasts ? "found, then silent" : "found",
    percent(begins.filter((minute) => minute < HOUR).length),
    percent(begins.length),
    isSilent ? "" : (sorted[Math.floor(sorted.length / 2)] ?? ""),
    isSilent || lasts ? percent(lasting) : "",
  ];
}

function beginOf({ hour, weekday, span = DAY }, { from, step, values }, random) {
  const last = values.length - span;
  const start = KNOWN + Math.floor(random.share() * Math.max(0, last - KNOWN));
  if (hour === undefined) return start;
  for (let minute = KNOWN; minute <= last; minute += HOUR) {
    const time = new Date((from + minute * step) * 1_000);
    const isDay =
      weekday === undefined ? minute >= start || last - minute < DAY : time.getUTCDay() === weekday;
    if (isDay && time.getUTCHours() === hour) return minute;
  }
  return undefined;
}

function changed({ change, shift = 0 }, { name, values, requests }, { from, span, random }) {
  const end = Math.min(values.length, from + span);
  const before = values
    .subarray(Math.max(0, from - DAY), from)
    .filter((value) => !Number.isNaN(value))
    .toSorted();
  const apply = change?.({
    name,
    random,
    median: before[Math.floor(before.length / 2)] ?? 0,
    last: values.subarray(0, from).findLast((value) => !Number.isNaN(value)) ?? 0,
    requests: (k) => requests[from + k] ?? 0,
  });
  return Float64Array.from({ length: end }, (_, i) => {
    const value = i < from ? values[i] : values[Math.min(values.length - 1, i + shift)];
    return apply === undefined ? value : apply(value, i - from);
  });
}

// Anomalies of the second week, in which nothing happens.
function quietRow(all) {
  const days = all.reduce((sum, { values }) => sum + (values.length - KNOWN) / DAY, 0);
  const begun = all.reduce(
    (sum, { quiet }) => sum + quiet.filter(({ minute, begins }) => begins && minute >= KNOWN).length,
    0,
  );
  return [
    "nothing, in the second week",
    "silent",
    `${(begun / days).toFixed(3)} a day and series`,
    "",
    "",
    "",
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(scenarioTable());
