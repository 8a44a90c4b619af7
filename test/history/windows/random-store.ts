import type { Store } from "../../../src/history/store/index.ts";
import { Random } from "../../kit/random.ts";
import { filledStore, type GivenProcess, type GivenSeries, INTERVAL_MILLIS } from "../query/filled-store.ts";

/** First time of the samples, in Unix milliseconds: a multiple of all intervals of sealing. */
export const FIRST_MILLIS = Date.UTC(2026, 0, 1);
/** Times of the samples, from the first one on. */
export const LENGTH_MILLIS = 240 * INTERVAL_MILLIS;

/** Options of {@link randomStore}. */
export interface RandomStoreOptions {
  /** Whether all processes follow each other, and collect at equal intervals. */
  readonly isSteady?: boolean;
  /** Number of processes; random without it. */
  readonly processes?: number;
}

/**
 * A store with random series of consecutive or parallel processes, in several sealed chunks and some heads. They have
 * gaps, resets, ends, equal names, jitter and a clock that was set back.
 */
export function randomStore(
  seed: number,
  { isSteady = false, processes: given }: RandomStoreOptions = {},
): Store {
  const random = new Random(seed);
  const processes: GivenProcess[] = [];
  let start = 0;
  const count = given ?? random.integer(1, 3);
  for (let i = 0; i < count; i++) {
    const length = random.integer(20, 240 - Math.min(start, 200));
    processes.push(randomProcess(random, i, FIRST_MILLIS + start * INTERVAL_MILLIS, length, isSteady));
    // Parallel processes overlap.
    start += isSteady || random.chance(0.7) ? length + random.integer(0, 30) : random.integer(0, length);
  }
  return filledStore(...processes);
}

function randomProcess(
  random: Random,
  process: number,
  from: number,
  length: number,
  isSteady: boolean,
): GivenProcess {
  const jitter = isSteady ? 0 : random.oneOf([0, 0, 137, 2_500]);
  const missing = isSteady ? 0 : random.oneOf([0, 0, 0.05, 0.4]);
  const setBack = !isSteady && random.chance(0.2) ? random.integer(1, length) : undefined;
  const times: number[] = [];
  for (let i = 0; i < length; i++) {
    if (random.chance(missing)) continue;
    const shift = setBack !== undefined && i > setBack ? 20 * INTERVAL_MILLIS : 0;
    times.push(from + i * INTERVAL_MILLIS - shift + (jitter === 0 ? 0 : random.integer(0, jitter)));
  }
  const resource = { "service.instance.id": `p${process}`, "service.name": random.oneOf(["shop", "store"]) };
  const start = from + 1;
  const series: GivenSeries[] = [];
  for (const room of ["a", "b"]) {
    const attributes = { room };
    const common = { attributes, start };
    series.push(
      { ...common, type: "counter", metric: "sent", cells: present(random, counter(random, times.length)) },
      { ...common, type: "gauge", metric: "level", cells: present(random, gauge(random, times.length)) },
      {
        ...common,
        type: "histogram",
        metric: "wait",
        bounds: [0.5, 1],
        cells: present(random, histogram(random, times.length)),
      },
    );
  }
  series.push({ type: "gauge", metric: "odd", start, cells: times.map(() => oddValue(random)) });
  return { resource, times, series };
}

// Leaves out the begin, the end or a part of the cells.
function present<Cell>(random: Random, cells: readonly Cell[]): readonly (Cell | undefined)[] {
  const kind = random.integer(0, 3);
  if (kind === 0) return cells;
  const [from, to] = [random.integer(0, cells.length), random.integer(0, cells.length)];
  if (kind === 1) return cells.map((cell) => (random.chance(0.1) ? undefined : cell));
  return cells.map((cell, i) => (i >= Math.min(from, to) && i < Math.max(from, to) ? undefined : cell));
}

function counter(random: Random, length: number): number[] {
  const isWhole = random.chance(0.7);
  const resets = random.oneOf([0, 0, 0.02]);
  let value = random.integer(0, 100);
  return Array.from({ length }, () => {
    value = random.chance(resets) ? random.integer(0, 3) : value + random.integer(0, 9) / (isWhole ? 1 : 7);
    return value;
  });
}

function gauge(random: Random, length: number): number[] {
  const middle = random.oneOf([0, 1_000, -1_000]);
  let value = 0;
  return Array.from({ length }, () => middle + (value += random.integer(-9, 9) / 7));
}

// The sum, then the counts.
function histogram(random: Random, length: number): number[][] {
  const [lowest, resets] = [random.oneOf([0, 0, -2]), random.oneOf([0, 0, 0.02])];
  let cells = [0, 0, 0, 0];
  return Array.from({ length }, () => {
    if (random.chance(resets)) cells = [0, 0, 0, 0];
    const [sum = 0, ...counts] = cells;
    cells = [sum + random.integer(lowest, 5) / 3, ...counts.map((each) => each + random.integer(0, 2))];
    return cells;
  });
}

function oddValue(random: Random): number {
  return random.oneOf([Number.NaN, Infinity, -Infinity, -0, 0, 1e300, 1.5e308, -2.5, 3]);
}
