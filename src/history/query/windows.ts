// Which window points are in, that come in the order of their times.
import type { ResolvedQuestion } from "../resolved-question.ts";
import type { AnswerSeries, Point } from "../question.ts";

/** Windows that follow each other, each `(end - length, end]`. Times are in milliseconds since the epoch. */
export interface Windows {
  /** The end of the first. */
  readonly firstEnd: number;
  readonly length: number;
  readonly count: number;
}

/**
 * The windows of a question.
 *
 * @param oldest the time of the oldest point, for a question that has neither a beginning nor steps.
 */
export function windowsOf({ from, to, step }: ResolvedQuestion, oldest: () => number): Windows {
  // Times are whole milliseconds: what comes after the one before `from` is at `from` or after it.
  if (step === undefined)
    return { firstEnd: to, length: to - (from ?? Math.min(oldest(), to)) + 1, count: 1 };
  if (from !== undefined)
    return { firstEnd: from + step, length: step, count: Math.floor((to - from) / step) };
  // Back to the epoch: only windows with points cost anything.
  const count = Math.max(Math.floor(to / step), 0) + 1;
  return { firstEnd: to - (count - 1) * step, length: step, count };
}

/** The end of the window at a position. */
export function endOf({ firstEnd, length }: Windows, index: number): number {
  return firstEnd + index * length;
}

/** Goes from window to window, and tells of each that it leaves. */
export class WindowCursor {
  readonly #windows: Windows;
  readonly #onLeave: (index: number, start: number, end: number) => void;
  readonly #first: number;
  readonly #last: number;
  // The window that it is in: none before the first point.
  #index = -1;
  #end = -Infinity;

  constructor(windows: Windows, onLeave: (index: number, start: number, end: number) => void) {
    this.#windows = windows;
    this.#onLeave = onLeave;
    this.#first = windows.firstEnd - windows.length;
    this.#last = this.#first + windows.count * windows.length;
  }

  /** Goes to the window of a point, which is not before that of the point before. Whether there is one. */
  enter(time: number): boolean {
    if (time <= this.#end) return time > this.#first;
    if (time <= this.#first || time > this.#last) return false;
    this.#go(this.#indexOf(time));
    return true;
  }

  /** Goes to the window that holds both times, where there is one. Whether there is. */
  enterBoth(from: number, to: number): boolean {
    if (from <= this.#first || to > this.#last) return false;
    const index = this.#indexOf(to);
    if (from <= this.#first + index * this.#windows.length) return false;
    this.#go(index);
    return true;
  }

  /** Leaves the last window. */
  finish(): void {
    if (this.#index >= 0) this.#leave();
    this.#index = -1;
  }

  #indexOf(time: number): number {
    return Math.ceil((time - this.#first) / this.#windows.length) - 1;
  }

  #go(index: number): void {
    if (index === this.#index) return;
    if (this.#index >= 0) this.#leave();
    this.#index = index;
    this.#end = endOf(this.#windows, index);
  }

  #leave(): void {
    this.#onLeave(this.#index, this.#end - this.#windows.length, this.#end);
  }
}

/** What was seen of a counter in a window. Times are in milliseconds. */
interface SeenRise {
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
