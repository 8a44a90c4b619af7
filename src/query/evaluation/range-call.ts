import type { Place, Selector } from "../expression.ts";
import { countedFrom, isBeginning } from "../from-zero.ts";
import { annotations } from "../annotations.ts";
import type { Samples } from "../histograms/samples.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { ABSENT, FLOAT, Frame } from "./frame.ts";
import { FloatWindow } from "./float-window.ts";
import { NO_LABELS, type LabelSet } from "./label-set.ts";
import { copyComputed, type RangeSeries } from "./loaded-series.ts";
import type { RangeFunction } from "./range-functions.ts";
import { SampleSearch } from "./sample-search.ts";
import type { Steps } from "./steps.ts";
import { droppedNames, uniqueRows } from "./unique-rows.ts";

/** Windows of series: the value of a range selector or a subquery. */
export interface Ranges {
  readonly series: readonly RangeSeries[];
  /** End of the first step's window, in Unix milliseconds. */
  readonly firstEnd: number;
  /** From the end of a window to the end of the next one; 0 with `@`. */
  readonly apart: number;
  readonly rangeMillis: number;
  readonly place: Place;
  /** Whether rises are exact: the series have their last sample before the first window, too. */
  readonly isExact?: boolean | undefined;
  /** That of the selector. The series then have samples beyond the windows. */
  readonly extension?: Selector["extension"];
}

// Samples between two looks at the clock.
const SAMPLES_OF_A_PIECE = 4_000;
const COUNTER_NAME = /_(?:total|sum|count|bucket)$/;

/** Evaluates a function over ranges. `args` are its scalars, each by step. */
export function* evaluateRanges(
  operation: RangeFunction,
  ranges: Ranges,
  args: readonly Float64Array[],
  evaluation: Evaluation,
): Pieces<Frame> {
  const { series, place } = ranges;
  const { steps, work } = evaluation;
  work.reserve(series.length * steps.count);
  const frame = new Frame(
    series.map(({ labels }) => labels),
    steps.count,
  );
  const windows = new WindowWalk(operation, ranges, args, evaluation, frame);
  for (let row = 0; row < series.length; row++) {
    const each = series[row]!;
    const computed = copyComputed(each.computed, frame, row, ranges);
    if (computed === steps.count) {
      if (work.spend(steps.count)) yield;
      continue;
    }
    windows.begin(row, each);
    while (windows.findResets()) if (work.spend(SAMPLES_OF_A_PIECE)) yield;
    for (let step = computed; step < steps.count;) {
      const from = step;
      step = windows.evaluateFrom(step);
      if (windows.isLarge(step)) yield* windows.evaluateLarge(step++);
      work.reserve(frame.size);
      if (work.spend(step - from + windows.spent)) yield;
    }
  }
  if (operation.isForCounters === true)
    for (const name of namesOfFloats(frame))
      if (!COUNTER_NAME.test(name)) evaluation.annotations.add(annotations.possibleNonCounter(name), place);
  return yield* operation.isNameKept === true
    ? uniqueRows(frame, work, true)
    : droppedNames(frame, work, true);
}

/** Evaluates `absent_over_time`: 1 at the steps at which no series has a sample in its window. */
export function* evaluateAbsentRanges(
  ranges: Ranges,
  labels: LabelSet,
  { steps, work }: Evaluation,
): Pieces<Frame> {
  const { firstEnd, apart, rangeMillis } = ranges;
  work.reserve(steps.count);
  const frame = new Frame([labels], steps.count);
  frame.values.fill(1);
  frame.cells.fill(FLOAT);
  const ends = new SampleSearch(firstEnd, apart, steps.count);
  const starts = new SampleSearch(firstEnd - rangeMillis, apart, steps.count);
  for (const { times } of ranges.series) {
    const [firsts, lasts] = [starts.after(times), ends.after(times)];
    for (let step = 0; step < steps.count; step++)
      if (lasts[step]! > firsts[step]!) frame.cells[step] = ABSENT;
    if (work.spend(steps.count)) yield;
  }
  return frame;
}

/** Walks the windows of one series after the other. */
class WindowWalk {
  /** Samples that the last piece has read. */
  spent = 0;
  readonly #operation: RangeFunction;
  readonly #ranges: Ranges;
  readonly #args: readonly Float64Array[];
  readonly #evaluation: Evaluation;
  readonly #steps: Steps;
  readonly #frame: Frame;
  readonly #ends: SampleSearch;
  readonly #starts: SampleSearch;
  readonly #window = new FloatWindow();
  #firsts: Int32Array = new Int32Array(0);
  #lasts: Int32Array = new Int32Array(0);
  #row = 0;
  #labels: LabelSet = NO_LABELS;
  #samples: Samples | undefined;

  constructor(
    operation: RangeFunction,
    ranges: Ranges,
    args: readonly Float64Array[],
    evaluation: Evaluation,
    frame: Frame,
  ) {
    this.#operation = operation;
    this.#ranges = ranges;
    this.#args = args;
    this.#evaluation = evaluation;
    this.#steps = evaluation.steps;
    this.#frame = frame;
    this.#window.isExact = ranges.isExact === true;
    this.#window.isFromZero = evaluation.pauses !== undefined && !this.#window.isExact;
    const { firstEnd, apart, rangeMillis } = ranges;
    this.#ends = new SampleSearch(firstEnd, apart, this.#steps.count);
    this.#starts = new SampleSearch(firstEnd - rangeMillis, apart, this.#steps.count);
  }

