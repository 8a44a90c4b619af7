// Series that are added up moment by moment.
import { PointList } from "./point-list.ts";

/** For how long a series' latest value counts where another has a point and it has none: as in Prometheus. */
export const LOOKBACK_MILLIS = 300_000;

/**
 * The sum of all at each moment at which any has a point: of the latest values of those that have one which is not older
 * than five minutes.
 */
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

// What one process collects has the same times.
function everyTime(members: readonly PointList[]): Float64Array {
  const distinct: Float64Array[] = [];
  for (const { times } of members) if (!distinct.some((other) => areSame(times, other))) distinct.push(times);
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

function areSame(left: Float64Array, right: Float64Array): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}
