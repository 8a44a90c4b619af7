// Tables of false alarms on quiet series, and of faults found.
import { errorFunction, probit } from "simple-statistics";
import { FAULTS, faultySeries, QUIET, quietSeries, USUAL } from "./series.js";
import { alarmsOf, SENSITIVITIES } from "./subject.js";

const INTERVALS = [15, 60, 300];
const RATES = Object.values(SENSITIVITIES);
const NORMAL = Object.keys(SENSITIVITIES).indexOf("normal");
const QUIET_DAYS = 14;
const FAULT_DAYS = 4;
// A day, for the best possible statistic.
const FALSE_ALARMS = 0.05;

/** False alarms a day, mean of `count` series of 14 days each, all points after the warm-up counted. */
export function quietTable(firstSeed, count) {
  const sums = new Map([
    ["mean of the first five", INTERVALS.map(() => 0)],
    ["mean of all", INTERVALS.map(() => 0)],
  ]);
  const bySensitivity = RATES.map(() => 0);
  const kinds = Object.keys(QUIET);
  const rows = kinds.map((kind) => {
    let sum = 0;
    const cells = INTERVALS.map((seconds, k) => {
      const alarms = RATES.map(() => 0);
      let later = 0;
      for (let seed = firstSeed; seed < firstSeed + count; seed++) {
        const series = quietSeries(kind, seed * 97 + seconds, seconds, QUIET_DAYS);
        const found = alarmsOf(series, RATES);
        for (const [i, each] of found.entries()) alarms[i] += each.length;
        later += found[NORMAL].filter((at) => series.times[at] - series.times[0] > 86_400).length;
      }
      const days = count * QUIET_DAYS;
      const rate = alarms[NORMAL] / days;
      sum += rate / INTERVALS.length;
      sums.get("mean of all")[k] += rate / kinds.length;
      if (USUAL.includes(kind)) sums.get("mean of the first five")[k] += rate / USUAL.length;
      for (const [i, each] of alarms.entries())
        bySensitivity[i] += each / days / kinds.length / INTERVALS.length;
      return `${rate.toFixed(3)} (${(later / (days - count)).toFixed(3)})`;
    });
    return `| ${kind} | ${cells.join(" | ")} | ${sum.toFixed(3)} |`;
  });
  const means = Array.from(sums, ([name, cells]) => {
    const mean = cells.reduce((total, each) => total + each, 0) / cells.length;
    return `| ${name} | ${[...cells, mean].map((each) => each.toFixed(3)).join(" | ")} |`;
  });
  const names = Object.keys(SENSITIVITIES).map((name, i) => `${name} ${bySensitivity[i].toFixed(3)}`);
  return [
    "| quiet series | 15 s | 1 min | 5 min | mean |",
    "|---|---|---|---|---|",
    ...rows,
    ...means,
    "",
    `All kinds and intervals, by sensitivity: ${names.join(", ")}.`,
  ];
}

/** Share of `count` faults found within ten points, and the share that the best possible statistic finds. */
export function faultTable(firstSeed, count) {
  const all = RATES.map(() => 0);
  const names = Object.keys(FAULTS);
  const rows = names.map((name) => {
    const best = [];
    const cells = INTERVALS.map((seconds) => {
      const found = RATES.map(() => 0);
      let possible = 0;
      for (let seed = firstSeed; seed < firstSeed + count; seed++) {
        const series = faultySeries(name, seed * 89 + seconds, seconds, FAULT_DAYS);
        for (const [i, alarms] of alarmsOf(series, RATES).entries())
          if (alarms.some((at) => at >= series.onset)) found[i]++;
        possible += bestPossible(name, seconds, series.shift) / count;
      }
      best.push(percent(possible));
      for (const [i, each] of found.entries()) all[i] += each / count / names.length / INTERVALS.length;
      return percent(found[NORMAL] / count);
    });
    return `| ${name} | ${cells.join(" | ")} | ${best.join(", ")} |`;
  });
  const bySensitivity = Object.keys(SENSITIVITIES).map((name, i) => `${name} ${percent(all[i])}`);
  return [
    "| fault | 15 s | 1 min | 5 min | best possible |",
    "|---|---|---|---|---|",
    ...rows,
    "",
    `All faults and intervals, by sensitivity: ${bySensitivity.join(", ")}.`,
  ];
}

// Probability that the likelihood ratio of the ten points finds a fault, with 0.05 false alarms a day. It knows when the
// fault begins, and both distributions: no detector can find more. A shift is found by the sum of the values, weighted with
// the shift of each point. A flat line and a gap do not occur without a fault.
function bestPossible(name, seconds, shift) {
  const share = (FALSE_ALARMS * seconds) / 86_400;
  if (shift > 0) return (1 + errorFunction((shift - probit(1 - share)) / Math.SQRT2)) / 2;
  const factor = { "variance doubled": 2, "deviation doubled": 4 }[name];
  return factor === undefined ? 1 : aboveTenDegrees(tenDegreesQuantile(share) / factor);
}

// Probability that the sum of ten squared normal numbers is above `limit`.
function aboveTenDegrees(limit) {
  const half = limit / 2;
  return Math.exp(-half) * (1 + half + half ** 2 / 2 + half ** 3 / 6 + half ** 4 / 24);
}

// Value that the sum of ten squared normal numbers exceeds with a probability of `share`, by bisection.
function tenDegreesQuantile(share) {
  let [low, high] = [0, 200];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (aboveTenDegrees(middle) > share) low = middle;
    else high = middle;
  }
  return low;
}

function percent(share) {
  return `${Math.round(100 * share)} %`;
}
