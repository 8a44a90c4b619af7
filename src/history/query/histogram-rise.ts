// What was measured in a window, from the histograms of one series, which count on from its start.
import type { HistogramBlock } from "../store/block.ts";
import { type Buckets, cumulativeAt, haveSameBounds } from "./buckets.ts";
import { extrapolatedIncrease } from "./extrapolation.ts";

/**
 * The rise of one series' histogram in one window, point after point. Each count is a counter of its own, as it is to
 * Prometheus: it is extrapolated by itself.
 */
export class HistogramRise {
  #count = 0;
  #firstTime = 0;
  #lastTime = 0;
  #first: Buckets | undefined;
  #last: Buckets | undefined;
  #increase: Buckets | undefined;

  /** Takes one point: a row of a block. @param isOther whether it is the first of another process. */
  point(time: number, bounds: Float64Array, row: Float64Array, isOther: boolean): void {
    const buckets = bucketsOf(bounds, row);
    this.#next(time, buckets, isOther);
    this.#count++;
    this.#last = buckets;
    this.#lastTime = time;
  }

  /** Takes all points of a block at once. */
  block(block: HistogramBlock, isOther: boolean): void {
    const { bounds } = block;
    this.#next(block.from, bucketsOf(bounds, block.first()), isOther);
    this.#rise(bucketsOf(bounds, block.increase()));
    this.#count += block.count;
    this.#last = bucketsOf(bounds, block.last());
    this.#lastTime = block.to;
  }

  /** What was measured in the window, or `undefined` where there are not two points. Begins anew. */
  take(start: number, end: number): Buckets | undefined {
    const [first, increase] = [this.#first, this.#increase];
    const seen = { count: this.#count, firstTime: this.#firstTime, lastTime: this.#lastTime };
    this.#count = 0;
    this.#first = undefined;
    this.#increase = undefined;
    if (first === undefined || increase === undefined || seen.count < 2 || seen.lastTime <= seen.firstTime)
      return undefined;
    const { bounds } = increase;
    // Bounds of exponential histograms change as they grow.
    const firsts = haveSameBounds(first.bounds, bounds) ? first.cumulative : cumulativeAt(first, bounds);
    const extrapolated = (from: number, by: number): number =>
      extrapolatedIncrease(from, by, seen, start, end);
    return {
      bounds,
      cumulative: increase.cumulative.map((by, i) => extrapolated(firsts[i]!, by)),
      sum: extrapolated(first.sum, increase.sum),
    };
  }

  #next(time: number, buckets: Buckets, isOther: boolean): void {
    const last = this.#last;
    if (this.#count === 0 || last === undefined) {
      this.#first = buckets;
      this.#firstTime = time;
    } else this.#rise(isOther || totalOf(buckets) < totalOf(last) ? buckets : difference(buckets, last));
  }

  #rise(by: Buckets): void {
    this.#increase = this.#increase === undefined ? by : sumOfRises(this.#increase, by);
  }
}

function bucketsOf(bounds: Float64Array, row: Float64Array): Buckets {
  const cumulative = row.slice(1);
  for (let i = 1; i < cumulative.length; i++) cumulative[i]! += cumulative[i - 1]!;
  return { bounds, cumulative, sum: row[0]! };
}

function totalOf({ cumulative }: Buckets): number {
  return cumulative.at(-1) ?? 0;
}

function difference(later: Buckets, earlier: Buckets): Buckets {
  return combined(later, earlier, (a, b) => a - b);
}

function sumOfRises(left: Buckets, right: Buckets): Buckets {
  return combined(left, right, (a, b) => a + b);
}

// By the bounds that both have, where they differ: what lies between those cannot be told apart.
function combined(left: Buckets, right: Buckets, combine: (a: number, b: number) => number): Buckets {
  const sum = combine(left.sum, right.sum);
  if (haveSameBounds(left.bounds, right.bounds))
    return {
      bounds: left.bounds,
      cumulative: left.cumulative.map((count, i) => combine(count, right.cumulative[i]!)),
      sum,
    };
  const others = new Set(Array.from(right.bounds));
  const bounds = Array.from(left.bounds).filter((bound) => others.has(bound));
  const [ofLeft, ofRight] = [cumulativeAt(left, bounds), cumulativeAt(right, bounds)];
  return { bounds, cumulative: ofLeft.map((count, i) => combine(count, ofRight[i]!)), sum };
}
