// Learned models and change points on synthetic series: F1 of broken correlations, false alarms, level shifts found, and
// times. Alone: `npm run --silent build:bench && node bench/anomalies/models.js [--seeds 20] [--first 1001]`.
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { fromBuild } from "../build.js";
import { generatedGroup, quietSeries, seeded } from "./generated.js";

const DAY = 1_440;

/** Runs all parts, and returns the tables as Markdown. */
export async function modelTables(seeds, first) {
  const { trainJointModel, JointWatch } = await fromBuild("history/models/joint-model.js");
  const { WindowWatch } = await fromBuild("history/models/window-model.js");
  const { trainWindowModel } = await fromBuild("history/models/window-training.js");
  const { levelChanges } = await fromBuild("history/analysis/level-changes.js");
  return [
    jointTable({ trainJointModel, JointWatch }, seeds, first),
    windowTable({ trainWindowModel, WindowWatch }, Math.ceil(seeds / 4), first),
    changesTable(levelChanges, 5 * seeds, first),
    timesTable({ trainJointModel, trainWindowModel, levelChanges }),
  ].join("\n");
}

/** Runs all steps of a job, and returns its result. */
export function drained(steps) {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// Per point: each point of a fault should alarm, and no other. Per event: one alarm within a fault, or up to 10 points later,
// suffices. Alarms that touch no fault, and come more than 60 points after one, are false.
function jointTable({ trainJointModel, JointWatch }, seeds, first) {
  const rows = [0.1, 0.2, 0.3, 0.4].map((noise) => {
    const [points, events, named] = [[], [], []];
    let [untrained, falseEvents, days] = [0, 0, 0];
    for (let seed = first; seed < first + seeds; seed++) {
      const { columns, faults, training } = generatedGroup(seed, noise);
      const range = { from: 0, to: training * 60, step: 60 };
      const model = drained(
        trainJointModel(
          columns.map((column) => column.subarray(0, training)),
          range,
        ),
      );
      if (model.kind === "untrained") {
        untrained++;
        continue;
      }
      const count = columns[0].length;
      const watch = new JointWatch(model);
      const alarms = new Uint8Array(count);
      const blamed = new Int32Array(count);
      for (let i = training; i < count; i++) {
        const verdict = watch.push(columns.map((column) => column[i]));
        alarms[i] = verdict.isAlarm ? 1 : 0;
        blamed[i] = verdict.column;
      }
      const isFaulty = new Uint8Array(count);
      for (const { from, to } of faults) isFaulty.fill(1, from, to);
      const countOf = (alarm, fault) =>
        alarms.reduce(
          (sum, each, i) => sum + (i >= training && each === alarm && isFaulty[i] === fault ? 1 : 0),
          0,
        );
      points.push((2 * countOf(1, 1)) / (2 * countOf(1, 1) + countOf(1, 0) + countOf(0, 1)));
      const found = faults.filter(({ from, to, series }) => {
        const at = alarms.subarray(from, to + 10).indexOf(1);
        if (at >= 0) named.push(series.includes(blamed[from + at]) ? 1 : 0);
        return at >= 0;
      }).length;
      let wrong = 0;
      for (let i = training; i < count; i++) {
        if (alarms[i] === 0 || alarms[i - 1] === 1) continue;
        let end = i;
        while (end < count && alarms[end] === 1) end++;
        if (!faults.some(({ from, to }) => from < end && to + 60 > i)) wrong++;
      }
      falseEvents += wrong;
      days += (count - training) / DAY;
      events.push((2 * found) / (2 * found + wrong + faults.length - found));
    }
    return [
      noise,
      mean(points).toFixed(3),
      mean(events).toFixed(3),
      mean(named).toFixed(2),
      (falseEvents / days).toFixed(3),
      untrained,
    ];
  });
  return table(
    [
      "noise",
      "F1 per point",
      "F1 per event",
      "faulty series named first",
      "false alarms a day",
      "without model",
    ],
    rows,
  );
}

function windowTable({ trainWindowModel, WindowWatch }, seeds, first) {
  const [training, test] = [10 * DAY, 10 * DAY];
  const rows = Object.entries(quietSeries).map(([name, { series, deviation }]) => {
    let [alarms, days, untrained, found, faults] = [0, 0, 0, 0, 0];
    for (let seed = first; seed < first + seeds; seed++) {
      const values = series(seeded(seed), training + test);
      const model = drained(
        trainWindowModel(values.subarray(0, training), { from: 0, to: training * 60, step: 60 }),
      );
      if (model.kind === "untrained") {
        untrained++;
        continue;
      }
      const watch = new WindowWatch(model);
      let isAlarm = false;
      for (let i = training; i < values.length; i++) {
        const isNext = watch.push(i * 60, values[i])?.isAlarm === true;
        if (isNext && !isAlarm) alarms++;
        isAlarm = isNext;
      }
      days += test / DAY;
      for (let at = training + 100; at < values.length - 20; at += 700) {
        const shifted = new WindowWatch(model);
        let isFound = false;
        for (let i = at - 40; i < at + 10; i++) {
          const verdict = shifted.push(i * 60, values[i] + (i < at ? 0 : 3 * deviation));
          if (i >= at && verdict?.isAlarm === true) isFound = true;
        }
        faults++;
        if (isFound) found++;
      }
    }
    return [
      name,
      days === 0 ? "" : (alarms / days).toFixed(4),
      `${((100 * found) / faults).toFixed(0)} %`,
      untrained,
    ];
  });
  return table(["series", "false alarms a day", "shifts of 3 σ found in 10 points", "without model"], rows);
}

function changesTable(levelChanges, seeds, first) {
  const rows = Object.entries(quietSeries).map(([name, { series, deviation }]) => [
    name,
    ...[240, 1_000].map((count) => {
      let changed = 0;
      for (let seed = first; seed < first + seeds; seed++)
        if (drained(levelChanges(series(seeded(seed), count))).length > 0) changed++;
      return `${((100 * changed) / seeds).toFixed(1)} %`;
    }),
    ...[240, 1_000].map((count) => {
      let found = 0;
      for (let seed = first; seed < first + seeds; seed++) {
        const random = seeded(seed);
        const at = Math.floor(count * (0.2 + 0.6 * random.share()));
        const values = series(random, count).map((value, i) => (i < at ? value : value + 3 * deviation));
        if (drained(levelChanges(values)).some(({ index }) => Math.abs(index - at) <= 0.02 * count)) found++;
      }
      return `${((100 * found) / seeds).toFixed(0)} %`;
    }),
  ]);
  return table(
    ["series", "with a change, 240 points", "1,000 points", "step of 3 σ found, 240 points", "1,000 points"],
    rows,
  );
}

// Processor time, since other programs may run.
function timesTable({ trainJointModel, trainWindowModel, levelChanges }) {
  const month = 30 * DAY;
  const noise = (count, seed) => quietSeries["white noise"].series(seeded(seed), count);
  const range = { from: 0, to: month * 60, step: 60 };
  const group = Array.from({ length: 10 }, (_, i) => noise(month, i + 1));
  const season = quietSeries["daily season"].series(seeded(5), month);
  const jobs = {
    "training of a series, 30 days at 1 min": () => trainWindowModel(season, range),
    "training of a group of 10, 30 days at 1 min": () => trainJointModel(group, range),
    "change points of 100,000 points": () => levelChanges(noise(100_000, 9)),
  };
  const rows = Object.entries(jobs).map(([name, job]) => {
    const times = Array.from({ length: 9 }, () => {
      const steps = job();
      const start = process.cpuUsage();
      drained(steps);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1_000;
    });
    return [name, times[0].toFixed(0), times.toSorted((one, other) => one - other)[4].toFixed(0)];
  });
  return table(["job", "first run, ms", "median of 9, ms"], rows);
}

/** A table in Markdown. */
export function table(columns, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return `${[line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: { seeds: { type: "string", default: "20" }, first: { type: "string", default: "1001" } },
  });
  console.log(await modelTables(Number(values.seeds), Number(values.first)));
}
