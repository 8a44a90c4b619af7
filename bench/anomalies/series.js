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

  poisson(mean) {
    if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.share(); product > limit; product *= this.share()) count++;
    return count;
  }
}

/** Each returns a function from time to value. All but the walk and the counter have a deviation of 5 to 8. */
export const QUIET = {
  "white noise": (random) => () => 100 + 5 * random.normal(),
  "random walk": (random) => {
    let value = 1_000;
    return () => (value += random.normal());
  },
  "daily season": (random) => {
    const phase = 2 * Math.PI * random.share();
    const size = 20 + 60 * random.share();
    const second = 0.4 * size * random.share();
    return (time) => {
      const angle = (2 * Math.PI * time) / DAY + phase;
      return 200 + size * Math.sin(angle) + second * Math.sin(2 * angle) + 8 * random.normal();
    };
  },
  // A burst begins at one point in 250, lasts 1 to 20 points, and is 5 to 20 deviations high.
  bursts: (random) => {
    let left = 0;
    let height = 0;
    return () => {
      if (left > 0) left--;
      else if (random.share() < 0.004) {
        left = 1 + Math.floor(20 * random.share());
        height = 10 + 30 * random.share();
      }
      return 50 + 2 * random.normal() + (left > 0 ? height : 0);
    };
  },
  // From 0.02 to 10 arrivals a second.
  "Poisson counter": (random, seconds) => {
    const rate = 0.02 * 500 ** random.share();
    return () => random.poisson(rate * seconds) / seconds;
  },
};

/**
 * Faults. `at` changes the value `k` points after the begin. Those without `season` are on white noise with a deviation of 5.
 * A season has a deviation of 8 and a size of 60. It is lost at a random hour. "At its height" excludes the hours at which
 * it is less than half of its size from the mean.
 */
export const FAULTS = {
  "level shift of 3 σ": { at: (value) => value + 15 },
  "variance doubled": { at: (value) => 100 + Math.SQRT2 * (value - 100) },
  "deviation doubled": { at: (value) => 100 + 2 * (value - 100) },
  "trend of 0.5 σ a point": { at: (value, k) => value + 2.5 * (k + 1) },
  "season lost at its height": { season: true, least: 0.5, at: (_, __, noise) => 200 + noise },
  "season lost at any hour": { season: true, least: 0, at: (_, __, noise) => 200 + noise },
  "flat line": { at: (_, __, ___, last) => last },
  "gap of 10 points": { gap: 10 },
};

/** Returns `days` of a quiet series. */
export function quietSeries(kind, seed, seconds, days) {
  const random = new Random(seed);
  return filled(QUIET[kind](random, seconds), random, Math.round((days * DAY) / seconds), seconds);
}

/** Returns a series whose fault begins at `onset`, after `days` days, with 10 points of it. */
export function faultySeries(name, seed, seconds, days) {
  const random = new Random(seed);
  const fault = FAULTS[name];
  const before = Math.round((days * DAY) / seconds) + Math.floor(((random.share() * DAY) / seconds) | 0);
  const size = 60;
  const seasonAt = (time) => Math.sin((2 * Math.PI * time) / DAY);
  const clean = fault.season
    ? (time) => 200 + size * seasonAt(time) + 8 * random.normal()
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
  return { times: series.times.subarray(0, end), values: series.values.subarray(0, end), onset };
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
