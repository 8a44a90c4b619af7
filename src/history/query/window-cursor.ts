// Which window points are in, that come in the order of their times.
import type { ResolvedQuestion } from "../resolved-question.ts";

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
