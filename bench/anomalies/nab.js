// The Numenta Anomaly Benchmark (NAB 1.1): its data and its score.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Weights of false alarms and misses in NAB's three profiles. A window found counts 1. */
export const PROFILES = {
  standard: { falseAlarm: 0.11, miss: 1 },
  "low false alarms": { falseAlarm: 0.22, miss: 1 },
  "low misses": { falseAlarm: 0.11, miss: 2 },
};

/** Reads all series in `folder`, or returns undefined if it does not exist. Times are in seconds. */
export function readNab(folder) {
  if (!existsSync(join(folder, "windows.json"))) return undefined;
  const windows = JSON.parse(readFileSync(join(folder, "windows.json"), "utf8"));
  return Object.keys(windows).flatMap((name) => {
    const file = join(folder, "data", name);
    if (!existsSync(file)) return [];
    const rows = readFileSync(file, "utf8").trim().split(/\r?\n/).slice(1);
    const times = Float64Array.from(rows, (row) => secondsOf(row.slice(0, row.indexOf(","))));
    const values = Float64Array.from(rows, (row) => Number(row.slice(row.indexOf(",") + 1)));
    const spans = windows[name].map(([from, to]) => positionsIn(times, secondsOf(from), secondsOf(to)));
    return [{ name, group: name.slice(0, name.indexOf("/")), times, values, spans, days: daysOf(times) }];
  });
}

/** Points at the begin of a series that are not scored. */
export function probation(points) {
  return Math.floor(Math.min(0.15 * points, 750));
}

/**
 * Counts the alarms of a series of `points`. A window found adds to `gain`: 1 at its begin, 0 at its end. A false alarm
 * adds to `loss`: 0 just after a window, 1 far from it.
 *
 * @param spans first and last position of each window
 * @param alarms positions
 */
export function tally(points, spans, alarms) {
  const counts = { gain: 0, loss: 0, found: 0, windows: spans.length, falseAlarms: 0 };
  const found = new Set();
  for (const at of alarms) {
    if (at < probation(points)) continue;
    const span = spans.find(([from, to]) => from <= at && at <= to);
    if (span === undefined) {
      counts.falseAlarms++;
      counts.loss += lossOf(spans, at);
    } else if (!found.has(span)) {
      found.add(span);
      counts.found++;
      counts.gain += sigmoid(-(span[1] - at + 1) / (span[1] - span[0] + 1)) / sigmoid(-1);
    }
  }
  return counts;
}

/** Returns NAB's score of tallies: 0 without any alarm, 100 with an alarm at the begin of each window and no other. */
export function scoreOf(tallies, { falseAlarm, miss } = PROFILES.standard) {
  let raw = 0;
  let windows = 0;
  for (const each of tallies) {
    raw += each.gain - falseAlarm * each.loss - miss * (each.windows - each.found);
    windows += each.windows;
  }
  return windows === 0 ? 0 : (100 * (raw + miss * windows)) / (windows + miss * windows);
}

function lossOf(spans, at) {
  const before = spans.findLast(([, to]) => to < at);
  if (before === undefined) return 1;
  return -sigmoid((at - before[1]) / Math.max(1, before[1] - before[0]));
}

function sigmoid(y) {
  return y > 3 ? -1 : 2 / (1 + Math.exp(5 * y)) - 1;
}

function positionsIn(times, from, to) {
  const first = times.findIndex((time) => time >= from);
  const last = times.findLastIndex((time) => time <= to);
  return [first, last];
}

function secondsOf(text) {
  return Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`) / 1_000;
}

function daysOf(times) {
  return (times.at(-1) - times[0]) / 86_400;
}
