// Assignment of points, in order of time, to windows.
import type { ResolvedQuestion } from "../resolved-question.ts";
import type { AnswerSeries, Point } from "../question.ts";

/** Consecutive windows `(end - length, end]`. */
export interface Windows {
  readonly firstEnd: number;
  readonly length: number;
  readonly count: number;
}

/** @param oldest returns the time of the oldest point, for questions without `from` and `step` */
export function windowsOf({ from, to, step }: ResolvedQuestion, oldest: () => number): Windows {
  // Times are whole milliseconds, and the window includes `from`.
  if (step === undefined)
    return { firstEnd: to, length: to - (from ?? Math.min(oldest(), to)) + 1, count: 1 };
  if (from !== undefined)
    return { firstEnd: from + step, length: step, count: Math.floor((to - from) / step) };
  // Back to the epoch, because empty windows have no cost.
  const count = Math.max(Math.floor(to / step), 0) + 1;
  return { firstEnd: to - (count - 1) * step, length: step, count };
}

export function endOf({ firstEnd, length }: Windows, index: number): number {
  return firstEnd + index * length;
}

/** Advances through windows and reports each completed one. */
export class WindowCursor {
  readonly #windows: Windows;
  readonly #onLeave: (index: number, start: number, end: number) => void;
  readonly #first: number;
  readonly #last: number;
  // -1 before the first point.
  #index = -1;
  #end = -Infinity;

  constructor(windows: Windows, onLeave: (index: number, start: number, end: number) => void) {
    this.#windows = windows;
    this.#onLeave = onLeave;
    this.#first = windows.firstEnd - windows.length;
    this.#last = this.#first + windows.count * windows.length;
  }

  /** Moves to the window of the next point. Returns whether there is one. */
  enter(time: number): boolean {
    if (time <= this.#end) return time > this.#first;
    if (time <= this.#first || time > this.#last) return false;
    this.#go(this.#indexOf(time));
    return true;
  }

  /** Moves to the window that contains both times. Returns whether there is one. */
  enterBoth(from: number, to: number): boolean {
    if (from <= this.#first || to > this.#last) return false;
    const index = this.#indexOf(to);
    if (from <= this.#first + index * this.#windows.length) return false;
    this.#go(index);
    return true;
  }

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

interface SeenRise {
  readonly count: number;
  readonly firstTime: number;
  readonly lastTime: number;
}

/** Increase of a counter in a window, by Prometheus' `extrapolatedRate`; NaN for fewer than two times. */
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

/** Applies the caller's function to the points of each window. A window has no point if it returns NaN. */
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
