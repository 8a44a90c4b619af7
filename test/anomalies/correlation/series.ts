// Series of an hour at 15 s, whose last 12 minutes are the window.
import type { SampleSeries } from "../../../src/query/source.ts";
import type { Random } from "../../kit/random.ts";

export const STEP_SECONDS = 15;
export const LENGTH = 240;
/** First sample of the window. */
export const START = 192;
const FIRST_SECONDS = 1_700_000_000;

/** Seconds since the epoch of a sample. */
export function secondsOf(sample: number): number {
  return FIRST_SECONDS + sample * STEP_SECONDS;
}

/** The window: after the last sample of the baseline, to the last sample. */
export const WINDOW = { from: secondsOf(START - 1), to: secondsOf(LENGTH - 1) } as const;

/** A series without the samples whose value is `undefined`. */
export function series(
  name: string,
  valueAt: (sample: number) => number | undefined,
  labels: Readonly<Record<string, string>> = { job: "shop" },
): SampleSeries {
  const samples = Array.from({ length: LENGTH }, (_, i) => [i, valueAt(i)] as const).filter(
    (each): each is readonly [number, number] => each[1] !== undefined,
  );
  return {
    labels: { __name__: name, ...labels },
    times: Float64Array.from(samples, ([i]) => secondsOf(i) * 1_000),
    values: Float64Array.from(samples, ([, value]) => value),
  };
}

/** A counter from its increments. */
export function counter(
  name: string,
  incrementAt: (sample: number) => number,
  labels?: Readonly<Record<string, string>>,
): SampleSeries {
  let total = 1_000;
  return series(name, (i) => (total += incrementAt(i)), labels);
}

/** A number from -1.7 to 1.7 with a standard deviation of about 1. */
export function noise(random: Random): number {
  return (random.share() + random.share() + random.share() - 1.5) * 2;
}
