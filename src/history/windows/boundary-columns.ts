// Functions of the samples at the boundaries of windows.
import { countedFrom, type Pause } from "../../query/from-zero.ts";
import { extrapolated } from "../../query/evaluation/rates.ts";
import { endOf } from "../../query/windows.ts";
import type { NumberBlock } from "../store/block.ts";
import { type Column, samplesIn, valueAt, type WindowValues } from "./column.ts";

/** `rate`, `increase` and `delta`: from the first and last sample of a window, and the resets between them. */
export class ChangeColumn implements Column {
  readonly #operation: "rate" | "increase" | "delta";
  readonly #pauses: readonly Pause[];
  readonly #isExact: boolean;
  readonly #firsts: Float64Array;
  readonly #lasts: Float64Array;
  // Numbers of the samples below their predecessors, and the values of these predecessors.
  readonly #resets: number[] = [];
  readonly #before: number[] = [];
  #block: NumberBlock | undefined;
  #last = Number.NaN;
  #initial: number | undefined;

  /**
   * @param pauses times in which windows do not begin
   * @param isExact whether a rise begins at the sample before the window, and is not extrapolated
   */
  constructor(
    operation: "rate" | "increase" | "delta",
    windows: number,
    pauses: readonly Pause[],
    isExact: boolean,
  ) {
    this.#operation = operation;
    this.#pauses = pauses;
    this.#isExact = isExact;
    this.#firsts = new Float64Array(windows);
    this.#lasts = new Float64Array(windows);
  }

  block(block: NumberBlock, number: number): void {
    const last = this.#block === undefined ? Number.NaN : this.#block.last;
    this.#initial ??= block.first;
    this.#last = last;
    this.#block = block;
    if (this.#operation === "delta") return;
    if (block.first < last) this.#addReset(number, last);
    // A block that only rises is not decoded.
    if (block.isRising) return;
    const values = block.values();
    for (let i = 1; i < values.length; i++)
      if (values[i]! < values[i - 1]!) this.#addReset(number + i, values[i - 1]!);
  }

  starts(window: number, index: number): void {
    this.#firsts[window] = this.#valueBefore(this.#isExact ? index - 1 : index);
  }

  #valueBefore(index: number): number {
    if (this.#block === undefined) return Number.NaN;
    return index < 0 ? this.#last : valueAt(this.#block, index);
  }

  ends(window: number, index: number): void {
    if (this.#block !== undefined) this.#lasts[window] = index < 0 ? this.#last : valueAt(this.#block, index);
  }

  finish({ windows, boundaries, values, cells }: WindowValues): boolean {
    const isExact = this.#isExact;
    const isCounter = this.#operation !== "delta";
    const { first, firstTimes, last, lastTimes } = boundaries;
    let next = 0;
    for (let i = 0; i < windows.count; i++) {
      const count = samplesIn(boundaries, i);
      const hasBaseline = isExact && first[i]! > 0;
      if (count < (hasBaseline ? 1 : 2)) continue;
      // Before the first sample of all, there is no baseline.
      const firstValue = isExact && !hasBaseline ? (this.#initial ?? Number.NaN) : this.#firsts[i]!;
      let change = this.#lasts[i]! - firstValue;
      const after = first[i]! - (hasBaseline ? 1 : 0);
      while (next < this.#resets.length && this.#resets[next]! <= after) next++;
      for (let k = next; k < this.#resets.length && this.#resets[k]! <= last[i]!; k++)
        change += this.#before[k]!;
      const seconds = this.#operation === "rate" ? windows.rangeMillis / 1_000 : 1;
      cells[i] = 1;
      if (isExact) {
        values[i] = change / seconds;
        continue;
      }
      const seen = { firstValue, firstTime: firstTimes[i]!, lastTime: lastTimes[i]!, count, isBegun: false };
      const rangeEnd = endOf(windows, i);
      const rangeStart = countedFrom(this.#pauses, rangeEnd - windows.rangeMillis, rangeEnd);
      const divisor = this.#operation === "rate" ? (rangeEnd - rangeStart) / 1_000 : 1;
      values[i] = extrapolated(change, isCounter, seen, { rangeStart, rangeEnd }, divisor);
    }
    return true;
  }

  #addReset(number: number, before: number): void {
    this.#resets.push(number);
    this.#before.push(before);
  }
}

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
