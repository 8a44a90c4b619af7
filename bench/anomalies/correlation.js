// Accuracy and speed of `correlate` on synthetic series: 500 of five kinds, of which some change in the window.
//
// `npm run build:bench && node bench/anomalies/correlation.js [--rounds 100] [--seed 1] [--series 500]`
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { fromBuild } from "../build.js";
import { counterFrom, KIND_NAMES, plant, randomFrom, valuesOf } from "./synthetic-series.js";

let [ROUNDS, SEED, SERIES] = [100, 1, 500];
const STEP_MILLIS = 15_000;
const FIRST_MILLIS = 1_700_000_000_000;
/** Number of series, of samples before the window, and in it. */
let USUAL = { series: SERIES, baseline: 192, window: 48 };
// The setting of a comparison with other methods: Kolmogorov–Smirnov .04, Pearson .17, volume .43, rolling means .89.
const LABORATORY = { series: 300, baseline: 240, window: 30 };
const MOVERS = 5;
const METRIC = "the_alerting_metric";
// In standard deviations.
const METRIC_SIZE = 10;

const { correlate } = await fromBuild("anomalies/correlation/correlate.js");

/**
 * A source of random series. Returns the names of those that changed, the strongest change first. With `moves`, the metric that is
 * asked for is among them, and moves with the last change.
 */
function sourceOf(random, planted, [low, high], { series, baseline, window, moves = false } = USUAL) {
  const changed = [];
  const randomStart = () => baseline + Math.floor((random.uniform() * window) / 2);
  let metricStart;
  const all = [];
  const length = baseline + window;
  const times = Float64Array.from({ length }, (_, i) => FIRST_MILLIS + (i + 1) * STEP_MILLIS);
  for (let i = 0; i < series; i++) {
    const kind = KIND_NAMES[i % KIND_NAMES.length];
    const values = valuesOf(kind, random, length);
    const name = kind === "counter" ? `series_${i}_total` : `series_${i}`;
    if (planted.has(i)) {
      const start = (metricStart = randomStart());
      const size = random.between(low, high);
      const form = plant(values, kind, random, start, length, size);
      changed.push({ name, kind, form, size });
    }
    const numbers = Float64Array.from(kind === "counter" ? counterFrom(values, random) : values);
    all.push({ labels: { __name__: name, job: "bench" }, times, values: numbers });
  }
  if (moves) {
    const values = valuesOf("noise", random, length);
    plant(values, "noise", random, metricStart ?? randomStart(), length, METRIC_SIZE);
    all.push({ labels: { __name__: METRIC }, times, values: Float64Array.from(values) });
  }
  return {
    changed,
    source: {
      select: async function* () {
        yield* all;
      },
    },
  };
}

const ask = (source, { baseline, window } = USUAL) =>
  correlate({
    source,
    metric: METRIC,
    from: new Date(FIRST_MILLIS + baseline * STEP_MILLIS),
    to: new Date(FIRST_MILLIS + (baseline + window) * STEP_MILLIS),
  });

function pickFrom(random, count, series = SERIES) {
  const picked = new Set();
  while (picked.size < count) picked.add(Math.floor(random.uniform() * series));
  return picked;
}

const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;

/** One planted cause: how often it is among the first three. */
async function cause(sizes, setting = USUAL) {
  const random = randomFrom(SEED * 7_919 + 1);
  const missed = {};
  let found = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const { changed, source } = sourceOf(random, pickFrom(random, 1), sizes, setting);
    const names = (await ask(source)).map(({ metric }) => metric);
    const place = names.indexOf(changed[0].name);
    if (place >= 0 && place < 3) found++;
    else {
      const key = `${changed[0].kind} ${changed[0].form}${place < 0 ? "" : " (later)"}`;
      missed[key] = (missed[key] ?? 0) + 1;
    }
  }
  return { found, missed };
}

