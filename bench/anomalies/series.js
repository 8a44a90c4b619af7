// Synthetic series: quiet ones, in which every alarm is false, and ones with a fault at a known point.

const DAY = 86_400;

/** Repeatable random numbers (mulberry32). */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed | 0;
  }

  share() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  normal() {
    return Math.sqrt(-2 * Math.log(1 - this.share())) * Math.cos(2 * Math.PI * this.share());
  }

  exponential() {
    return -Math.log(1 - this.share());
  }

  poisson(mean) {
    if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.share(); product > limit; product *= this.share()) count++;
    return count;
  }
}

/**
 * Kinds of quiet series: each returns a function from time to value. The first five are the usual ones, the others are of
 * another shape. All but the walks, the counters and the bursts with heavy tails have a deviation of 5 to 25.
 */
export const QUIET = {
  "white noise": (random) => () => 100 + 5 * random.normal(),
  "random walk": (random) => {
    let value = 1_000;
    return () => (value += random.normal());
  },
  "daily season": (random) => {
    const season = seasonFrom(random);
    return (time) => 200 + season(time) + 8 * random.normal();
  },
  // A burst begins at one point in 250, lasts 1 to 20 points, and is 5 to 20 deviations high.
  bursts: (random) =>
    burstsFrom(random, {
      share: 0.004,
      length: () => 1 + Math.floor(20 * random.share()),
      height: () => 10 + 30 * random.share(),
    }),
  // From 0.02 to 10 arrivals a second.
  "Poisson counter": (random, seconds) => {
    const rate = 0.02 * 500 ** random.share();
    return () => random.poisson(rate * seconds) / seconds;
  },
  // One point in 50 to 500 is 5 deviations high or more: a Pareto distribution with an exponent of 1.5.
  "spikes, heavy tail": (random) =>
    burstsFrom(random, {
      share: 0.002 * 10 ** random.share(),
      length: () => 1,
      height: () => 10 * (1 - random.share()) ** (-1 / 1.5),
    }),
  "bursts, exponential": (random) => {
    const mean = 2 + 28 * random.share();
    return burstsFrom(random, {
      share: 0.002 * 5 ** random.share(),
      length: () => Math.ceil(mean * random.exponential()),
      height: () => 6 + 15 * random.exponential(),
    });
  },
  // Two levels, 5 to 15 deviations apart. Off for 200 points in the mean, on for 10 to 100.
  "on and off": (random) => {
    const mean = 10 + 90 * random.share();
    const height = 10 + 20 * random.share();
    return burstsFrom(random, {
      share: 0.005,
      length: () => Math.ceil(mean * random.exponential()),
      height: () => height,
    });
  },
  // From 0.5 to 1,000 arrivals a point.
  "Poisson counts": (random) => {
    const rate = 0.5 * 2_000 ** random.share();
    return () => random.poisson(rate);
  },
  "walk with drift": (random) => {
    const drift = 0.3 * (random.share() - 0.5);
    let value = 1_000;
    return () => (value += drift + random.normal());
  },
  // A peak in the afternoon, 30 to 70 % lower on two of seven days.
  "season, weekend": (random) => {
    const peak = 13 + 6 * random.share();
    const size = 40 + 80 * random.share();
    const lower = 0.3 + 0.4 * random.share();
    return (time) => {
      const height = size * (1 + Math.cos(2 * Math.PI * (time / DAY - peak / 24)));
      const isWeekend = Math.floor(time / DAY) % 7 < 2;
      return 100 + height * (isWeekend ? 1 - lower : 1) + 8 * random.normal();
    };
  },
};

/** The usual kinds. Those behind them have another shape. */
export const USUAL = Object.keys(QUIET).slice(0, 5);

