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
  if (others.every(({ times }) => areSame(times, first.times))) return pointwise(first, others);
  const times = everyTime(members);
  const sums = new Float64Array(times.length);
  for (const member of members) addLatest(member, times, sums);
  const sum = new PointList();
  for (let i = 0; i < times.length; i++) sum.push(times[i]!, sums[i]!);
  return sum;
}

// What one process collects has the same times.
function pointwise(first: PointList, others: readonly PointList[]): PointList {
  const sum = new PointList();
  for (let i = 0; i < first.length; i++) {
    let value = first.values[i]!;
    for (const { values } of others) value += values[i]!;
    sum.push(first.times[i]!, value);
  }
  return sum;
}

function everyTime(members: readonly PointList[]): Float64Array {
  const all = new Float64Array(members.reduce((sum, { length }) => sum + length, 0));
  let used = 0;
  for (const { times } of members) {
    all.set(times, used);
    used += times.length;
  }
  all.sort();
  let kept = 0;
  for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[i - 1]) all[kept++] = all[i]!;
  return all.subarray(0, kept);
}

function addLatest(member: PointList, times: Float64Array, sums: Float64Array): void {
  let next = 0;
  for (let i = 0; i < times.length; i++) {
    const time = times[i]!;
    while (next < member.length && member.times[next]! <= time) next++;
    if (next > 0 && time - member.times[next - 1]! <= LOOKBACK_MILLIS) sums[i]! += member.values[next - 1]!;
  }
}

function areSame(left: readonly number[], right: readonly number[]): boolean {
  return left === right || (left.length === right.length && left.every((time, i) => time === right[i]));
}
