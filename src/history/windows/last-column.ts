import { endOf } from "../../query/windows.ts";
import type { NumberBlock } from "../store/block.ts";
import { type Column, valueAt, type WindowValues } from "./column.ts";

/** Whether a series has ended at a time, by the times of the last and of the next sample. */
export type EndTest = (last: number, next: number, time: number) => boolean;

/** The last sample of a window. For an instant selector, series that have ended have none. */
export class LastColumn implements Column {
  readonly #hasEnded: EndTest | undefined;
  readonly #lasts: Float64Array;
  #block: NumberBlock | undefined;
  #last = Number.NaN;

  constructor(windows: number, hasEnded?: EndTest) {
    this.#hasEnded = hasEnded;
    this.#lasts = new Float64Array(windows);
  }

  block(block: NumberBlock): void {
    this.#last = this.#block === undefined ? Number.NaN : this.#block.last;
    this.#block = block;
  }

  starts(): void {}

  ends(window: number, index: number): void {
    if (this.#block !== undefined) this.#lasts[window] = index < 0 ? this.#last : valueAt(this.#block, index);
  }

  finish({ windows, boundaries, values, cells }: WindowValues): boolean {
    const { lastTimes, nextTimes } = boundaries;
    for (let i = 0; i < windows.count; i++) {
      const [end, last] = [endOf(windows, i), lastTimes[i]!];
      if (last <= end - windows.rangeMillis || this.#hasEnded?.(last, nextTimes[i]!, end) === true) continue;
      values[i] = this.#lasts[i]!;
      cells[i] = 1;
    }
    return true;
  }
}
