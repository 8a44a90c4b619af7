// Power of `correlate` at its limit: all series of some windows change, and none of others. From both follows the share of
// changes among the first three of 500 series. Its error is smaller than with one cause in each of many windows.
//
// `npm run build:bench && node bench/anomalies/correlation-power.js [--changed 6] [--quiet 200] [--seed 1001] [--other]`. With
// `--other`, the series are of kinds that no parameter was chosen with, and there is no oracle.
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { cumulativeStdNormalProbability, probit } from "simple-statistics";
import { fromBuild } from "../build.js";
import {
  counterFrom,
  KIND_NAMES,
  OTHER_KIND_NAMES,
  plant,
  randomFrom,
  valuesOf,
} from "./synthetic-series.js";

const [STEP_MILLIS, FIRST_MILLIS] = [15_000, 1_700_000_000_000];
const [SERIES, BASELINE, WINDOW] = [500, 192, 48];
// As in ranking.ts, for 500 series.
const LIMIT = 5.3;
const WEAK_LIMIT = 0.55 * LIMIT;
// Shares of windows without a change whose list would be empty with another limit.
const EMPTY = [0.96, 0.9, 0.8, 0.7, 0.5, 0.3, 0.1];
// Quantile of a normal distribution at the same rate: two of 10,000 quiet series exceed the limit.
const WRONG_QUANTILE = probit(1 - 0.0002);
const SIZES = [
  [3, 4],
  [4, 5],
  [5, 6],
  [6, 8],
  [8, 10],
  [3, 6],
  [5, 10],
];

const { changesIn } = await fromBuild("anomalies/correlation/window-changes.js");

/** The kind, form and score of each series of a window. */
async function scored(random, sizes, kinds) {
  const length = BASELINE + WINDOW;
  const times = Float64Array.from({ length }, (_, i) => FIRST_MILLIS + (i + 1) * STEP_MILLIS);
  const all = [];
  const facts = [];
  for (let i = 0; i < SERIES; i++) {
    const kind = kinds[i % kinds.length];
    const hidden = {};
    const values = valuesOf(kind, random, length, hidden);
    const before = [...values];
    const start = BASELINE + Math.floor((random.uniform() * WINDOW) / 2);
    const form =
      sizes === undefined ? "none" : plant(values, kind, random, start, length, random.between(...sizes));
    facts.push({ kind, form, score: 0, oracle: oracleOf(form, before, values, hidden) });
    const name = kind === "counter" ? `series_${i}_total` : `series_${i}`;
    const numbers = Float64Array.from(kind === "counter" ? counterFrom(values, random) : values);
    all.push({ labels: { __name__: name }, times, values: numbers });
  }
  const source = {
    select: async function* () {
      yield* all;
    },
  };
  const from = FIRST_MILLIS + BASELINE * STEP_MILLIS;
  const { changes } = await changesIn(source, { from, to: from + WINDOW * STEP_MILLIS });
  for (const { metric, score } of changes) facts[Number(metric.split("_")[1])].score = score;
  return facts;
}

// Oracle: the likelihood ratio of a change whose form, size and begin are known, beside the exact model of the series. No
// statistic finds more at the same rate of wrongly listed series. The drift of a counter's rate, and the skew of noise, are
// left out, in favour of the oracle. A multiplied variation is always found.
function oracleOf(form, before, after, { memory, noise }) {
  if (form === "none" || noise === undefined) return 0;
  if (form === "wider") return 1;
  let squares = 0;
  for (let i = BASELINE; i < after.length; i++) {
    const shift = (j) => after[j] - before[j];
    squares += ((shift(i) - memory * shift(i - 1)) / noise(i)) ** 2;
  }
  return 1 - cumulativeStdNormalProbability(WRONG_QUANTILE - Math.sqrt(squares));
}

async function windows(random, count, sizes, kinds) {
  const all = [];
  for (let i = 0; i < count; i++) all.push(...(await scored(random, sizes, kinds)));
  return all;
}

/** The sorted scores of quiet series, and the share of changes that are among the first three beside such series. */
class Quiet {
  constructor(scores) {
    this.scores = scores.toSorted((one, other) => other - one);
  }

  /** The limit that no series exceeds in a share of the windows. */
  limitFor(empty) {
    return this.scores[Math.round((-Math.log(empty) / SERIES) * this.scores.length)];
  }

