import type { NativeHistogram } from "../native-histogram.ts";
import type { Pieces, Work } from "./evaluation.ts";
import { ABSENT, type Frame } from "./frame.ts";
import { STEPS_OF_A_PIECE, numbersOf } from "./scalars.ts";
import type { Steps } from "./steps.ts";

// Steps that are copied at once.
const MAX_COPIED = 20_000;

/** Samples of one row. */
export interface RowSamples {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly histograms: readonly (NativeHistogram | undefined)[] | undefined;
}

/** Converts rows of a frame to samples, without absent cells. Rows without any share their times. */
export class RowReader {
  readonly #frame: Frame;
  readonly #times: Float64Array;

  /** @param times times of the steps of the frame. */
  constructor(frame: Frame, times: Float64Array) {
    this.#frame = frame;
    this.#times = times;
  }

  *read(row: number, work: Work): Pieces<RowSamples> {
    const frame = this.#frame;
    const { steps, cells } = frame;
    const from = row * steps;
    let count = 0;
    for (let step = 0; step < steps; step++) {
      if (cells[from + step] !== ABSENT) count++;
      if ((step + 1) % STEPS_OF_A_PIECE === 0 && work.spend(STEPS_OF_A_PIECE)) yield;
    }
    const histograms = frame.hasHistograms ? this.#histograms(row, count) : undefined;
    if (count === steps) {
      const values = frame.values.subarray(from, from + steps);
      // Such a frame is that of a subquery. No result keeps it.
      const own = steps > MAX_COPIED ? values : values.slice();
      return { times: this.#times, values: own, histograms };
    }
    const [times, values] = [new Float64Array(count), new Float64Array(count)];
    let next = 0;
    for (let step = 0; step < steps; step++) {
      if (cells[from + step] === ABSENT) continue;
      times[next] = this.#times[step]!;
      values[next++] = frame.values[from + step]!;
      if (next % STEPS_OF_A_PIECE === 0 && work.spend(3 * STEPS_OF_A_PIECE)) yield;
    }
    return { times, values, histograms };
  }

  #histograms(row: number, count: number): (NativeHistogram | undefined)[] | undefined {
    const frame = this.#frame;
    const found: (NativeHistogram | undefined)[] = [];
    for (let step = 0; step < frame.steps; step++)
      if (frame.cells[row * frame.steps + step] !== ABSENT) found.push(frame.histogram(row, step));
    return count > 0 && found.some((each) => each !== undefined) ? found : undefined;
  }
}

/** Times of the steps. `unit` is the unit of the times, in milliseconds. */
export function timesOf(
  { start, stepMillis, count }: Steps,
  unit: 1 | 1_000,
  work: Work,
): Pieces<Float64Array> {
  return numbersOf(count, (step) => (start + step * stepMillis) / unit, work);
}
