// Evaluation of one question, from blocks to resulting series.
import type { Store } from "../store/index.ts";
import type { AggregateName } from "../question.ts";
import type { ResolvedQuestion } from "../resolved-question.ts";
import type { Block } from "../store/block.ts";
import { addedUp, countsOf, gather, LOOKBACK_MILLIS, PointList, type ResultSeries } from "./points.ts";
import { ExactWalk, HistogramWalk, NumberWalk } from "./walks.ts";
import { CancelledError } from "../select/cancelled-error.ts";
import { addedBuckets, bucketQuantile, type Buckets } from "./buckets.ts";
import { Groups } from "./groups.ts";
import { type AskedSeries, type Lane, Lanes, type LaneWalk } from "../select/lanes.ts";
import { BEFORE_MILLIS, lastBefore } from "./last-before.ts";
import { grouped, keyOf } from "../grouped.ts";
import { picked } from "./matching.ts";
import { numberFigures } from "./number-figures.ts";
import { endOf, type Windows, windowsOf } from "./windows.ts";

// Points are held in memory, two numbers each.
const MAX_POINTS = 10_000_000;
// Points become objects on the caller's thread, which takes about a second for this number.
const MAX_ANSWERED = 2_000_000;
// Before all points, but near enough to compute exact differences to now.
const LONG_AGO_MILLIS = -1e14;
// Aggregates that are exact for histograms without steps. Others are extrapolated.
const EXACT: ReadonlySet<ResolvedQuestion["aggregate"]> = new Set(["COUNT", "SUM", "MEAN", "MIN", "MAX"]);
const BLOCKS_A_LOOK = 256;

/** The result would have too many points. */
export class TooManyPoints extends Error {}

/** Series to evaluate: either all histograms, or all others. */
interface Asked {
  readonly question: ResolvedQuestion;
  readonly series: readonly AskedSeries[];
  readonly store: Store;
  readonly isCancelled: () => boolean;
  readonly areHistograms: boolean;
}

/** The evaluation of one question. */
export class Evaluation {
  readonly #asked: Asked;
  #pointsLeft = MAX_POINTS;

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  /** Returns the series in any order. @throws TooManyPoints, CancelledError */
  series(): readonly ResultSeries[] {
    const series = this.#answered();
    if (series.reduce((sum, { points }) => sum + points.length, 0) > MAX_ANSWERED)
      throw tooMany(MAX_ANSWERED);
    return series;
  }