  /** Probability that at most two of the other series have a higher score. */
  amongThree(score) {
    const higher = this.scores.findIndex((each) => each <= score);
    const count = higher < 0 ? this.scores.length : higher;
    const expected = (SERIES - 1) * (count / this.scores.length);
    return Math.exp(-expected) * (1 + expected + expected ** 2 / 2);
  }
}

/** Runs all parts, and returns them as lines of Markdown. */
export async function powerLines({ changed, quiet: quietWindows, seed, other: isOther = false }) {
  const random = randomFrom(seed * 7_919 + 11);
  const kinds = isOther ? OTHER_KIND_NAMES : KIND_NAMES;
  const quiet = new Quiet((await windows(random, quietWindows, undefined, kinds)).map(({ score }) => score));
  const wrong = quiet.scores.filter((score) => score > LIMIT).length;
  const empty = Math.exp((-SERIES * wrong) / quiet.scores.length);
  const rows = [];
  const forms = {};
  const curve = [];
  for (const sizes of SIZES) {
    const all = await windows(random, changed, sizes, kinds);
    const share = (of, among) => percent(among.reduce((sum, each) => sum + of(each), 0) / among.length);
    const above = (limit) => (each) => (each.score > limit ? quiet.amongThree(each.score) : 0);
    const listed = above(LIMIT);
    // Weak ones are listed only if no other series exceeds the limit.
    const hinted = (each) => (each.score > LIMIT ? 1 : empty) * above(WEAK_LIMIT)(each);
    curve.push(EMPTY.map((each) => share(above(quiet.limitFor(each)), all)));
    const oracle = (each) => each.oracle;
    const ranked = ({ score }) => quiet.amongThree(score);
    for (const [name, among] of Object.entries(groupsOf(all)))
      (forms[name] ??= []).push(share(listed, among));
    rows.push(
      `| ${sizes.join("–")} σ | ${share(hinted, all)} | ${share(listed, all)} | ${share(ranked, all)} | ${isOther ? "" : share(oracle, all)} |`,
    );
  }
  return [
    `Seed ${seed}: ${changed * SERIES} changes of each size, ${quiet.scores.length} quiet series.`,
    "",
    `${wrong} of the quiet series exceed the limit of ${SERIES} series: nothing is listed as clear in ${percent(empty)} of windows without a change.`,
    `If nothing exceeds it, at most three series above ${WEAK_LIMIT.toFixed(1)} are listed as weak.`,
    `The unit σ is the standard deviation of a series in the ${BASELINE} samples before the window, with its season, bursts and wandering.`,
    "A change begins in the first half of the window and lasts. The mean of a level or ramp moves by its size, “wider”",
    "multiplies the distance from the mean by it. A counter rises by this number of σ a sample, or falls to a fifth.",
    "The oracle knows the model of each series, and the form, size and begin of its change. It lists as many quiet series.",
    "",
    `| size of the change | among the first three of ${SERIES} | of these above the limit | by rank alone, without a limit | oracle |`,
    "|---|---|---|---|---|",
    ...rows,
    "",
    "With one limit instead of two, by the share of windows without a change in which the list would be empty:",
    "",
    `| size of the change | ${EMPTY.map(percent).join(" | ")} |`,
    `|---|${EMPTY.map(() => "---|").join("")}`,
    `| limit | ${EMPTY.map((each) => quiet.limitFor(each).toFixed(1)).join(" | ")} |`,
    ...curve.map((shares, i) => `| ${SIZES[i].join("–")} σ | ${shares.join(" | ")} |`),
    "",
    `| kind and form | ${SIZES.map((sizes) => `${sizes.join("–")} σ`).join(" | ")} |`,
    `|---|${SIZES.map(() => "---|").join("")}`,
    ...Object.entries(forms)
      .toSorted(([one], [other]) => one.localeCompare(other))
      .map(([name, shares]) => `| ${name} | ${shares.join(" | ")} |`),
  ];
}

function groupsOf(all) {
  const groups = {};
  for (const each of all) (groups[`${each.kind} ${each.form}`] ??= []).push(each);
  return groups;
}

function percent(part) {
  return `${(100 * part).toFixed(0)} %`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values: given } = parseArgs({
    options: {
      changed: { type: "string", default: "6" },
      quiet: { type: "string", default: "200" },
      seed: { type: "string", default: "1001" },
      other: { type: "boolean", default: false },
    },
  });
  const [changed, quiet, seed] = [given.changed, given.quiet, given.seed].map(Number);
  console.log((await powerLines({ changed, quiet, seed, other: given.other })).join("\n"));
}
