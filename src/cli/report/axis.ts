// Ticks of the axes of charts.

const BYTES = /^By(?:\/s)?$/;
const SECOND_STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800,
  604_800,
];
const DAY = 86_400;

/** Ticks of values from 0, or from the least value if it is below; the last is at least `max`. */
export function valueTicks(min: number, max: number, unit: string): readonly number[] {
  const low = Math.min(0, min);
  const span = max - low > 0 ? max - low : 1;
  const step = niceStep(span / 4, BYTES.test(unit) ? 2 : 10);
  const first = Math.floor(low / step);
  const count = Math.max(1, Math.ceil((low + span) / step - 1e-9) - first);
  return Array.from({ length: count + 1 }, (_, i) => (first + i) * step);
}

// 1, 2 or 5 times a power of ten, or a power of two.
function niceStep(least: number, base: 2 | 10): number {
  if (base === 2) return 2 ** Math.ceil(Math.log2(least));
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((each) => each * power >= least * (1 - 1e-9)) ?? 10) * power;
}

/** A tick of the time axis. */
export interface TimeTick {
  readonly time: number;
  readonly text: string;
}

/** At most about `count` ticks at round times, in UTC. */
export function timeTicks(from: number, to: number, count: number): readonly TimeTick[] {
  const least = (to - from) / count;
  const step = SECOND_STEPS.find((each) => each >= least) ?? Math.ceil(least / DAY) * DAY;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, i) => {
    const time = first + i * step;
    const iso = new Date(time * 1_000).toISOString();
    const isDay = step >= DAY || (time % DAY === 0 && to - from > DAY);
    return { time, text: isDay ? iso.slice(5, 10) : iso.slice(11, step < 60 ? 19 : 16) };
  });
}
