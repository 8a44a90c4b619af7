// Comparison of a metric between two ranges.
import { keyOf } from "../comparison.ts";
import type { Attributes } from "@opentelemetry/api";
import { errorFunction, mean, median, medianSorted, sum, wilcoxonRankSum } from "simple-statistics";
import {
  type Answer,
  type MetricType,
  type Question,
  QuestionError,
  type Time,
  wholeMillisFrom,
} from "../question.ts";
import { type Asked, askedPoints, type Range } from "./asked-points.ts";
import { joiningProcesses } from "./joined-processes.ts";
import { independentCount } from "./fitted-line.ts";
import { withoutRounding } from "./rounding.ts";

/** Figures of a series in one of the two ranges. */
export interface ComparedRange {
  /** Number of finite values. */
  readonly points: number;
  /** Median of the values. */
  readonly median: number;
}

/** The difference of a series between two ranges. */
export interface SeriesComparison {
  /** Attributes of the series. */
  readonly attributes: Attributes;
  /** Figures of the earlier range. */
  readonly before: ComparedRange;
  /** Figures of the later range. */
  readonly after: ComparedRange;
  /** Shift of the later values: the median of all pairwise differences. */
  readonly shift: number;
  /** Cliff's delta: 1 if all later values are above all earlier ones, -1 if all are below. */
  readonly effect: number;
  /** Probability of a difference this large by chance, by the Mann-Whitney test. */
  readonly pValue: number;
  /** `higher` or `lower` if the difference is significant (p < 0.01) and not negligible (effect of 0.147 or more). */
  readonly verdict: "higher" | "lower" | "similar";
}

/**
 * The result of `compare`. Series without points in one of the ranges are left out. Without `by`, series of processes that
 * ran at the same time are joined: counters and histograms are added up, gauges averaged. `MIN`, `MAX`, `SUM` and `COUNT` of
 * gauges are those of all processes. Gauges with another aggregate are not joined.
 */
export interface Comparison {
  /** The name as asked. */
  readonly metric: string;
  /** UCUM unit of the metric, empty if unknown. */
  readonly unit: string;
  /** Type of the metric. */
  readonly type: MetricType;
  /** Comparison of each series. */
  readonly series: readonly SeriesComparison[];
  /** Number of series with values in only one of the ranges. */
  readonly unmatched: number;
}

const IMPROBABLE = 0.01;
// Romano et al., "Appropriate statistics for ordinal level data" (2006): smaller effects are negligible.
const NEGLIGIBLE = 0.147;

/**
 * Compares two ranges by a rank test that allows for autocorrelation. Rejects with a QuestionError if the question is
 * invalid.
 */
export async function comparisonOf(
  asked: Pick<Asked, "query">,
  question: Question,
  before: readonly [Time, Time],
  after: readonly [Time, Time],
): Promise<Comparison> {
  const ranges = [rangeFrom(question, "before", before), rangeFrom(question, "after", after)];
  const query = joiningProcesses((each) => asked.query(each));
  const [earlier, later] = await askedPoints({ query }, question, ranges);
  const { metric, unit, type } = later!;
  const [valuesBefore, valuesAfter] = [valuesOf(earlier!), valuesOf(later!)];
  const series = [...valuesAfter].flatMap(([key, { attributes, values }]) => {
    const former = valuesBefore.get(key)?.values;
    return former === undefined ? [] : [{ attributes, ...difference(former, values) }];
  });
  const unmatched = valuesBefore.size + valuesAfter.size - 2 * series.length;
  return { metric, unit, type, series, unmatched };
}

function difference(
  earlier: readonly number[],
  later: readonly number[],
): Omit<SeriesComparison, "attributes"> {
  const all = Array.from(withoutRounding(Float64Array.from([...earlier, ...later])));
  const [former, values] = [all.slice(0, earlier.length), all.slice(earlier.length)];
  const { effect, pValue, shift } = rankTest(former, values, inflationOf(former, values));
  const isClear = pValue < IMPROBABLE && Math.abs(effect) >= NEGLIGIBLE;
  return {
    before: { points: former.length, median: median(former) },
    after: { points: values.length, median: median(values) },
    shift,
    effect,
    pValue,
    verdict: isClear ? (effect > 0 ? "higher" : "lower") : "similar",
  };
}

// Inflation of the variance, because autocorrelated points count as fewer independent ones.
function inflationOf(...samples: readonly (readonly number[])[]): number {
  const worth = samples.map((values) => {
    const middle = mean([...values]);
    return independentCount(values.map((value) => value - middle));
  });
  // By the formula for the difference of two means.
  return sum(worth.map((count) => 1 / count)) / sum(samples.map(({ length }) => 1 / length));
}