function seasonFrom(random) {
  const phase = 2 * Math.PI * random.share();
  const size = 20 + 60 * random.share();
  const second = 0.4 * size * random.share();
  return (time) => {
    const angle = (2 * Math.PI * time) / DAY + phase;
    return size * Math.sin(angle) + second * Math.sin(2 * angle);
  };
}

// Noise with a deviation of 2 and bursts. Outside of a burst, one begins with the probability `share`.
function burstsFrom(random, { share, length, height }) {
  let left = 0;
  let size = 0;
  return () => {
    if (left > 0) left--;
    else if (random.share() < share) {
      left = length();
      size = height();
    }
    return 50 + 2 * random.normal() + (left > 0 ? size : 0);
  };
}

/**
 * Faults. `at` changes the value `k` points after the begin. Those without `season` are on white noise with a deviation of 5.
 * A season has a deviation of 8 and a size of 60. It is lost at a random hour. "At its height" excludes the hours at which
 * it is less than half of its size from the mean. `shift` is the difference of the means in standard deviations.
 */
export const FAULTS = {
  "level shift of 3 σ": { shift: () => 3, at: (value) => value + 15 },
  "variance doubled": { at: (value) => 100 + Math.SQRT2 * (value - 100) },
  "deviation doubled": { at: (value) => 100 + 2 * (value - 100) },
  "trend of 0.5 σ a point": { shift: (k) => 0.5 * (k + 1), at: (value, k) => value + 2.5 * (k + 1) },
  "season lost at its height": {
    season: true,
    least: 0.5,
    shift: lostSeason,
    at: (_, __, noise) => 200 + noise,
  },
  "season lost at any hour": { season: true, least: 0, shift: lostSeason, at: (_, __, noise) => 200 + noise },
  "flat line": { at: (_, __, ___, last) => last },
  "gap of 10 points": { gap: 10 },
};

const SEASON_SIZE = 60;

function seasonAt(time) {
  return Math.sin((2 * Math.PI * time) / DAY);
}

function lostSeason(_, time) {
  return (SEASON_SIZE * seasonAt(time)) / 8;
}

/** Returns `days` of a quiet series. */
export function quietSeries(kind, seed, seconds, days) {
  const random = new Random(seed);
  return filled(QUIET[kind](random, seconds), random, Math.round((days * DAY) / seconds), seconds);
}

/**
 * Returns a series whose fault begins at `onset`, after `days` days, with 10 points of it. `shift` is the distance between
 * the means of these points without and with the fault, in standard deviations.
 */
export function faultySeries(name, seed, seconds, days) {
  const random = new Random(seed);
  const fault = FAULTS[name];
  const before = Math.round((days * DAY) / seconds) + Math.floor(((random.share() * DAY) / seconds) | 0);
  const clean = fault.season
    ? (time) => 200 + SEASON_SIZE * seasonAt(time) + 8 * random.normal()
    : () => 100 + 5 * random.normal();
  const series = filled(clean, random, before + DAY / seconds, seconds);
  let onset = before;
  while (Math.abs(seasonAt(series.times[onset])) < (fault.least ?? 0)) onset++;
  const last = series.values[onset - 1];
  for (let i = onset; i < onset + 10; i++) {
    if (fault.gap === undefined)
      series.values[i] = fault.at(series.values[i], i - onset, 8 * random.normal(), last);
    else series.times[i] += fault.gap * seconds;
  }
  const end = onset + 10;
  const times = series.times.subarray(0, end);
  const shifts = Array.from(times.subarray(onset), (time, k) => fault.shift?.(k, time) ?? 0);
  return { times, values: series.values.subarray(0, end), onset, shift: Math.hypot(...shifts) };
}

function filled(valueAt, random, points, seconds) {
  const times = new Float64Array(points);
  const values = new Float64Array(points);
  const start = 1.7e9 + Math.floor(1e6 * random.share());
  for (let i = 0; i < points; i++) {
    times[i] = start + i * seconds;
    values[i] = valueAt(times[i]);
  }
  return { times, values };
}
