// Crowding of moments: the most of them in a window, beside that of random moments.

/** Mean and standard deviation of the largest number in a window, of random moments. */
export interface Crowding {
  readonly mean: number;
  readonly deviation: number;
}

const DRAWS = 300;

/** The largest number of moments within a window; all in one unit. */
export function mostWithin(window: number, moments: readonly number[]): number {
  const sorted = moments.toSorted((left, right) => left - right);
  let first = 0;
  let most = 0;
  for (const [index, moment] of sorted.entries()) {
    while (moment - sorted[first]! >= window) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** Crowding of moments that `draw` returns. */
export function crowdingOf(window: number, draw: () => readonly number[]): Crowding {
  const all = Array.from({ length: DRAWS }, () => mostWithin(window, draw()));
  const mean = all.reduce((sum, each) => sum + each, 0) / DRAWS;
  const variance = all.reduce((sum, each) => sum + (each - mean) ** 2, 0) / DRAWS;
  return { mean, deviation: Math.sqrt(variance) };
}

/** Moments of `count` senders with random phases, over several intervals. */
export function randomPhases(count: number, interval: number, intervals: number): number[] {
  return Array.from({ length: count }, () => Math.random() * interval).flatMap((phase) =>
    Array.from({ length: intervals }, (_, index) => phase + index * interval),
  );
}

/**
 * First attempts of `count` senders after an outage, in seconds since its end. Each has failed since its first
 * collection in the outage, and waits at most 1 s, then 2 s, 4 s, up to `maxPause`.
 */
export function randomReturns(count: number, interval: number, outage: number, maxPause: number): number[] {
  return Array.from({ length: count }, () => {
    let at = Math.random() * interval;
    for (let pause = 1; at < outage; pause = Math.min(pause * 2, maxPause)) at += Math.random() * pause;
    return at - outage;
  });
}

/** Six standard deviations above the mean: random moments exceed it in no test's lifetime. */
export function limitOf({ mean, deviation }: Crowding): number {
  return mean + 6 * Math.max(deviation, 1);
}