  begin(row: number, { labels, times, values, samples }: RangeSeries): void {
    this.#row = row;
    this.#labels = labels;
    this.#samples = samples;
    this.#firsts = this.#starts.after(times);
    this.#lasts = this.#ends.after(times);
    this.#window.of(times, values);
    if (this.#operation.isForCounters === true)
      this.#window.beginResets(this.#firstOf(0), this.#lasts[this.#lasts.length - 1]!);
  }

  /** Finds the next resets of a counter. Returns whether there may be more. */
  findResets(): boolean {
    return this.#operation.isForCounters === true && this.#window.findResets(SAMPLES_OF_A_PIECE);
  }

  /** Whether the window of a step is to be evaluated in pieces. */
  isLarge(step: number): boolean {
    if (step >= this.#steps.count || this.#operation.inPieces === undefined) return false;
    const [first, end] = [this.#firsts[step]!, this.#lasts[step]!];
    if (end - first <= SAMPLES_OF_A_PIECE) return false;
    return this.#samples === undefined || this.#samples.has(first, end) === "floats";
  }

  /** Evaluates the large window of a step, which has floats alone. */
  *evaluateLarge(step: number): Pieces<void> {
    const { inPieces, checkArgs } = this.#operation;
    const window = this.#placed(step);
    checkArgs?.(window.args);
    window.first = this.#firsts[step]!;
    window.end = this.#lasts[step]!;
    if (inPieces === undefined) return;
    this.#frame.setFloat(this.#row, step, yield* inPieces(window, this.#evaluation.work));
  }

  /** Evaluates a piece of the steps from `step` on, up to a large window. Returns the next step. */
  evaluateFrom(step: number): number {
    this.spent = 0;
    const { count } = this.#steps;
    while (step < count && this.spent < SAMPLES_OF_A_PIECE && !this.isLarge(step)) {
      const [first, end] = [this.#firsts[step]!, this.#lasts[step]!];
      if (end > first && !this.#isBeginning(end - 1)) {
        this.spent += end - first;
        this.#operation.checkArgs?.(this.#placed(step).args);
        const samples = this.#samples;
        const from = this.#firstOf(step);
        if (samples === undefined || samples.has(from, end) === "floats")
          this.#evaluateFloats(step, from, end);
        else this.#evaluateHistograms(step, from, end, samples);
      }
      step++;
    }
    return step;
  }

  // An exact rise begins at the last sample before the window.
  #firstOf(step: number): number {
    const first = this.#firsts[step]!;
    return this.#window.isExact && first > 0 ? first - 1 : first;
  }

  // A series that begins within the window has no sample there yet.
  #isBeginning(i: number): boolean {
    const { isFromZero, values } = this.#window;
    return isFromZero && isBeginning(this.#samples?.histograms[i]?.count ?? values[i]);
  }

  #evaluateFloats(step: number, first: number, end: number): void {
    if (end - first < this.#operation.minSamples) return;
    const window = this.#placed(step);
    window.first = first;
    window.end = end;
    const cell = this.#row * this.#steps.count + step;
    this.#frame.values[cell] = this.#operation.ofFloats(window);
    this.#frame.cells[cell] = FLOAT;
  }

  #evaluateHistograms(step: number, first: number, end: number, samples: Samples): void {
    const { place } = this.#ranges;
    const { rangeStart, rangeEnd } = this.#placed(step);
    const result = this.#operation.ofHistograms({
      samples,
      first,
      end,
      rangeStart,
      rangeEnd,
      isFromZero: this.#window.isFromZero,
      isExact: this.#window.isExact,
      reporter: this.#evaluation.annotations.reporter(this.#labels.get("__name__"), place),
      floats: () => this.#floatsOf(step, samples, first, end),
    });
    if (typeof result === "number") this.#frame.setFloat(this.#row, step, result);
    else if (result !== undefined) this.#frame.setHistogram(this.#row, step, result);
  }

  #floatsOf(step: number, { times, values, histograms }: Samples, first: number, end: number): FloatWindow {
    const kept: number[] = [];
    for (let i = first; i < end; i++) if (histograms[i] === undefined) kept.push(i);
    const window = this.#placed(step, new FloatWindow());
    window.isFromZero = this.#window.isFromZero;
    window.isExact = this.#window.isExact;
    window.of(
      Float64Array.from(kept, (i) => times[i]!),
      Float64Array.from(kept, (i) => values[i]!),
    );
    window.first = 0;
    window.end = kept.length;
    return window;
  }

  // With the bounds and arguments of a step.
  #placed(step: number, window: FloatWindow = this.#window): FloatWindow {
    const { start, stepMillis } = this.#steps;
    window.rangeEnd = this.#ends.timeOf(step);
    window.rangeStart = window.rangeEnd - this.#ranges.rangeMillis;
    const { pauses } = this.#evaluation;
    if (pauses !== undefined && !window.isExact)
      window.rangeStart = countedFrom(pauses, window.rangeStart, window.rangeEnd);
    window.time = start + step * stepMillis;
    for (let i = 0; i < this.#args.length; i++) window.args[i] = this.#args[i]![step]!;
    return window;
  }
}

function namesOfFloats(frame: Frame): ReadonlySet<string> {
  const names = new Set<string>();
  let last = "";
  for (let row = 0; row < frame.rows; row++) {
    const name = frame.labels[row]!.get("__name__");
    // Most series have the name of the one before.
    if (name === last || name === "" || names.has(name)) continue;
    const from = row * frame.steps;
    if (!frame.cells.subarray(from, from + frame.steps).includes(FLOAT)) continue;
    names.add(name);
    last = name;
  }
  return names;
}