/** Five planted changes: the share of them among the first five. */
async function movers(sizes, setting = USUAL) {
  const random = randomFrom(SEED * 7_919 + 2);
  let [right, listed] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const picked = pickFrom(random, MOVERS, setting.series);
    const { changed, source } = sourceOf(random, picked, sizes, setting);
    const names = (await ask(source, setting)).slice(0, MOVERS).map(({ metric }) => metric);
    listed += names.length;
    right += changed.filter(({ name }) => names.includes(name)).length;
  }
  return { right, listed };
}

/** No change: how often nothing is listed as clear, and how many series are listed wrongly. */
async function quiet(setting) {
  const random = randomFrom(SEED * 7_919 + 3);
  const kinds = {};
  let [empty, wrong, weak] = [0, 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const { source } = sourceOf(random, new Set(), [0, 0], setting);
    const all = await ask(source, setting);
    const found = all.filter(({ isWeak }) => !isWeak);
    if (found.length === 0) empty++;
    weak += all.length - found.length;
    wrong += found.length;
    for (const { metric } of found) {
      const kind = KIND_NAMES[Number(metric.split("_")[1]) % KIND_NAMES.length];
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
  }
  return { empty, wrong, weak, kinds };
}

async function speed() {
  const random = randomFrom(SEED * 7_919 + 4);
  const runs = [];
  for (let i = 0; i < 20; i++) {
    const { source } = sourceOf(random, new Set(), [0, 0]);
    const [cpu, wall] = [process.cpuUsage(), performance.now()];
    await ask(source);
    const { user, system } = process.cpuUsage(cpu);
    runs.push({ cpu: (user + system) / 1_000, wall: performance.now() - wall });
  }
  const middle = (name) =>
    runs
      .slice(5)
      .map((run) => run[name])
      .toSorted((a, b) => a - b)[7]
      .toFixed(1);
  return `${middle("cpu")} ms of CPU, ${middle("wall")} ms`;
}

/** Runs all parts, and returns a line for each. */
export async function correlationLines(rounds, seed, series) {
  [ROUNDS, SEED, SERIES] = [rounds, seed, series];
  USUAL = { ...USUAL, series };
  const lines = [];
  lines.push(`${SERIES} series, ${ROUNDS} rounds, seed ${SEED}`);
  for (const sizes of [
    [3, 6],
    [5, 10],
  ]) {
    const { found, missed } = await cause(sizes);
    lines.push(
      `cause of ${sizes.join("–")} σ among the first three: ${percent(found, ROUNDS)}; missed ${JSON.stringify(missed)}`,
    );
    const { right, listed } = await movers(sizes);
    lines.push(
      `five causes of ${sizes.join("–")} σ, first five: precision ${percent(right, listed)}, recall ${percent(right, ROUNDS * MOVERS)}`,
    );
  }
  const moving = { ...USUAL, moves: true };
  const together = await cause([5, 10], moving);
  lines.push(
    `the same with the metric among the samples: cause of 5–10 σ among the first three: ${percent(together.found, ROUNDS)}`,
  );
  const { right, listed } = await movers([5, 10], LABORATORY);
  lines.push(
    `300 series, 240 + 30 samples, five causes of 5–10 σ, first five: precision ${percent(right, listed)}, recall ${percent(right, ROUNDS * MOVERS)}`,
  );
  for (const setting of [USUAL, moving, { series: 50, baseline: 192, window: 48 }, LABORATORY]) {
    const { empty, wrong, weak, kinds } = await quiet(setting);
    lines.push(
      `no change in ${setting.series} series${setting.moves === true ? " but the metric" : ""}, ${setting.baseline} + ${setting.window} samples: nothing listed as clear in ${percent(empty, ROUNDS)}. Wrongly: ${wrong} of ${ROUNDS * setting.series} series, ${JSON.stringify(kinds)}; ${(weak / ROUNDS).toFixed(1)} weak ones a window`,
    );
  }
  lines.push(`time: ${await speed()}`);
  return lines;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "100" },
      seed: { type: "string", default: "1" },
      series: { type: "string", default: "500" },
    },
  });
  const lines = await correlationLines(Number(values.rounds), Number(values.seed), Number(values.series));
  console.log(lines.join("\n"));
}
