// Steps of charts.
import { formatDuration } from "../../query/syntax/number.ts";

/** Length and step of a range of time, in milliseconds. */
export interface ChartSteps {
  readonly rangeMillis: number;
  readonly stepMillis: number;
}

const USUAL_STEPS = 240;
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const NICE_MILLIS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800].map((seconds) => seconds * SECOND),
  ...[1, 2, 4, 6, 12, 24].map((hours) => hours * HOUR),
];
const MIN_WINDOW_MILLIS = 60 * SECOND;
// A rate needs two samples, also if a collection is late.
const STEPS_OF_WINDOW = 4;

/**
 * The steps of a range: about 240, of a length that people expect.
 *
 * @param resolutionMillis time between two samples: a shorter step shows nothing more.
 */
export function stepsOf(rangeMillis: number, resolutionMillis: number): ChartSteps {
  const wanted = rangeMillis / USUAL_STEPS;
  const nice = NICE_MILLIS.find((millis) => millis >= wanted) ?? Math.ceil(wanted / (24 * HOUR)) * 24 * HOUR;
  const stepMillis = Math.ceil(nice / resolutionMillis) * resolutionMillis;
  return { rangeMillis, stepMillis };
}

/**
 * The window of rates for a step, such as `1m`.
 *
 * @param resolutionMillis time between two samples of the range.
 */
export function rateWindow({ stepMillis }: Pick<ChartSteps, "stepMillis">, resolutionMillis: number): string {
  return formatDuration(
    Math.max(STEPS_OF_WINDOW * Math.max(stepMillis, resolutionMillis), MIN_WINDOW_MILLIS),
  );
}
