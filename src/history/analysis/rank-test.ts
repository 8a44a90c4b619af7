// Whether the values of one sample are larger than those of another, whatever their distribution.
import { errorFunction, medianSorted, wilcoxonRankSum } from "simple-statistics";

/** What the Mann-Whitney test, which is Wilcoxon's rank sum test, says of two samples. */
export interface RankTest {
  /** In how many pairs the second sample's value is the larger one; ties are halves. */
  readonly u: number;
  /** How probable it is that they differ so much or more, in either direction, if there is no difference. */
  readonly pValue: number;
  /** Cliff's delta: 1 where all of the second sample is above all of the first, 0 where neither is, -1 where all is below. */
  readonly effect: number;
  /** The median of all differences of a value of the second and one of the first (Hodges and Lehmann). */
  readonly shift: number;
}

// As R's `wilcox.test` decides: exact below fifty values each that are all different.
const MAX_EXACT = 50;
// More pairs than these say nothing more of their median.
const MAX_SHIFT_VALUES = 500;

/**
 * Compares `after` with `before`. Neither may be empty. The p-value is exact for small samples without ties, else normal.
 *
 * @param inflation how many times as far as independent values theirs may be off, as a variance: 1 where they are
 * independent.
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

// t³ - t of each t equal values, added up.
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
  // U comes in whole numbers: half of one is taken off.
  const distance = Math.max(Math.abs(u - (n * m) / 2) - 0.5, 0);
  // The function is off by a few parts of a hundred million.
  return Math.min(Math.max(1 - errorFunction(distance / Math.sqrt(2 * variance)), 0), 1);
}

/**
 * All orders are equally probable. How many of them give each U follows from those of samples one smaller: the largest
 * value belongs to the one, and is above all m of the other, or to the other.
 *
 * @see Mann and Whitney, "On a test of whether one of two random variables is stochastically larger than the other"
 * (1947)
 */
function exactPValue(u: number, n: number, m: number): number {
  // Probabilities and not counts, which would become too large: rows[j][u] for i of n and j of m.
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

// Evenly chosen of the sorted values, so that their distribution stays.
function thinned(values: readonly number[]): readonly number[] {
  if (values.length <= MAX_SHIFT_VALUES) return values;
  const sorted = values.toSorted((one, other) => one - other);
  return Array.from(
    { length: MAX_SHIFT_VALUES },
    (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / MAX_SHIFT_VALUES)]!,
  );
}