interface SeriesValues {
  readonly attributes: Attributes;
  readonly values: readonly number[];
}

function valuesOf({ series }: Answer): ReadonlyMap<string, SeriesValues> {
  return new Map(
    series.flatMap(({ attributes, points }) => {
      const values = points.map(([, value]) => value).filter((value) => Number.isFinite(value));
      return values.length === 0 ? [] : [[keyOf(attributes), { attributes, values }]];
    }),
  );
}

function rangeFrom({ metric }: Question, name: string, range: unknown): Range {
  const [from, to] = Array.isArray(range) ? range.map(wholeMillisFrom) : [];
  if (from === undefined || to === undefined || from >= to) {
    throw new QuestionError(metric, [
      `${name} must be two times (Date, ISO 8601 or seconds since the epoch), earlier first, got ${JSON.stringify(range)}`,
    ]);
  }
  return { from: from / 1_000, to: to / 1_000 };
}

/** The Mann-Whitney test. */
interface RankTest {
  /** Number of pairs in which the second value is larger; ties count as halves. */
  readonly u: number;
  /** Two-sided. */
  readonly pValue: number;
  /** Cliff's delta, -1 to 1. */
  readonly effect: number;
  /** Hodges-Lehmann estimate: the median of all pairwise differences. */
  readonly shift: number;
}

// The limit of R's `wilcox.test`.
const MAX_EXACT = 50;
// More values do not change the median noticeably.
const MAX_SHIFT_VALUES = 500;

/**
 * The Mann-Whitney test of two non-empty samples. Exact for small samples without ties.
 *
 * @param inflation factor of the variance, 1 for independent values
 */
export function rankTest(before: readonly number[], after: readonly number[], inflation = 1): RankTest {
  const [n, m] = [before.length, after.length];
  const u = wilcoxonRankSum([...after], [...before]) - (m * (m + 1)) / 2;
  const ties = tiesOf([...before, ...after]);
  const isExact = inflation === 1 && ties === 0 && n < MAX_EXACT && m < MAX_EXACT;
  return {
    u,
    pValue: isExact ? exactPValue(u, n, m) : normalPValue(u, n, m, ties, inflation),
    effect: (2 * u) / (n * m) - 1,
    shift: medianDifference(thinned(before), thinned(after)),
  };
}

function tiesOf(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let ties = 0;
  for (const count of counts.values()) ties += count ** 3 - count;
  return ties;
}

function normalPValue(u: number, n: number, m: number, ties: number, inflation: number): number {
  const total = n + m;
  const variance = inflation * ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  if (!(variance > 0)) return 1;
  // Continuity correction.
  const distance = Math.max(Math.abs(u - (n * m) / 2) - 0.5, 0);
  return Math.min(Math.max(1 - errorFunction(distance / Math.sqrt(2 * variance)), 0), 1);
}

/** Mann and Whitney (1947): the number of orders for each U follows from samples that are one value smaller. */
function exactPValue(u: number, n: number, m: number): number {
  // rows[j][u] for i of n and j of m, as probabilities because counts would overflow.
  let rows: Float64Array[] = Array.from({ length: m + 1 }, () => Float64Array.of(1));
  for (let i = 1; i <= n; i++) {
    const next = [Float64Array.of(1)];
    for (let j = 1; j <= m; j++) {
      const row = new Float64Array(i * j + 1);
      add(row, rows[j]!, 0, i / (i + j));
      add(row, next[j - 1]!, i, j / (i + j));
      next.push(row);
    }
    rows = next;
  }
  let tail = 0;
  for (let k = 0; k <= Math.min(u, n * m - u); k++) tail += rows[m]![k]!;
  return Math.min(2 * tail, 1);
}

function add(row: Float64Array, other: Float64Array, shift: number, weight: number): void {
  for (let k = 0; k < other.length; k++) row[k + shift]! += other[k]! * weight;
}

function medianDifference(before: readonly number[], after: readonly number[]): number {
  const differences = new Float64Array(before.length * after.length);
  let i = 0;
  for (const value of after) for (const other of before) differences[i++] = value - other;
  return medianSorted(Array.from(differences.toSorted()));
}

// Selects values evenly by rank.
function thinned(values: readonly number[]): readonly number[] {
  if (values.length <= MAX_SHIFT_VALUES) return values;
  const sorted = values.toSorted((one, other) => one - other);
  return Array.from(
    { length: MAX_SHIFT_VALUES },
    (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / MAX_SHIFT_VALUES)]!,
  );
}
