// Tables of false alarms on quiet series, and of faults found.
import { FAULTS, faultySeries, QUIET, quietSeries, Random } from "./series.js";
import { alarmsOf, SENSITIVITIES } from "./subject.js";

const INTERVALS = [15, 60, 300];
const THRESHOLDS = Object.values(SENSITIVITIES);
const NORMAL = Object.keys(SENSITIVITIES).indexOf("normal");
const QUIET_DAYS = 14;
const FAULT_DAYS = 4;

/** False alarms a day, mean of `count` series of 14 days each, all points after the warm-up counted. */
export function quietTable(firstSeed, count) {
  const sums = INTERVALS.map(() => 0);
  const bySensitivity = THRESHOLDS.map(() => 0);
  const kinds = Object.keys(QUIET);
  const rows = kinds.map((kind) => {
    const cells = INTERVALS.map((seconds, k) => {
      const alarms = THRESHOLDS.map(() => 0);
      let later = 0;
      for (let seed = firstSeed; seed < firstSeed + count; seed++) {
        const series = quietSeries(kind, seed * 97 + seconds, seconds, QUIET_DAYS);
        const found = alarmsOf(series, THRESHOLDS);
        for (const [i, each] of found.entries()) alarms[i] += each.length;
        later += found[NORMAL].filter((at) => series.times[at] - series.times[0] > 86_400).length;
      }
      const days = count * QUIET_DAYS;
      sums[k] += alarms[NORMAL] / days / kinds.length;
      for (const [i, each] of alarms.entries())
        bySensitivity[i] += each / days / kinds.length / INTERVALS.length;
      return `${(alarms[NORMAL] / days).toFixed(3)} (${(later / (days - count)).toFixed(3)})`;
    });
    return `| ${kind} | ${cells.join(" | ")} |`;
  });
  const names = Object.keys(SENSITIVITIES).map((name, i) => `${name} ${bySensitivity[i].toFixed(3)}`);
  return [
    "| quiet series | 15 s | 1 min | 5 min |",
    "|---|---|---|---|",
    ...rows,
    `| mean | ${sums.map((sum) => sum.toFixed(3)).join(" | ")} |`,
    "",
    `All kinds and intervals, by sensitivity: ${names.join(", ")}.`,
  ];
}

/** Share of `count` faults found within ten points, and the share that the best possible statistic finds. */
export function faultTable(firstSeed, count) {
  const all = THRESHOLDS.map(() => 0);
  const names = Object.keys(FAULTS);
  const rows = names.map((name) => {
    const cells = INTERVALS.map((seconds) => {
      const found = THRESHOLDS.map(() => 0);
      for (let seed = firstSeed; seed < firstSeed + count; seed++) {
        const series = faultySeries(name, seed * 89 + seconds, seconds, FAULT_DAYS);
        for (const [i, alarms] of alarmsOf(series, THRESHOLDS).entries())
          if (alarms.some((at) => at >= series.onset)) found[i]++;
      }
      for (const [i, each] of found.entries()) all[i] += each / count / names.length / INTERVALS.length;
      return percent(found[NORMAL] / count);
    });
    return `| ${name} | ${cells.join(" | ")} | ${INTERVALS.map((seconds) => bestPossible(name, seconds)).join(", ")} |`;
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

// Share of changes of dispersion found by the likelihood ratio of the ten points of the fault, with 0.05 false alarms a day.
// It knows when the fault begins, and both distributions: no detector can find more. Other faults are far above noise.
function bestPossible(name, seconds) {
  const factor = { "variance doubled": Math.SQRT2, "deviation doubled": 2 }[name];
  if (factor === undefined) return "100 %";
  const random = new Random(4_711);
  const draws = 200_000;
  const energies = Float64Array.from({ length: draws }, () => {
    let sum = 0;
    for (let i = 0; i < 10; i++) sum += random.normal() ** 2;
    return sum;
  });
  const limit = tenDegreesQuantile((0.05 * seconds) / 86_400);
  return percent(energies.filter((energy) => energy * factor ** 2 > limit).length / draws);
}

// Value that the sum of ten squared normal numbers exceeds with a probability of `share`, by bisection.
function tenDegreesQuantile(share) {
  let [low, high] = [0, 200];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    const half = middle / 2;
    const above = Math.exp(-half) * (1 + half + half ** 2 / 2 + half ** 3 / 6 + half ** 4 / 24);
    if (above > share) low = middle;
    else high = middle;
  }
  return low;
}

function percent(share) {
  return `${Math.round(100 * share)} %`;
}
