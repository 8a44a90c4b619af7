// The series of a question, read block by block in one snapshot of the store.
import type { MetricType } from "../question.ts";
import { unsupported } from "../question-expression.ts";
import type { ResolvedQuestion } from "../resolved-question.ts";
import { CancelledError } from "../select/cancelled-error.ts";
import { type LaneSeries, type Lane, Lanes, type LaneWalk } from "../select/lanes.ts";
import type { Block } from "../store/block.ts";
import type { Store } from "../store/index.ts";
import type { StoredMetric } from "../store/stored.ts";
import type { ReadBlocks } from "./exact-figures.ts";
import { matches } from "./matching.ts";

// Points are held in memory, two numbers each.
const MAX_POINTS = 10_000_000;

/** A question has no result, for the reason in the message. */
export class UnanswerableError extends Error {
  override readonly name = "UnanswerableError";
}

/** The result would have too many points. */
export function tooManyPoints(points: number): UnanswerableError {
  return new UnanswerableError(
    `the result has more than ${points} points; use a shorter range, wider steps or fewer series`,
  );
}

/** The series of a question: either all histograms, or all others. Valid within the snapshot. */
export class AskedSeries implements ReadBlocks {
  readonly store: Store;
  readonly question: ResolvedQuestion;
  /** Type of the metric. Metrics of the same name and another type are left out. */
  readonly type: MetricType;
  /** Why the metric does not support the aggregate. */
  readonly problem: string | undefined;
  readonly unit: string;
  readonly #metrics: readonly StoredMetric[];
  readonly #isCancelled: () => boolean;
  #found: readonly LaneSeries[] | undefined;
  #pointsLeft = MAX_POINTS;

  /** @param isCancelled polled during the work */
  constructor(store: Store, question: ResolvedQuestion, isCancelled: () => boolean) {
    const metrics = store.find(question.metric);
    const { type, unit } = metrics[0] ?? { type: "gauge", unit: "" };
    this.store = store;
    this.question = question;
    this.type = type;
    this.problem = metrics.length === 0 ? undefined : unsupported(question.aggregate, type);
    this.unit = unit;
    this.#metrics = metrics.filter((each) => each.type === type);
    this.#isCancelled = isCancelled;
  }

  get found(): readonly LaneSeries[] {
    return (this.#found ??= this.#metrics
      .flatMap(({ id, scope }) => this.store.series(id).map((each) => ({ ...each, scope: scope.name })))
      .filter((each) => matches(each, this.question.where)));
  }

  /** Start of the question in milliseconds. */
  get start(): number {
    return this.question.from ?? -Infinity;
  }

  get oldest(): number {
    return this.store.oldestCollected();
  }

  /**
   * Opens a walk for each lane, and passes the blocks with points from `from` to the end of the question.
   *
   * @param before blocks that are passed first
   */
  walk(from: number, open: (lane: Lane) => LaneWalk, before: Iterable<Block> = []): void {
    const lanes = this.lanes(open);
    lanes.takeAll(before);
    for (const batch of this.#batches(this.#ids, from, this.question.to)) lanes.takeAll(batch);
    lanes.finish();
  }

  lanes(open: (lane: Lane) => LaneWalk): Lanes {
    return new Lanes(this.store, this.found, this.question.by ?? [], open);
  }

  *read(series: readonly number[], from: number, to: number): Generator<Block> {
    for (const batch of this.#batches(series, from, to)) yield* batch;
  }

  /** Time of the oldest point up to the end of the question; infinite without points. */
  oldestPoint(): number {
    let oldest = Infinity;
    for (const { from } of this.read(this.#ids, -Infinity, this.question.to)) oldest = Math.min(oldest, from);
    return oldest;
  }

  /** Counts points that are held in memory. @throws UnanswerableError */
  spend(points: number): void {
    this.#pointsLeft -= points;
    if (this.#pointsLeft < 0) throw tooManyPoints(MAX_POINTS);
  }

  get #ids(): readonly number[] {
    return this.found.map(({ id }) => id);
  }

  // Throws a CancelledError.
  *#batches(series: readonly number[], from: number, to: number): Generator<Iterable<Block>> {
    for (const batch of this.store.batches(series, from, to)) {
      if (this.#isCancelled()) throw new CancelledError();
      yield batch;
    }
  }
}
