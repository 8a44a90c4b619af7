// How a counter's rise between its points becomes its rise in a window, as Prometheus has it.

/** What was seen of a counter in a window. Times are in milliseconds. */
export interface SeenRise {
  readonly count: number;
  readonly firstTime: number;
  readonly lastTime: number;
}

/**
 * The rise in the window from `start` to `end`: what rose from the first point to the last, and as much as it would have
 * risen at that pace up to the window's ends. Where an end is farther than 1.1 times the points' mean distance, it is as
 * if the counter had begun, or ended, half that distance from its point; and no counter is taken to have been below 0.
 *
 * @param first the first point's value.
 * @param increase the rise from the first point to the last; where the counter fell, it began again at 0.
 * @returns NaN where there are not two points with different times.
 * @see Prometheus' `extrapolatedRate`, which is what its `increase` and `rate` are made of
 */
export function extrapolatedIncrease(
  first: number,
  increase: number,
  { count, firstTime, lastTime }: SeenRise,
  start: number,
  end: number,
): number {
  const sampled = lastTime - firstTime;
  if (count < 2 || !(sampled > 0)) return Number.NaN;
  const meanDistance = sampled / (count - 1);
  let toStart = firstTime - start;
  if (toStart >= 1.1 * meanDistance) toStart = meanDistance / 2;
  if (increase > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / increase));
  let toEnd = end - lastTime;
  if (toEnd >= 1.1 * meanDistance) toEnd = meanDistance / 2;
  return increase * ((sampled + toStart + toEnd) / sampled);
}
