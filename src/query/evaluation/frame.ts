import type { NativeHistogram } from "../native-histogram.ts";
import type { LabelSet } from "./label-set.ts";

/** Content of a cell of {@link Frame.cells}. */
export const ABSENT = 0;
export const FLOAT = 1;
export const HISTOGRAM = 2;

/**
 * Instant vectors of one node of the tree, at all steps: a row for each series, a column for each step. The cell of a row
 * and a step has the index `row * steps + step`. A frame is complete when its node has been evaluated: from then on it is
 * not changed.
 */
export class Frame {
  readonly labels: readonly LabelSet[];
  readonly steps: number;
  /** Floats. NaN is a value: {@link cells} shows which cells are absent. */
  readonly values: Float64Array;
  readonly cells: Uint8Array;
  // By row, then by step. Empty without histograms, as most queries are.
  readonly #histograms: NativeHistogram[][];
  #cellsOfHistograms: number;

  constructor(labels: readonly LabelSet[], steps: number, cellsOf?: Frame | Float64Array) {
    const count = labels.length * steps;
    const isFrame = cellsOf instanceof Frame;
    this.labels = labels;
    this.steps = steps;
    this.values = isFrame ? cellsOf.values : (cellsOf ?? new Float64Array(count));
    this.cells = isFrame ? cellsOf.cells : new Uint8Array(count);
    this.#histograms = isFrame ? cellsOf.#histograms : [];
    this.#cellsOfHistograms = isFrame ? cellsOf.#cellsOfHistograms : 0;
  }

  /** A frame of one series with a float at each step. It takes over `values`: a subquery may have millions. */
  static ofRow(labels: LabelSet, values: Float64Array): Frame {
    const frame = new Frame([labels], values.length, values);
    frame.cells.fill(FLOAT);
    return frame;
  }

  get rows(): number {
    return this.labels.length;
  }

  get hasHistograms(): boolean {
    return this.#histograms.length > 0;
  }

  /** Memory, in cells. */
  get size(): number {
    return this.cells.length + this.#cellsOfHistograms;
  }

  /** Whether a row has a value at any step. */
  hasAny(row: number): boolean {
    const from = row * this.steps;
    for (let cell = from; cell < from + this.steps; cell++) if (this.cells[cell] !== ABSENT) return true;
    return false;
  }

  /** Whether any row has a value at a step. */
  hasAnyAt(step: number): boolean {
    for (let cell = step; cell < this.cells.length; cell += this.steps)
      if (this.cells[cell] !== ABSENT) return true;
    return false;
  }

  setFloat(row: number, step: number, value: number): void {
    const cell = row * this.steps + step;
    this.values[cell] = value;
    this.cells[cell] = FLOAT;
  }

  setHistogram(row: number, step: number, histogram: NativeHistogram): void {
    const cell = row * this.steps + step;
    this.values[cell] = Number.NaN;
    this.cells[cell] = HISTOGRAM;
    (this.#histograms[row] ??= [])[step] = histogram;
    this.#cellsOfHistograms += sizeOf(histogram);
  }

  /** Defined exactly if the cell is {@link HISTOGRAM}. */
  histogram(row: number, step: number): NativeHistogram | undefined {
    return this.cells[row * this.steps + step] === HISTOGRAM ? this.#histograms[row]?.[step] : undefined;
  }

  /** Copies a cell of another frame with the same steps. */
  copyCell(row: number, step: number, source: Frame, sourceRow: number): void {
    const histogram = source.histogram(sourceRow, step);
    if (histogram !== undefined) this.setHistogram(row, step, histogram);
    else {
      const [from, to] = [sourceRow * source.steps + step, row * this.steps + step];
      this.values[to] = source.values[from]!;
      this.cells[to] = source.cells[from]!;
    }
  }

  /** Copies a row of another frame with the same steps. */
  copyRow(row: number, source: Frame, sourceRow: number): void {
    const { steps } = this;
    if (source.hasHistograms)
      for (let step = 0; step < steps; step++) this.copyCell(row, step, source, sourceRow);
    else {
      const [from, to] = [sourceRow * steps, row * steps];
      this.values.set(source.values.subarray(from, from + steps), to);
      this.cells.set(source.cells.subarray(from, from + steps), to);
    }
  }

  /** The same cells with other labels. */
  relabeled(labels: readonly LabelSet[]): Frame {
    return new Frame(labels, this.steps, this);
  }
}

/** Frame without the rows that have no value. Frames of several steps keep them. */
export function withoutEmptyRows(frame: Frame): Frame {
  if (frame.steps !== 1 || !frame.cells.includes(ABSENT)) return frame;
  const rows: number[] = [];
  for (let row = 0; row < frame.rows; row++) if (frame.cells[row] !== ABSENT) rows.push(row);
  const result = new Frame(
    rows.map((row) => frame.labels[row]!),
    1,
  );
  for (const [row, from] of rows.entries()) result.copyCell(row, 0, frame, from);
  return result;
}

/** Memory of a histogram, in cells. */
export function sizeOf({ positive, negative }: NativeHistogram): number {
  return 1 + (positive.counts.length + negative.counts.length) / 2;
}

/** Frame without the names of its series. */
export function withoutNames(frame: Frame): Frame {
  return frame.relabeled(frame.labels.map((labels) => labels.withoutName()));
}
