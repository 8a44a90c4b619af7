// Aggregates that are functions of the caller's.
import type { AnswerSeries, Point } from "../question.ts";
import type { ResolvedQuestion } from "../resolved-question.ts";
import { endOf, WindowCursor, windowsOf } from "./window-cursor.ts";

/**
 * What a function makes of the points of each window of a question. NaN makes no point.
 *
 * @param series the points of the whole range.
 * @throws what the function throws.
 */
export function ownAggregate(
  aggregate: (points: Iterable<Point>) => number,
  question: ResolvedQuestion,
  series: readonly AnswerSeries[],
): AnswerSeries[] {
  const oldest = (): number =>
    series.reduce((least, { points }) => Math.min(least, (points[0]?.[0] ?? Infinity) * 1_000), Infinity);
  const windows = windowsOf(question, oldest);
  return series.flatMap(({ attributes, points }) => {
    const found: Point[] = [];
    let inWindow: Point[] = [];
    const cursor = new WindowCursor(windows, (index) => {
      const value: unknown = aggregate(inWindow);
      if (typeof value === "number" && !Number.isNaN(value))
        found.push([endOf(windows, index) / 1_000, value]);
      inWindow = [];
    });
    for (const point of points) if (cursor.enter(Math.round(point[0] * 1_000))) inWindow.push(point);
    cursor.finish();
    return found.length === 0 ? [] : { attributes, points: found };
  });
}
