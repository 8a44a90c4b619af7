// Faults that the learned models find, and the detectors of single series do not. Alone:
// `npm run --silent build:bench && node bench/anomalies/gain.js [--series 6] [--groups 8]`.
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { fromBuild } from "../build.js";
import { generatedGroup } from "./generated.js";
import { drained, table } from "./models.js";
import { QUIET, quietSeries, Random } from "./series.js";
import { alarmsOf, SENSITIVITIES } from "./subject.js";

const MINUTE = 60;
const DAY = 1_440;
const TRAINING = 7 * DAY;
const FAULT = 60;
const TRIES = 3;
// In robust deviations of the hour before, from its median.
const FAULTS = {
  "level shift of 3 σ": (value, { deviation }) => value + 3 * deviation,
  "level shift of 1.5 σ": (value, { deviation }) => value + 1.5 * deviation,
  "trend of 0.1 σ a point": (value, { deviation, k }) => value + 0.1 * deviation * k,
  "deviation doubled": (value, { median }) => median + 2 * (value - median),
  "up and down by 2 σ": (value, { deviation, k }) => value + (k % 2 === 0 ? 2 : -2) * deviation,
  "sawtooth of 8 points and 4 σ": (value, { deviation, k }) => value + ((k % 8) / 7 - 0.5) * 4 * deviation,
};

/** The tables, as Markdown. */
export async function gainTables(series, groups) {
  const { trainJointModel, JointWatch } = await fromBuild("history/models/joint-model.js");
  const { WindowWatch } = await fromBuild("history/models/window-model.js");
  const { trainWindowModel } = await fromBuild("history/models/window-training.js");
  const windowBegins = (model, from, values) =>
    model.kind === "untrained"
      ? []
      : begins(new WindowWatch(model), from, values.length, (watch, i) => watch.push(i * MINUTE, values[i]));
  const trainedWindow = (values) =>
    drained(trainWindowModel(values, { from: 0, to: values.length * MINUTE, step: MINUTE }));
  const parts = { trainJointModel, JointWatch, trainedWindow, windowBegins };
  return [windowTable(parts, series), jointTable(parts, groups)].join("\n");
}

// Positions at which alarms of a model begin.
function begins(watch, from, to, push) {
  const found = [];
  let isAlarm = false;
  for (let i = from; i < to; i++) {
    const isNext = push(watch, i)?.isAlarm === true;
    if (isNext && !isAlarm) found.push(i);
    isAlarm = isNext;
  }
  return found;
}

const detectorBegins = (values) =>
  alarmsOf({ times: Array.from(values, (_, i) => i * MINUTE), values }, [SENSITIVITIES.normal])[0];
const percent = (count, all) => `${Math.round((100 * count) / all)} %`;

function windowTable({ trainedWindow, windowBegins }, count) {
  const found = new Map(
    Object.keys(FAULTS).map((name) => [name, { all: 0, detectors: 0, model: 0, either: 0 }]),
  );
  const wrong = { detectors: 0, model: 0, days: 0 };
  for (const kind of Object.keys(QUIET))
    for (let seed = 1; seed <= count; seed++) {
      const values = Float64Array.from(quietSeries(kind, seed * 7_919 + 13, MINUTE, 14).values);
      const model = trainedWindow(values.subarray(0, TRAINING));
      const begin = TRAINING - DAY;
      const after = (positions, from) => positions.filter((i) => i >= from);
      wrong.detectors += after(detectorBegins(values), TRAINING).length;
      wrong.model += after(windowBegins(model, begin, values), TRAINING).length;
      wrong.days += values.length / DAY - 7;
      const random = new Random(seed * 31 + 7);
      for (const [name, faulty] of Object.entries(FAULTS))
        for (let i = 0; i < TRIES; i++) {
          const at = TRAINING + Math.floor(random.share() * 5 * DAY);
          const given = withFault(values, at, faulty);
          const one = after(detectorBegins(given), at).length > 0;
          const other = after(windowBegins(model, begin, given), at).length > 0;
          const row = found.get(name);
          row.all++;
          if (one) row.detectors++;
          if (other) row.model++;
          if (one || other) row.either++;
        }
    }
  const rows = Array.from(found, ([name, { all, ...counts }]) => [
    name,
    ...["detectors", "model", "either"].map((each) => percent(counts[each], all)),
  ]);
  const rate = (alarms) => `${(alarms / wrong.days).toFixed(3)} a day`;
  return table(
    [`fault of ${FAULT} points in a quiet series`, "detectors", "model of its windows", "either"],
    [
      ...rows,
      ["false alarms", rate(wrong.detectors), rate(wrong.model), rate(wrong.detectors + wrong.model)],
    ],
  );
}

function withFault(values, at, faulty) {
  const near = values.slice(at - FAULT, at).toSorted();
  const quantile = (share) => near[Math.floor(share * (FAULT - 1))];
  const [median, deviation] = [quantile(0.5), (quantile(0.84) - quantile(0.16)) / 2 || 1];
  const given = values.slice(0, at + FAULT);
  for (let k = 0; k < FAULT; k++) given[at + k] = faulty(values[at + k], { k, median, deviation });
  return given;
}

// Faults that keep each series within its own range.
function jointTable({ trainJointModel, JointWatch, trainedWindow, windowBegins }, groups) {
  const found = new Map();
  const wrong = { detectors: 0, windows: 0, joint: 0, days: 0 };
  for (const noise of [0.1, 0.2, 0.3, 0.4])
    for (let seed = 1_001; seed < 1_001 + groups; seed++) {
      const { columns, faults, training } = generatedGroup(seed, noise);
      const known = columns.map((column) => column.subarray(0, training));
      const range = { from: 0, to: training * MINUTE, step: MINUTE };
      const model = drained(trainJointModel(known, range));
      if (model.kind === "untrained") continue;
      const count = columns[0].length;
      const alarms = {
        detectors: columns.flatMap(detectorBegins),
        windows: columns.flatMap((column, i) => windowBegins(trainedWindow(known[i]), training, column)),
        joint: begins(new JointWatch(model), training, count, (watch, i) =>
          watch.push(columns.map((column) => column[i])),
        ),
      };
      wrong.days += (count - training) / DAY;
      for (const [name, positions] of Object.entries(alarms))
        wrong[name] += positions.filter(
          (i) => i >= training && !faults.some(({ from, to }) => i >= from && i < to + FAULT),
        ).length;
      for (const { from, to, kind } of faults) {
        if (!found.has(kind)) found.set(kind, { all: 0, detectors: 0, windows: 0, joint: 0, any: 0 });
        const row = found.get(kind);
        row.all++;
        const seen = Object.keys(alarms).filter((name) => alarms[name].some((i) => i >= from && i < to + 10));
        for (const name of seen) row[name]++;
        if (seen.length > 0) row.any++;
      }
    }
  const rows = Array.from(found, ([kind, { all, ...counts }]) => [
    `${kind} (${all})`,
    ...["detectors", "windows", "joint", "any"].map((each) => percent(counts[each], all)),
  ]);
  const rates = ["detectors", "windows", "joint"].map((name) => (wrong[name] / wrong.days).toFixed(3));
  return table(
    ["relation broken", "detectors of all its series", "models of their windows", "joint model", "any"],
    [...rows, ["false alarms of a group a day", ...rates, ""]],
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: { series: { type: "string", default: "6" }, groups: { type: "string", default: "8" } },
  });
  console.log(await gainTables(Number(values.series), Number(values.groups)));
}
