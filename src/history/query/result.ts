// What the thread that owns the store answers: numbers in few buffers, which are transferred.
import type { Attributes } from "@opentelemetry/api";
import type { AnswerSeries, MetricType, Point } from "../question.ts";
import type { PointList } from "./point-list.ts";

/** An answer to a question. */
export interface QueryResult {
  readonly unit: string;
  readonly type: MetricType;
  /** Why the question cannot be answered as it was asked; then there are no series. */
  readonly problem?: string;
  readonly attributes: readonly Attributes[];
  /** Of each series the number of its points and of those before. */
  readonly ends: Float64Array;
  /** Of all points, series by series, in milliseconds since the epoch. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** One series of a result. */
export interface ResultSeries {
  readonly attributes: Attributes;
  readonly points: PointList;
}

/** The series in one result. */
export function packedResult(
  { unit, type }: Pick<QueryResult, "unit" | "type">,
  series: readonly ResultSeries[],
): QueryResult {
  const ends = new Float64Array(series.length);
  let total = 0;
  for (const [i, { points }] of series.entries()) ends[i] = total += points.length;
  const times = new Float64Array(total);
  const values = new Float64Array(total);
  for (const [i, { points }] of series.entries()) {
    times.set(points.times, ends[i - 1] ?? 0);
    values.set(points.values, ends[i - 1] ?? 0);
  }
  return { unit, type, attributes: series.map(({ attributes }) => attributes), ends, times, values };
}

/** The result's buffers, to be transferred. */
export function buffersOf({ ends, times, values }: QueryResult): ArrayBuffer[] {
  return [ends, times, values].flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? buffer : []));
}

/** The series of a result, as they are answered: with times in seconds. */
export function unpackedSeries({ attributes, ends, times, values }: QueryResult): AnswerSeries[] {
  return attributes.map((each, i) => {
    const points: Point[] = [];
    for (let j = ends[i - 1] ?? 0; j < ends[i]!; j++) points.push([times[j]! / 1_000, values[j]!]);
    return { attributes: each, points };
  });
}
