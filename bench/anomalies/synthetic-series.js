// Synthetic series of five kinds, as a metrics backend sees them, and changes that are planted into them.

/** A generator of random numbers with a seed: mulberry32. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const between = (low, high) => low + (high - low) * uniform();
  const poisson = (mean) => {
    if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
    const limit = Math.exp(-mean);
    let [count, product] = [0, uniform()];
    while (product > limit) {
      count++;
      product *= uniform();
    }
    return count;
  };
  return { uniform, normal, between, poisson, pick: (list) => list[Math.floor(uniform() * list.length)] };
}

// `hidden` receives what an oracle knows: `noise` of a value, and the part `memory` of the value before that goes on in it.
const KINDS = {
  // Steps without a mean, or with a weak pull to one.
  walk({ normal, between, uniform }, length, hidden) {
    const pull = uniform() < 0.5 ? 0 : between(0.005, 0.1);
    const step = 10 ** between(-2, 2);
    const level = uniform() < 0.5 ? 0 : step * between(10, 1_000);
    let x = 0;
    Object.assign(hidden, { memory: 1 - pull, noise: () => step });
    return Array.from({ length }, () => level + (x += step * normal() - pull * x));
  },
  bursts({ normal, between, uniform, pick }, length, hidden) {
    const [rate, longest] = [between(0.005, 0.05), pick([1, 3, 8])];
    const [noise, base] = [between(0.5, 2), between(0, 50)];
    const values = Array.from({ length }, () => base + noise * normal());
    const isBurst = new Uint8Array(length);
    Object.assign(hidden, { memory: 0, noise: (i) => (isBurst[i] === 1 ? Infinity : noise) });
    for (let i = 0; i < length; i++) {
      if (uniform() >= rate) continue;
      const height = noise * between(5, 40) * (1 + 1 / (0.2 + uniform()));
      const end = Math.min(length, i + 1 + Math.floor(uniform() * longest));
      for (let j = i; j < end; j++) values[j] += height;
      isBurst.fill(1, i, end);
    }
    return values;
  },
  season({ normal, between, uniform }, length, hidden) {
    const period = Math.exp(between(Math.log(15), Math.log(5_760)));
    const [phase, amplitude] = [between(0, 2 * Math.PI), between(1, 20)];
    const [noise, second] = [between(0.05, 1) * amplitude * 0.5, uniform() < 0.5 ? 0 : between(0, 0.5)];
    const level = between(0, 10) * amplitude;
    Object.assign(hidden, { memory: 0, noise: () => noise });
    return Array.from({ length }, (_, i) => {
      const angle = (2 * Math.PI * i) / period + phase;
      return level + amplitude * (Math.sin(angle) + second * Math.sin(2 * angle)) + noise * normal();
    });
  },
  noise({ normal, between, uniform }, length, hidden) {
    const memory = uniform() < 0.5 ? 0 : between(0, 0.9);
    const [level, width] = [10 ** between(-1, 4), between(0.02, 0.5)];
    const isSkewed = uniform() < 0.3;
    Object.assign(hidden, { memory, noise: () => level * width * Math.sqrt(1 - memory * memory) });
    let x = normal();
    return Array.from({ length }, () => {
      x = memory * x + Math.sqrt(1 - memory * memory) * normal();
      return isSkewed ? level * Math.exp(width * x) : level * (1 + width * x);
    });
  },
  // Increments; the rate may vary slowly, the counter may be reset.
  counter({ normal, between, uniform, poisson }, length, hidden) {
    const rate = 10 ** between(-1.5, 3);
    const drift = uniform() < 0.5 ? 0 : between(0.005, 0.05);
    let log = 0;
    Object.assign(hidden, { memory: 0, noise: () => Math.sqrt(rate) });
    return Array.from({ length }, () => poisson(rate * Math.exp((log += drift * normal()))));
  },
};

// Kinds that no parameter was chosen with.
const OTHER_KINDS = {
  // Heavy tails: one value in some hundred is ten times as far away as usual.
  tails({ normal, between }, length) {
    const [level, width] = [10 ** between(-1, 4), between(0.02, 0.2)];
    return Array.from(
      { length },
      () => level * (1 + (width * normal()) / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3)),
    );
  },
  // A heap: it grows until it is collected.
  sawtooth({ normal, between, uniform }, length) {
    const [period, height] = [between(5, 60), between(1, 50)];
    const noise = between(0.01, 0.1) * height;
    let x = uniform() * height;
    return Array.from({ length }, () => {
      x += (height / period) * (0.5 + uniform());
      if (x > height) x = 0;
      return height + x + noise * normal();
    });
  },
  // A queue: never below 0, with work that comes and goes at random.
  queue({ between, poisson }, length) {
    const [rate, load] = [between(1, 30), between(0.5, 0.95)];
    let x = 0;
    return Array.from({ length }, () => (x = Math.max(0, x + poisson(rate * load) - poisson(rate))));
  },
  // Two levels, each for a random time.
  states({ normal, between, uniform }, length) {
    const [change, height, noise] = [between(0.02, 0.3), between(2, 20), between(0.2, 1)];
    let isOn = false;
    return Array.from({ length }, () => {
      if (uniform() < change) isOn = !isOn;
      return 10 + (isOn ? height : 0) + noise * normal();
    });
  },
  // A count of few things that come at random.
  counts({ between, poisson }, length) {
    const mean = 10 ** between(-0.5, 1.5);
    return Array.from({ length }, () => poisson(mean));
  },
};

export const KIND_NAMES = Object.keys(KINDS);
export const OTHER_KIND_NAMES = Object.keys(OTHER_KINDS);

/** The values of a series; those of a counter are increments. */
export function valuesOf(kind, random, length, hidden = {}) {
  return (KINDS[kind] ?? OTHER_KINDS[kind])(random, length, hidden);
}

/** Changes the values from `start` to `end`. Returns the form of the change. */
export function plant(values, kind, random, start, end, size) {
  const before = values.slice(0, start);
  const mean = before.reduce((sum, each) => sum + each, 0) / before.length;
  const deviation = Math.sqrt(before.reduce((sum, each) => sum + (each - mean) ** 2, 0) / before.length);
  const form = random.pick(kind === "counter" ? ["level"] : ["level", "level", "ramp", "wider"]);
  // A fall of a rate of less than two events for each sample cannot be seen.
  const sign = random.uniform() < 0.7 || (kind === "counter" && mean < 2) ? 1 : -1;
  const shift = size * Math.max(deviation, kind === "counter" ? 1 : 0);
  for (let i = start; i < end; i++) {
    if (form === "wider")
      values[i] = mean + (values[i] - mean) * size + deviation * size * 0.5 * random.normal();
    else if (kind === "counter")
      values[i] = Math.max(0, values[i] + Math.round(sign > 0 ? shift : -0.8 * mean));
    else
      values[i] += sign * shift * (form === "ramp" ? Math.min(1, (3 * (i - start + 1)) / (end - start)) : 1);
  }
  return form;
}

/** The values of a counter from its increments, with a reset now and then. */
export function counterFrom(increments, random) {
  let total = Math.floor(random.between(0, 1e6));
  return increments.map((each) => (total = random.uniform() < 0.002 ? each : total + each));
}
