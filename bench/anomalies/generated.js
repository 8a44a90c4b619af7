// Synthetic series: quiet ones, and groups whose correlation is broken by faults within each series' own range.

/** Reproducible random numbers. */
export function seeded(seed) {
  let state = seed | 0;
  const share = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - share())) * Math.cos(2 * Math.PI * share());
  return { share, normal, below: (count) => Math.floor(share() * count) };
}

const DAY = 1_440;

function autocorrelated(random, likeness) {
  let value = random.normal();
  const own = Math.sqrt(1 - likeness ** 2);
  return () => (value = likeness * value + own * random.normal());
}

const filled = (count, next) => new Float64Array(count).map((_, i) => next(i));

function poisson(random, rate) {
  let [count, probability] = [0, Math.exp(-rate)];
  for (let left = random.share() - probability; left > 0 && count < 1_000; left -= probability)
    probability *= rate / ++count;
  return count;
}

/** Quiet series, with the standard deviation of their noise. */
export const quietSeries = {
  "white noise": { deviation: 1, series: (random, count) => filled(count, () => 100 + random.normal()) },
  "autocorrelation 0.5": {
    deviation: 1,
    series: (random, count) => filled(count, autocorrelated(random, 0.5)),
  },
  "autocorrelation 0.9": {
    deviation: 1,
    series: (random, count) => filled(count, autocorrelated(random, 0.9)),
  },
  "random walk": {
    deviation: 10,
    series: (random, count) => {
      let sum = 0;
      return filled(count, () => (sum += random.normal()));
    },
  },
  "daily season": {
    deviation: 1,
    series: (random, count) => {
      const height = 1 + 10 * random.share();
      return filled(count, (i) => 20 + height * Math.sin((2 * Math.PI * i) / DAY) + random.normal());
    },
  },
  "random season": {
    deviation: 1,
    series: (random, count) => {
      const [periods, height] = [1 + 12 * random.share(), 0.3 + 4 * random.share()];
      return filled(count, (i) => height * Math.sin((2 * Math.PI * periods * i) / count) + random.normal());
    },
  },
  bursts: {
    deviation: 1,
    series: (random, count) =>
      filled(count, () => random.normal() + (random.share() < 0.01 ? 20 * random.share() : 0)),
  },
  "Poisson counts": { deviation: 2, series: (random, count) => filled(count, () => poisson(random, 4)) },
  "exponential values": {
    deviation: 1,
    series: (random, count) => filled(count, () => -Math.log(1 - random.share())),
  },
};

const KINDS = ["independent", "inverted", "lagged", "frozen", "swapped"];
const [POINTS, TRAINING] = [6_000, 4_000];

/**
 * A group of 5 to 15 series with 1 to 3 common causes, in standard deviations of a cause. Faults of 30 to 150 points come after the training.
 * One or two series have values of independent causes, are mirrored, late by an hour or frozen, or two are swapped.
 */
export function generatedGroup(seed, noise) {
  const random = seeded(seed);
  const [size, causes] = [5 + random.below(11), 1 + random.below(3)];
  const day = 400 + random.below(1_000);
  const cause = () => {
    const [kind, phase, own] = [
      random.below(3),
      7 * random.share(),
      autocorrelated(random, 0.5 + 0.48 * random.share()),
    ];
    const wave = (i) => Math.sin((2 * Math.PI * i) / day + phase);
    return filled(POINTS, (i) =>
      kind === 0 ? own() : kind === 1 ? 1.2 * wave(i) + 0.5 * own() : own() + 0.5 * wave(i),
    );
  };
  const common = Array.from({ length: causes }, cause);
  const loads = Array.from({ length: size }, () => {
    const load = Array.from({ length: causes }, () => random.normal());
    return load.map((each) => each / Math.hypot(...load));
  });
  const scales = loads.map(() => 10 ** (6 * random.share() - 3));
  const seriesOf = (from, load) => {
    const own = autocorrelated(random, 0.6 * random.share());
    return filled(POINTS, (i) => load.reduce((sum, each, c) => sum + each * from[c][i], 0) + noise * own());
  };
  const clean = loads.map((load) => seriesOf(common, load));
  const columns = clean.map((column) => column.slice());
  const likeness = (one, other) => loads[one].reduce((sum, each, c) => sum + each * loads[other][c], 0);
  const faults = [];
  for (let from = TRAINING + 100; from < POINTS - 200;) {
    const to = Math.min(from + 30 + random.below(120), POINTS);
    const kind = KINDS[random.below(KINDS.length)];
    const series = [random.below(size)];
    if (kind === "swapped") {
      // A swap of series with the same causes would break nothing.
      const other = loads.findIndex((_, i) => i !== series[0] && likeness(series[0], i) < 0.5);
      if (other < 0) continue;
      series.push(other);
    } else if (random.share() < 0.4) {
      const other = random.below(size);
      if (other !== series[0]) series.push(other);
    }
    const others = kind === "independent" ? Array.from({ length: causes }, cause) : [];
    for (const [nth, s] of series.entries()) {
      const middle = clean[s].reduce((sum, value) => sum + value, 0) / POINTS;
      const independent = kind === "independent" ? seriesOf(others, loads[s]) : clean[s];
      for (let i = from; i < to; i++) {
        if (kind === "independent") columns[s][i] = independent[i];
        else if (kind === "inverted") columns[s][i] = 2 * middle - clean[s][i];
        else if (kind === "lagged") columns[s][i] = clean[s][i - 60];
        else if (kind === "frozen") columns[s][i] = clean[s][from] + 0.1 * noise * random.normal();
        else columns[s][i] = clean[series[1 - nth]][i];
      }
    }
    faults.push({ from, to, kind, series });
    from = to + 150 + random.below(250);
  }
  const scaled = columns.map((column, s) => column.map((value) => scales[s] * (10 + value)));
  return { columns: scaled, faults, training: TRAINING };
}