  #answered(): readonly ResultSeries[] {
    const { aggregate, by } = this.#asked.question;
    if (aggregate === undefined || aggregate === "POINTS") return this.#points();
    if (this.#isExact) return this.#measuredExactly(aggregate);
    if (this.#asked.areHistograms && aggregate !== "LAST") return this.#measured(aggregate);
    const isRise = aggregate === "RATE" || aggregate === "INCREASE";
    return by === undefined || isRise ? this.#figures(aggregate, by) : this.#figuresOfSums(aggregate, by);
  }

  #points(): readonly ResultSeries[] {
    const { by, from = -Infinity } = this.#asked.question;
    if (by === undefined) return this.#gathered(from);
    return this.#sums(by).flatMap(({ attributes, points: { times, values } }) => {
      const first = times.findIndex((time) => time >= from);
      if (first < 0) return [];
      const points = new PointList();
      points.pushAll(times.subarray(first), values.subarray(first));
      return { attributes, points };
    });
  }

  // Figures per lane, added up by `by`.
  #figures(aggregate: AggregateName, by?: readonly string[]): readonly ResultSeries[] {
    const windows = this.#windows();
    const groups = new Groups<number>(by, (left, right) => left + right);
    this.#walk(this.#start(), (lane) => {
      const group = groups.of(lane);
      return this.#walkOf(aggregate, windows, (index, value) => this.#spend(group.add(index, value)));
    });
    return groups.series(windows, (value) => value);
  }

  #walkOf(
    aggregate: AggregateName,
    windows: Windows,
    onWindow: (index: number, value: number) => void,
  ): LaneWalk {
    const walk = new NumberWalk(windows, numberFigures(aggregate, this.#asked.question.quantile), onWindow);
    return {
      block(block, isOther) {
        if (block.kind === "numbers") walk.block(block, isOther);
        else walk.points(block.times(), countsOf(block), isOther);
      },
      finish: () => walk.finish(),
    };
  }

  #figuresOfSums(aggregate: AggregateName, by: readonly string[]): readonly ResultSeries[] {
    const windows = this.#windows();
    return this.#sums(by).map(({ attributes, points: { times, values } }) => {
      const points = new PointList();
      const onWindow = (index: number, value: number): void => points.push(endOf(windows, index), value);
      const walk = new NumberWalk(windows, numberFigures(aggregate, this.#asked.question.quantile), onWindow);
      walk.points(times, values, false);
      walk.finish();
      return { attributes, points };
    });
  }

  // Figures of histograms per window, added up by `by`.
  #measured(aggregate: AggregateName): readonly ResultSeries[] {
    const windows = this.#windows();
    const groups = new Groups<Buckets>(this.#asked.question.by, addedBuckets);
    this.#walk(this.#start(), (lane) => {
      const group = groups.of(lane);
      const walk = new HistogramWalk(windows, (index, measured) =>
        this.#spend(group.add(index, measured) * measured.cumulative.length),
      );
      return {
        block: (block, isOther) => {
          if (block.kind === "histograms") walk.block(block, isOther);
        },
        finish: () => walk.finish(),
      };
    });
    return groups.series(windows, (measured) => this.#figureOf(aggregate, measured, windows.length));
  }

  // Exact figures of histograms over the whole range, added up by `by`.
  #measuredExactly(aggregate: AggregateName): readonly ResultSeries[] {
    const nearby = this.#exactGroups([]);
    const former = [...lastBefore(this.#asked.store, nearby.unknown, this.#start() - BEFORE_MILLIS)];
    const { groups } = former.length === 0 ? nearby : this.#exactGroups(former);
    const windows = this.#windows();
    return groups.series(windows, (measured) => this.#figureOf(aggregate, measured, windows.length));
  }

  // @returns `unknown`: older series without a point shortly before the range
  #exactGroups(former: readonly Block[]): { groups: Groups<Buckets>; unknown: readonly number[] } {
    const { to, by } = this.#asked.question;
    const from = this.#start();
    const { oldest = Infinity } = this.#asked.store.usage();
    const groups = new Groups<Buckets>(by, addedBuckets);
    const lanes = this.#lanes((lane) => {
      // Each collection has all series of a process, so a series that was missing before began in the range.
      const beganInside = oldest < from || lane.series.startTimeUnixMillis >= from;
      const group = groups.of(lane);
      return new ExactWalk({ from, to, beganInside }, (measured) =>
        this.#spend(group.add(0, measured) * measured.cumulative.length),
      );
    });
    for (const block of former) lanes.take(block);
    const begun = new Set(
      this.#asked.series.filter((each) => each.startTimeUnixMillis >= from).map(({ id }) => id),
    );
    const unknown: number[] = [];
    this.#read(from - BEFORE_MILLIS, (block) => {
      if (!begun.has(block.series)) {
        begun.add(block.series);
        if (block.from > from) unknown.push(block.series);
      }
      lanes.take(block);
    });
    lanes.finish();
    return { groups, unknown };
  }

  #figureOf(aggregate: AggregateName, measured: Buckets, windowMillis: number): number {
    const count = measured.cumulative.at(-1) ?? Number.NaN;
    switch (aggregate) {
      case "QUANTILE":
        return bucketQuantile(this.#asked.question.quantile, measured);
      case "MIN":
        return count > 0 ? measured.min : Number.NaN;
      case "MAX":
        return count > 0 ? measured.max : Number.NaN;
      case "MEAN":
        return measured.sum / count;
      case "SUM":
        return measured.sum;
      case "COUNT":
      case "INCREASE":
        return count;
      case "RATE":
        return count / (windowMillis / 1_000);
      case "LAST":
      case "STDDEV":
        return Number.NaN;
      default:
        return aggregate satisfies never;
    }
  }

  #sums(by: readonly string[]): readonly ResultSeries[] {
    // The latest value before the range may still be valid within it.
    const gathered = this.#gathered(this.#start() - LOOKBACK_MILLIS).map(({ points, lane }) => ({
      points,
      attributes: picked(lane.series, by),
    }));
    return [...grouped(gathered, ({ attributes }) => keyOf(attributes)).values()].map((members) => ({
      attributes: members[0]!.attributes,
      points: addedUp(members.map(({ points }) => points)),
    }));
  }

  #gathered(from: number): readonly (ResultSeries & { readonly lane: Lane })[] {
    const { to } = this.#asked.question;
    const found: (ResultSeries & { readonly lane: Lane })[] = [];
    this.#walk(from, (lane) => {
      const points = new PointList();
      found.push({ attributes: lane.attributes, points, lane });
      return {
        block: (block) => {
          const before = points.length;
          gather(block, from, to, points);
          this.#spend(points.length - before);
        },
        finish: () => {},
      };
    });
    return found.filter(({ points }) => points.length > 0);
  }

  #walk(from: number, open: (lane: Lane) => LaneWalk): void {
    const lanes = this.#lanes(open);
    this.#read(from, (block) => lanes.take(block));
    lanes.finish();
  }

  #lanes(open: (lane: Lane) => LaneWalk): Lanes {
    return new Lanes(this.#asked.series, this.#asked.question.by ?? [], open);
  }

  #read(from: number, take: (block: Block) => void): void {
    const ids = this.#asked.series.map(({ id }) => id);
    let read = 0;
    for (const batch of this.#asked.store.batches(ids, from, this.#asked.question.to)) {
      for (const block of batch) {
        if (read++ % BLOCKS_A_LOOK === 0 && this.#asked.isCancelled()) throw new CancelledError();
        take(block);
      }
    }
  }

  #start(): number {
    return this.#asked.question.from ?? -Infinity;
  }

  get #isExact(): boolean {
    const { aggregate, step } = this.#asked.question;
    return this.#asked.areHistograms && step === undefined && EXACT.has(aggregate);
  }

  // The oldest point only matters for extrapolated figures.
  #windows(): Windows {
    const { aggregate } = this.#asked.question;
    const isExtrapolated = this.#asked.areHistograms || aggregate === "RATE" || aggregate === "INCREASE";
    return windowsOf(this.#asked.question, () => {
      if (!isExtrapolated || this.#isExact) return LONG_AGO_MILLIS;
      let oldest = Infinity;
      this.#read(-Infinity, ({ from }) => {
        oldest = Math.min(oldest, from);
      });
      return oldest;
    });
  }

  #spend(points: number): void {
    this.#pointsLeft -= points;
    if (this.#pointsLeft < 0) throw tooMany(MAX_POINTS);
  }
}

function tooMany(points: number): TooManyPoints {
  return new TooManyPoints(
    `the result has more than ${points} points; use a shorter range, wider steps or fewer series`,
  );
}
