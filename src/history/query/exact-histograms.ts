// Figures of histograms that no expression has: the recorded minimum and maximum, and counts without extrapolation.
import type { AggregateName } from "../question.ts";
import type { ResolvedQuestion } from "../resolved-question.ts";
import type { Block } from "../store/block.ts";
import type { AskedSeries } from "./asked-series.ts";
import { addedBuckets, type Buckets } from "./buckets.ts";
import { Groups } from "./groups.ts";
import { BEFORE_MILLIS, lastBefore } from "./last-before.ts";
import type { ResultSeries } from "./points.ts";
import { ExactWalk, HistogramWalk } from "./walks.ts";
import { windowsOf } from "./windows.ts";

type ExactAggregate = Extract<AggregateName, "COUNT" | "SUM" | "MEAN" | "MIN" | "MAX">;

/** The aggregate of a question about histograms if it is computed here; else `undefined`. */
export function exactAggregate({ aggregate, step }: ResolvedQuestion): ExactAggregate | undefined {
  switch (aggregate) {
    case "MIN":
    case "MAX":
      return aggregate;
    case "COUNT":
    case "SUM":
    case "MEAN":
      return step === undefined ? aggregate : undefined;
    default:
      return undefined;
  }
}

/** Figures of each lane or group. Without a step, they have the whole range as one window. */
export function exactHistograms(asked: AskedSeries, aggregate: ExactAggregate): readonly ResultSeries[] {
  const { question } = asked;
  // The oldest point has no effect here.
  const windows = windowsOf(question, () => LONG_AGO_MILLIS);
  const groups =
    question.step === undefined ? wholeRange(asked) : new Groups<Buckets>(question.by, addedBuckets);
  if (question.step !== undefined) {
    asked.walk(asked.start, (lane) => {
      const group = groups.of(lane);
      const walk = new HistogramWalk(windows, (index, measured) =>
        asked.spend(group.add(index, measured) * measured.cumulative.length),
      );
      return {
        block: (block, isOther) => {
          if (block.kind === "histograms") walk.block(block, isOther);
        },
        finish: () => walk.finish(),
      };
    });
  }
  return groups.series(windows, (measured) => figureOf(aggregate, measured));
}

// Before all points, but near enough to compute exact differences to now.
const LONG_AGO_MILLIS = -1e14;

function wholeRange(asked: AskedSeries): Groups<Buckets> {
  const nearby = groupsWith(asked, []);
  const before = asked.start - BEFORE_MILLIS;
  const former = [...lastBefore(asked.store, nearby.unknown, before)];
  return former.length === 0 ? nearby.groups : groupsWith(asked, former).groups;
}

// @returns `unknown`: older series without a point shortly before the range
function groupsWith(
  asked: AskedSeries,
  former: readonly Block[],
): { groups: Groups<Buckets>; unknown: readonly number[] } {
  const { to, by } = asked.question;
  const from = asked.start;
  const oldest = asked.store.oldestCollected();
  const groups = new Groups<Buckets>(by, addedBuckets);
  const lanes = asked.lanes((lane) => {
    // Each collection has all series of a process, so a series that was missing before began in the range.
    const beganInside = oldest < from || lane.series.startTimeUnixMillis >= from;
    const group = groups.of(lane);
    return new ExactWalk({ from, to, beganInside }, (measured) =>
      asked.spend(group.add(0, measured) * measured.cumulative.length),
    );
  });
  for (const block of former) lanes.take(block);
  const begun = new Set(asked.found.filter((each) => each.startTimeUnixMillis >= from).map(({ id }) => id));
  const unknown: number[] = [];
  asked.read(from - BEFORE_MILLIS, (block) => {
    if (!begun.has(block.series)) {
      begun.add(block.series);
      if (block.from > from) unknown.push(block.series);
    }
    lanes.take(block);
  });
  lanes.finish();
  return { groups, unknown };
}

function figureOf(aggregate: ExactAggregate, { cumulative, sum, min, max }: Buckets): number {
  const count = cumulative.at(-1) ?? Number.NaN;
  switch (aggregate) {
    case "MIN":
      return count > 0 ? min : Number.NaN;
    case "MAX":
      return count > 0 ? max : Number.NaN;
    case "MEAN":
      return sum / count;
    case "SUM":
      return sum;
    case "COUNT":
      return count;
    default:
      return aggregate satisfies never;
  }
}
