// Query results as numbers in few buffers, which are transferred between threads.
import { areEqual } from "../comparison.ts";
import type { Attributes } from "@opentelemetry/api";
import type { AnswerSeries, MetricType, Point } from "../question.ts";
import type { Block, HistogramBlock } from "../store/block.ts";

export interface QueryResult {
  readonly unit: string;
  readonly type: MetricType;
  /** Why there is no result. */
  readonly problem?: string;
  readonly attributes: readonly Attributes[];
  /** The end of each series' points. */
  readonly ends: Float64Array;
  /** In milliseconds, series after series. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export interface ResultSeries {
  readonly attributes: Attributes;
  readonly points: PointList;
}

export function packedResult(
  { unit, type }: Pick<QueryResult, "unit" | "type">,
  series: readonly ResultSeries[],
): QueryResult {
  const ends = new Float64Array(series.length);
  let total = 0;
  for (const [i, { points }] of series.entries()) ends[i] = total += points.length;
  const times = new Float64Array(total);
  const values = new Float64Array(total);
  for (const [i, { points }] of series.entries()) {
    times.set(points.times, ends[i - 1] ?? 0);
    values.set(points.values, ends[i - 1] ?? 0);
  }
  return { unit, type, attributes: series.map(({ attributes }) => attributes), ends, times, values };
}

export function buffersOf({ ends, times, values }: QueryResult): ArrayBuffer[] {
  return [ends, times, values].flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? buffer : []));
}

/** Converts times to seconds, in steps. */
export function* unpackedSeries({
  attributes,
  ends,
  times,
  values,
}: QueryResult): Generator<void, AnswerSeries[]> {
  const series: AnswerSeries[] = [];
  let next = 0;
  for (const [i, each] of attributes.entries()) {
    const points: Point[] = [];
    for (; next < ends[i]!; next++) {
      points.push([times[next]! / 1_000, values[next]!]);
      if (next % POINTS_A_STEP === POINTS_A_STEP - 1) yield;
    }
    series.push({ attributes: each, points });
    if (i % SERIES_A_STEP === SERIES_A_STEP - 1) yield;
  }
  return series;
}

// Some tens of microseconds.
const POINTS_A_STEP = 512;
const SERIES_A_STEP = 64;

const FIRST_CAPACITY = 16;

export class PointList {
  #times = new Float64Array(FIRST_CAPACITY);
  #values = new Float64Array(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get times(): Float64Array {
    return this.#times.subarray(0, this.#length);
  }

  get values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }

  /** Makes room for a number of further points. */
  reserve(count: number): void {
    if (this.#length + count > this.#times.length) this.#makeRoom(this.#length + count);
  }

  push(time: number, value: number): void {
    if (this.#length === this.#times.length) this.#makeRoom(2 * this.#length);
    this.#times[this.#length] = time;
    this.#values[this.#length++] = value;
  }

  pushAll(times: Float64Array, values: Float64Array): void {
    const length = this.#length + times.length;
    if (length > this.#times.length) this.#makeRoom(Math.max(length, 2 * this.#length));
    this.#times.set(times, this.#length);
    this.#values.set(values, this.#length);
    this.#length = length;
  }

  #makeRoom(capacity: number): void {
    const [times, values] = [new Float64Array(capacity), new Float64Array(capacity)];
    times.set(this.times);
    values.set(this.values);
    this.#times = times;
    this.#values = values;
  }
}

/** Validity of a series' latest value, as in Prometheus. */
export const LOOKBACK_MILLIS = 300_000;

/** The sum of the latest values at each time of any member. */
export function addedUp(members: readonly PointList[]): PointList {
  const [first, ...others] = members;
  if (first === undefined) return new PointList();
  if (others.length === 0) return first;
  const times = everyTime(members);
  const sums = new Float64Array(times.length);
  for (const member of members) addLatest(member, times, sums);
  const sum = new PointList();
  sum.pushAll(times, sums);
  return sum;
}

// Series of one process share their times.
function everyTime(members: readonly PointList[]): Float64Array {
  const distinct: Float64Array[] = [];
  for (const { times } of members)
    if (!distinct.some((other) => areEqual(times, other))) distinct.push(times);
  if (distinct.length === 1) return distinct[0]!;
  const all = new Float64Array(distinct.reduce((sum, { length }) => sum + length, 0));
  let used = 0;
  for (const times of distinct) {
    all.set(times, used);
    used += times.length;
  }
  all.sort();
  let kept = 0;
  for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[i - 1]) all[kept++] = all[i]!;
  return all.subarray(0, kept);
}

function addLatest({ times: own, values }: PointList, times: Float64Array, sums: Float64Array): void {
  let next = 0;
  for (let i = 0; i < times.length; i++) {
    const time = times[i]!;
    while (next < own.length && own[next]! <= time) next++;
    if (next > 0 && time - own[next - 1]! <= LOOKBACK_MILLIS) sums[i]! += values[next - 1]!;
  }
}

/** Adds the points from `from` to `to`. */
export function gather(block: Block, from: number, to: number, points: PointList): void {
  const times = block.times();
  const values = block.kind === "numbers" ? block.values() : countsOf(block);
  if (block.from >= from && block.to <= to) return points.pushAll(times, values);
  for (let i = 0; i < times.length; i++) {
    const time = times[i]!;
    if (time >= from && time <= to) points.push(time, values[i]!);
  }
}

/** The count of a histogram at each point. */
export function countsOf(block: HistogramBlock): Float64Array {
  const rows = block.rows();
  const width = block.bounds.length + 2;
  const counts = new Float64Array(rows.length / width);
  for (let i = 0; i < counts.length; i++) for (let j = 1; j < width; j++) counts[i]! += rows[i * width + j]!;
  return counts;
}
