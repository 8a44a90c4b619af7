// Whether a metric is another than it was.
import type { Attributes } from "@opentelemetry/api";
import { mean, median, sum } from "simple-statistics";
import {
  type Answer,
  type MetricType,
  type Question,
  QuestionError,
  type Time,
  wholeMillisFrom,
} from "../question.ts";
import { type Asked, askedPoints, type Range } from "./asked-points.ts";
import { independentCount } from "./fitted-line.ts";
import { rankTest } from "./rank-test.ts";

/** What is known of a series in one of the two ranges. */
export interface ComparedRange {
  readonly points: number;
  readonly median: number;
}

/** How a series differs between two ranges. */
export interface SeriesComparison {
  readonly attributes: Attributes;
  readonly before: ComparedRange;
  readonly after: ComparedRange;
  /** By how much the later values are larger: the median of all differences. */
  readonly shift: number;
  /** Cliff's delta: 1 where all later values are above all earlier ones, -1 where all are below. */
  readonly effect: number;
  /** How probable so large a difference is if there is none, by the Mann-Whitney test. */
  readonly pValue: number;
  /** `higher` or `lower` where chance is improbable (p < 0.01) and the effect more than negligible (0.147). */
  readonly verdict: "higher" | "lower" | "similar";
}

/** The answer to `compare`. Series without points in one of the ranges are left out. */
export interface Comparison {
  readonly metric: string;
  readonly unit: string;
  readonly type: MetricType;
  readonly series: readonly SeriesComparison[];
}

const IMPROBABLE = 0.01;
// Romano et al., "Appropriate statistics for ordinal level data" (2006): below it an effect is negligible.
const NEGLIGIBLE = 0.147;

/**
 * Compares what a question is about between two ranges, by the ranks of its points: whatever their distribution, and
 * however far off single ones are. Neighbouring points that resemble each other count as fewer.
 *
 * @throws QuestionError by the promise, with what is wrong with the question or a range.
 */
export async function comparisonOf(
  asked: Pick<Asked, "query">,
  question: Question,
  before: readonly [Time, Time],
  after: readonly [Time, Time],
): Promise<Comparison> {
  const ranges = [rangeFrom(question, "before", before), rangeFrom(question, "after", after)];
  const [earlier, later] = await askedPoints(asked, question, ranges);
  const { metric, unit, type } = later!;
  const valuesBefore = valuesOf(earlier!);
  const series = [...valuesOf(later!)].flatMap(([key, { attributes, values }]) => {
    const former = valuesBefore.get(key)?.values ?? [];
    if (former.length === 0 || values.length === 0) return [];
    return [{ attributes, ...difference(former, values) }];
  });
  return { metric, unit, type, series };
}

function difference(
  former: readonly number[],
  values: readonly number[],
): Omit<SeriesComparison, "attributes"> {
  const { effect, pValue, shift } = rankTest(former, values, inflationOf(former, values));
  const isClear = pValue < IMPROBABLE && Math.abs(effect) >= NEGLIGIBLE;
  return {
    before: { points: former.length, median: median([...former]) },
    after: { points: values.length, median: median([...values]) },
    shift,
    effect,
    pValue,
    verdict: isClear ? (effect > 0 ? "higher" : "lower") : "similar",
  };
}

// Points that follow each other resemble each other: so many tell as much as fewer independent ones.
function inflationOf(...samples: readonly (readonly number[])[]): number {
  const worth = samples.map((values) => {
    const middle = mean([...values]);
    return independentCount(values.map((value) => value - middle));
  });
  // Of the difference of two means; where one sample tells little, the other does not make up for it.
  return sum(worth.map((count) => 1 / count)) / sum(samples.map(({ length }) => 1 / length));
}

interface SeriesValues {
  readonly attributes: Attributes;
  readonly values: readonly number[];
}

function valuesOf({ series }: Answer): ReadonlyMap<string, SeriesValues> {
  return new Map(
    series.map(({ attributes, points }) => {
      const values = points.map(([, value]) => value).filter((value) => Number.isFinite(value));
      const pairs = Object.entries(attributes).toSorted(([one], [other]) => (one < other ? -1 : 1));
      return [JSON.stringify(pairs), { attributes, values }];
    }),
  );
}

function rangeFrom({ metric }: Question, name: string, range: unknown): Range {
  const [from, to] = Array.isArray(range) ? range.map(wholeMillisFrom) : [];
  if (from === undefined || to === undefined || from >= to) {
    throw new QuestionError(metric, [
      `${name} is ${JSON.stringify(range)}; give two times, the earlier first: a Date, ISO 8601, or seconds since the epoch`,
    ]);
  }
  return { from: from / 1_000, to: to / 1_000 };
}
