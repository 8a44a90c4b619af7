// Query results as numbers in few buffers, which are transferred between threads.
import type { Attributes } from "@opentelemetry/api";
import { grouped } from "../../query/grouped.ts";
import type { AnswerSeries, MetricType, Point } from "../question.ts";
import { endOfStep, stepAt, stepsOf } from "../question-steps.ts";
import type { ResolvedQuestion } from "../resolved-question.ts";
import { joined } from "../select/lane-samples.ts";

export interface PackedAnswer {
  readonly unit: string;
  readonly type: MetricType;
  /** Why there is no result. */
  readonly problem?: string;
  readonly attributes: readonly Attributes[];
  /** The end of each series' points. */
  readonly ends: Float64Array;
  /** In milliseconds, series after series. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Times are in milliseconds, ascending. */
export interface ResultSeries {
  readonly attributes: Attributes;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export function packedResult(
  head: Pick<PackedAnswer, "unit" | "type">,
  series: readonly ResultSeries[],
): PackedAnswer {
  let end = 0;
  return {
    ...head,
    attributes: series.map(({ attributes }) => attributes),
    ends: Float64Array.from(series, ({ times }) => (end += times.length)),
    times: joined(series.map(({ times }) => times)),
    values: joined(series.map(({ values }) => values)),
  };
}

export function buffersOf({ ends, times, values }: PackedAnswer): ArrayBuffer[] {
  return [ends, times, values].flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? buffer : []));
}

// Some tens of microseconds.
const POINTS_A_STEP = 512;
const SERIES_A_STEP = 64;

/** Converts times to seconds, in steps. */
export function* unpackedSeries({
  attributes,
  ends,
  times,
  values,
}: PackedAnswer): Generator<void, AnswerSeries[]> {
  const series: AnswerSeries[] = [];
  let next = 0;
  for (const [i, each] of attributes.entries()) {
    const points: Point[] = [];
    for (; next < ends[i]!; next++) {
      points.push([times[next]! / 1_000, values[next]!]);
      if (next % POINTS_A_STEP === POINTS_A_STEP - 1) yield;
    }
    series.push({ attributes: each, points });
    if (i % SERIES_A_STEP === SERIES_A_STEP - 1) yield;
  }
  return series;
}

/** Applies the caller's function to the points of each window. A window has no point if it returns NaN. */
export function ownAggregate(
  aggregate: (points: Iterable<Point>) => number,
  question: ResolvedQuestion,
  series: readonly AnswerSeries[],
): AnswerSeries[] {
  const oldest = (least: number, { points }: AnswerSeries): number =>
    Math.min(least, (points[0]?.[0] ?? Infinity) * 1_000);
  const steps = stepsOf(question, question.from ?? series.reduce(oldest, question.to));
  return series.flatMap(({ attributes, points }) => {
    const found: Point[] = [];
    for (const [step, inWindow] of grouped(points, ([time]) => stepAt(steps, Math.round(time * 1_000)))) {
      const value: unknown = step < 0 ? undefined : aggregate(inWindow);
      if (typeof value === "number" && !Number.isNaN(value))
        found.push([endOfStep(steps, step) / 1_000, value]);
    }
    return found.length === 0 ? [] : { attributes, points: found };
  });
}
