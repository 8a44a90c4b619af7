// The season of a series: a pattern that repeats with a fixed period.
import { median } from "simple-statistics";

// A season is only recognized if the series has this many periods, of this many values.
const MIN_PERIODS = 3;
const MIN_PERIOD = 4;
// Ratio of a peak of the spectrum to its surroundings.
const MIN_PEAK = 14;
const NEIGHBOURS = 10;
const MAX_PHASES = 48;

/** The values without their season, if they have one. */
export function* withoutSeason(values: Float64Array): Generator<void, Float64Array> {
  const period = yield* periodOf(values);
  if (period === undefined) return values;
  const trend = movingMean(values, Math.round(period));
  const phases = Math.min(MAX_PHASES, Math.floor(period));
  const phaseOf = (i: number): number => Math.floor(((i % period) / period) * phases) % phases;
  const deviations = Array.from({ length: phases }, (): number[] => []);
  for (const [i, value] of values.entries()) deviations[phaseOf(i)]!.push(value - trend[i]!);
  const profile = deviations.map((some) => median(some));
  return values.map((value, i) => value - profile[phaseOf(i)]!);
}

/** The number of values in a period, which may be fractional; `undefined` without a season. */
export function* periodOf(values: Float64Array): Generator<void, number | undefined> {
  const power = yield* powerOf(values);
  // The lowest frequency, because its multiples belong to the same season.
  for (let k = MIN_PERIODS; k < power.length - 1; k++) {
    const isPeak = power[k]! >= power[k - 1]! && power[k]! >= power[k + 1]!;
    if (isPeak && power[k]! > MIN_PEAK * surroundings(power, k)) return values.length / refined(power, k);
  }
  return undefined;
}

// Power at each whole number of periods. Beyond a quarter of the number of values, periods are too short.
function* powerOf(values: Float64Array): Generator<void, Float64Array> {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  // Tapered, because the ends of a series differ.
  const tapered = values.map(
    (value, i) => (value - mean) * (1 - Math.cos((2 * Math.PI * (i + 0.5)) / count)),
  );
  const power = new Float64Array(Math.floor(count / MIN_PERIOD) + 1);
  for (let k = 1; k < power.length; k++) {
    const [cosine, sine] = [Math.cos((2 * Math.PI * k) / count), Math.sin((2 * Math.PI * k) / count)];
    let x = 1;
    let y = 0;
    let real = 0;
    let imaginary = 0;
    for (let i = 0; i < count; i++) {
      const value = tapered[i]!;
      real += value * x;
      imaginary += value * y;
      const next = x * cosine - y * sine;
      y = x * sine + y * cosine;
      x = next;
    }
    power[k] = real * real + imaginary * imaginary;
    yield;
  }
  return power;
}

// The larger mean of both sides, because the power of a level change falls with the frequency. The taper widens a peak to
// its neighbours.
function surroundings(power: Float64Array, k: number): number {
  const sides = [
    power.subarray(Math.max(1, k - 1 - NEIGHBOURS), k - 1),
    power.subarray(k + 2, k + 2 + NEIGHBOURS),
  ];
  return Math.max(
    ...sides.map((side) => (side.length === 0 ? 0 : side.reduce((sum, each) => sum + each, 0) / side.length)),
  );
}

// The vertex of the parabola through a peak and its neighbours.
function refined(power: Float64Array, k: number): number {
  const [before, at, after] = [power[k - 1]!, power[k]!, power[k + 1]!].map((each) => Math.sqrt(each));
  const curvature = before! - 2 * at! + after!;
  return curvature < 0 ? k + (before! - after!) / (2 * curvature) : k;
}

// Over `width` values, fewer at the ends.
function movingMean(values: Float64Array, width: number): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (const [i, value] of values.entries()) sums[i + 1] = sums[i]! + value;
  const half = Math.floor(width / 2);
  return values.map((_, i) => {
    const start = Math.min(Math.max(0, i - half), Math.max(0, values.length - width));
    const end = Math.min(values.length, start + width);
    return (sums[end]! - sums[start]!) / (end - start);
  });
}
