import { sortedSteps } from "../../io/sorted-steps.ts";
import { QueryError } from "../query-error.ts";
import type { Aggregation } from "../expression.ts";
import { jsonNumber } from "../number-text.ts";
import { noteIgnoredHistograms } from "./aggregation.ts";
import type { Evaluation, Pieces, Work } from "./evaluation.ts";
import { FLOAT, Frame } from "./frame.ts";
import { groupRows, rowsOfGroups } from "./grouping.ts";
import { extremesOf } from "./scalars.ts";

/** Evaluates `topk` and `bottomk`: the rows with the largest or smallest floats of each group, at each step. */
export function* rank(
  node: Aggregation,
  operator: "topk" | "bottomk",
  frame: Frame,
  counts: Float64Array,
  evaluation: Evaluation,
): Pieces<Frame> {
  const { work } = evaluation;
  const { steps } = frame;
  if (!(yield* haveRoom(counts, work))) return new Frame([], steps);
  noteIgnoredHistograms(node, node, frame, evaluation);
  const grouping = yield* groupRows(frame.labels, node.grouping, node.isWithout, work);
  const kept = new Frame(frame.labels, steps);
  const order: number[] = [];
  for (const rows of yield* rowsOfGroups(grouping.groups, grouping.labels.length, work))
    for (let step = 0; step < steps; step++) {
      const at = (row: number): number => frame.values[row * steps + step]!;
      const ranking = new Ranking(Math.min(Math.trunc(counts[step]!), frame.rows), operator === "topk", at);
      for (const row of rows) {
        if (frame.cells[row * steps + step] === FLOAT) ranking.offer(row);
        if (work.spend(10)) yield;
      }
      for (const row of yield* ranking.best()) {
        kept.setFloat(row, step, at(row));
        if (steps === 1) order.push(row);
      }
    }
  if (steps > 1) return kept;
  // The result of an instant query is in order.
  const ordered = new Frame(
    order.map((row) => frame.labels[row]!),
    steps,
  );
  for (const [to, from] of order.entries()) ordered.copyCell(to, 0, kept, from);
  return ordered;
}

/** Heap of the best rows, with the worst of them first. The same rows win as in Prometheus if values are equal. */
class Ranking {
  readonly #size: number;
  readonly #isTop: boolean;
  readonly #valueOf: (row: number) => number;
  readonly #heap: number[] = [];

  constructor(size: number, isTop: boolean, valueOf: (row: number) => number) {
    this.#size = size;
    this.#isTop = isTop;
    this.#valueOf = valueOf;
  }

  offer(row: number): void {
    const heap = this.#heap;
    if (this.#size < 1) return;
    if (heap.length < this.#size) {
      heap.push(row);
      this.#up(heap.length - 1);
      return;
    }
    const [worst, value] = [this.#valueOf(heap[0]!), this.#valueOf(row)];
    const isBetter = this.#isTop ? worst < value : worst > value;
    if (!isBetter && !(Number.isNaN(worst) && !Number.isNaN(value))) return;
    heap[0] = row;
    this.#down();
  }

  /** The best first. */
  best(): Pieces<readonly number[]> {
    return sortedSteps(this.#heap, (left, right) => {
      if (this.#isWorse(right, left)) return -1;
      return this.#isWorse(left, right) ? 1 : 0;
    });
  }

  // NaN is worst, for both directions.
  #isWorse(left: number, right: number): boolean {
    const [a, b] = [this.#valueOf(left), this.#valueOf(right)];
    if (Number.isNaN(a)) return true;
    return this.#isTop ? a < b : a > b;
  }

  #up(at: number): void {
    const heap = this.#heap;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.#isWorse(heap[at]!, heap[parent]!)) return;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  #down(): void {
    const heap = this.#heap;
    for (let at = 0; ;) {
      let child = 2 * at + 1;
      if (child >= heap.length) return;
      if (child + 1 < heap.length && this.#isWorse(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#isWorse(heap[child]!, heap[at]!)) return;
      [heap[at], heap[child]] = [heap[child]!, heap[at]!];
      at = child;
    }
  }
}

/** Whether any step keeps a series. Throws if there is no such number of series; steps are checked together. */
export function* haveRoom(counts: Float64Array, work: Work): Pieces<boolean> {
  const { min, max } = yield* extremesOf(counts, work);
  if (max < 1) return false;
  if (Number.isNaN(max)) throw new QueryError("execution", "Parameter value is NaN");
  if (min <= -MAX_COUNT)
    throw new QueryError("execution", `Scalar value ${jsonNumber(min)} underflows int64`);
  if (max >= MAX_COUNT) throw new QueryError("execution", `Scalar value ${jsonNumber(max)} overflows int64`);
  return true;
}

const MAX_COUNT = 2 ** 63;
