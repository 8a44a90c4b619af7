// OpenTelemetry exponential histograms as Prometheus native histograms.
import { EXPONENTIAL } from "../engine/collection/cell-layout.ts";
import type { CollectedExponentialHistogram } from "../engine/collection/collected-metric.ts";

/** The schemas that Prometheus accepts: 2^(2^-schema) is the factor between two boundaries. */
const MIN_SCHEMA = -4;
const MAX_SCHEMA = 8;
// Limit for each sign when two histograms are added; OpenTelemetry's default for its own.
const MAX_MERGED_BUCKETS = 160;

/** Buckets of one sign: bucket `index` is cell `base + index` of `counts`; `first` and `last` are populated. */
export interface BucketRun {
  readonly counts: Float64Array;
  readonly base: number;
  readonly first: number;
  /** Less than `first` if no bucket is populated. */
  readonly last: number;
}

/**
 * A native histogram. The lower boundary of bucket `i` is `2^(i · 2^-schema)`, as in OpenTelemetry; Prometheus numbers it
 * `i + 1`.
 */
export interface NativeHistogram {
  /** -4 to 8. */
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  readonly zeroCount: number;
  readonly positive: BucketRun;
  /** By absolute value. */
  readonly negative: BucketRun;
}

/** Reusable buffer for one native histogram. */
export class NativeBuckets implements NativeHistogram {
  schema = 0;
  count = 0;
  sum = 0;
  zeroCount = 0;
  readonly positive: RunReader = new RunReader();
  readonly negative: RunReader = new RunReader();

  /**
   * Reads one series of an exponential histogram; takes the arguments of a visitor. The result is valid as long as the
   * cells. A scale above 8 is lowered to it. Returns false if there is no native form: the scale is below -4, or there is
   * no sum.
   *
   * @see OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility", exponential histograms
   */
  read(cells: Float64Array, offset: number, { hasSum }: CollectedExponentialHistogram): boolean {
    const scale = cells[offset + EXPONENTIAL.scale]!;
    if (scale < MIN_SCHEMA || !hasSum) return false;
    const shift = Math.max(0, scale - MAX_SCHEMA);
    const positives = cells[offset + EXPONENTIAL.positiveLength]!;
    const negatives = cells[offset + EXPONENTIAL.negativeLength]!;
    const first = offset + EXPONENTIAL.counts;
    this.count = cells[offset + EXPONENTIAL.count]!;
    this.sum = cells[offset + EXPONENTIAL.sum]!;
    this.zeroCount = cells[offset + EXPONENTIAL.zeroCount]!;
    this.positive.read(cells, first, positives, cells[offset + EXPONENTIAL.positiveOffset]!, shift);
    const firstNegative = first + positives;
    this.negative.read(cells, firstNegative, negatives, cells[offset + EXPONENTIAL.negativeOffset]!, shift);
    // Without buckets any schema is right. One that rises with the first bucket would be a reset.
    const isEmpty = this.positive.first > this.positive.last && this.negative.first > this.negative.last;
    this.schema = isEmpty ? MAX_SCHEMA : scale - shift;
    return true;
  }

  /** An independent copy of the last histogram read. */
  copy(): NativeHistogram {
    const { schema, count, sum, zeroCount, positive, negative } = this;
    return { schema, count, sum, zeroCount, positive: positive.copy(), negative: negative.copy() };
  }
}

/** The sum of two histograms, with at most 160 buckets a sign; `undefined` if that needs a schema below -4. */
export function addedNative(left: NativeHistogram, right: NativeHistogram): NativeHistogram | undefined {
  let schema = Math.min(left.schema, right.schema);
  const runsOf = (sign: "positive" | "negative"): readonly BucketRun[] =>
    [left, right]
      .map((histogram) => coarsened(histogram[sign], histogram.schema - schema))
      .filter(({ first, last }) => first <= last);
  while (widthOf(runsOf("positive")) > MAX_MERGED_BUCKETS || widthOf(runsOf("negative")) > MAX_MERGED_BUCKETS)
    schema--;
  if (schema < MIN_SCHEMA) return undefined;
  return {
    schema,
    count: left.count + right.count,
    sum: left.sum + right.sum,
    zeroCount: left.zeroCount + right.zeroCount,
    positive: addedRuns(runsOf("positive")),
    negative: addedRuns(runsOf("negative")),
  };
}

const NONE = new Float64Array(0);

class RunReader implements BucketRun {
  counts: Float64Array = NONE;
  base = 0;
  first = 0;
  last = -1;
  #own = NONE;

  // Reads `length` buckets from index `offset` on, whose counts begin at `at`; merges 2^shift of them into one. Divides,
  // because shifts end at 31 bits and imported offsets may be anything.
  read(cells: Float64Array, at: number, length: number, offset: number, shift: number): void {
    let low = 0;
    while (low < length && cells[at + low] === 0) low++;
    let high = length - 1;
    while (high > low && cells[at + high] === 0) high--;
    const size = 2 ** shift;
    this.first = low === length ? 0 : Math.floor((offset + low) / size);
    this.last = low === length ? -1 : Math.floor((offset + high) / size);
    this.counts = cells;
    this.base = at - offset;
    if (shift === 0 || low === length) return;
    this.#makeRoom(this.last - this.first + 1);
    for (let i = low; i <= high; i++)
      this.#own[Math.floor((offset + i) / size) - this.first]! += cells[at + i]!;
    this.counts = this.#own;
    this.base = -this.first;
  }

  copy(): BucketRun {
    const { counts, base, first, last } = this;
    return { counts: counts.slice(base + first, base + last + 1), base: -first, first, last };
  }

  #makeRoom(width: number): void {
    if (this.#own.length < width) this.#own = new Float64Array(2 * width);
    else this.#own.fill(0, 0, width);
  }
}

function coarsened({ counts, base, first, last }: BucketRun, shift: number): BucketRun {
  const reader = new RunReader();
  reader.read(counts, base + first, last - first + 1, first, shift);
  return reader;
}

function widthOf(runs: readonly BucketRun[]): number {
  if (runs.length === 0) return 0;
  return Math.max(...runs.map(({ last }) => last)) - Math.min(...runs.map(({ first }) => first)) + 1;
}

function addedRuns(runs: readonly BucketRun[]): BucketRun {
  const first = runs.length === 0 ? 0 : Math.min(...runs.map((run) => run.first));
  const counts = new Float64Array(widthOf(runs));
  for (const run of runs)
    for (let i = run.first; i <= run.last; i++) counts[i - first]! += run.counts[run.base + i]!;
  return { counts, base: -first, first, last: first + counts.length - 1 };
}
