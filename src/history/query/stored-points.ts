// The stored points of a question, and their sums.
import { grouped } from "../../query/grouped.ts";
import { areEqual, keyOf } from "../comparison.ts";
import { joined } from "../select/lane-samples.ts";
import type { Lane } from "../select/lanes.ts";
import { cellsOf, cumulativeCells } from "../select/named-lane.ts";
import { type HistogramBlock, rowWidth, within } from "../store/block.ts";
import type { AskedSeries } from "./asked-series.ts";
import { picked } from "./matching.ts";
import type { ResultSeries } from "./points.ts";

// Validity of a series' latest value, as in Prometheus.
const LOOKBACK_MILLIS = 300_000;

/** The points of each lane; with `by`, the sums of the latest values at each time. */
export function storedPoints(asked: AskedSeries): readonly ResultSeries[] {
  const { start, question } = asked;
  return question.by === undefined ? gathered(asked, start) : summedPoints(asked, start, question.to);
}

/** Sums of the points of each group from one time to another. The latest value before is still valid for a while. */
export function summedPoints(asked: AskedSeries, from: number, to: number): readonly ResultSeries[] {
  const { by = [] } = asked.question;
  const members = gathered(asked, from - LOOKBACK_MILLIS).map((points) => ({
    ...points,
    attributes: picked(points.lane.series, by),
  }));
  return [...grouped(members, ({ attributes }) => keyOf(attributes)).values()].flatMap((group) => {
    const all = addedUp(group);
    const [first, end] = [
      all.times.findIndex((time) => time >= from),
      all.times.findLastIndex((time) => time <= to),
    ];
    if (first < 0) return [];
    const [times, values] = [all.times.subarray(first, end + 1), all.values.subarray(first, end + 1)];
    return { attributes: group[0]!.attributes, times, values };
  });
}

/** For histograms, the points are their counts. */
function gathered(asked: AskedSeries, from: number): readonly (ResultSeries & { readonly lane: Lane })[] {
  const { to } = asked.question;
  const lanes: { readonly lane: Lane; readonly times: Float64Array[]; readonly values: Float64Array[] }[] =
    [];
  asked.walk(from, (lane) => {
    const [times, values]: [Float64Array[], Float64Array[]] = [[], []];
    lanes.push({ lane, times, values });
    return {
      block(block) {
        const part = within(block, from, to);
        if (part === undefined) return;
        asked.spend(part.count);
        times.push(part.times());
        values.push(part.kind === "numbers" ? part.values() : countsOf(part));
      },
      finish() {},
    };
  });
  return lanes
    .filter(({ times }) => times.length > 0)
    .map(({ lane, times, values }) => ({
      lane,
      attributes: lane.attributes,
      times: joined(times),
      values: joined(values),
    }));
}

function countsOf(block: HistogramBlock): Float64Array {
  const width = rowWidth(block.bounds);
  return cellsOf(cumulativeCells(block.rows(), width), width - 1, width - 2);
}

type Points = Pick<ResultSeries, "times" | "values">;

// The sum of the latest values at each time of any member.
function addedUp(members: readonly Points[]): Points {
  const [first, ...others] = members;
  if (first !== undefined && others.length === 0) return first;
  // Series of one process share their times.
  const distinct: Float64Array[] = [];
  for (const { times } of members)
    if (!distinct.some((other) => areEqual(times, other))) distinct.push(times);
  const [only, ...further] = distinct;
  const times =
    only !== undefined && further.length === 0
      ? only
      : Float64Array.from(new Set(joined(distinct))).toSorted();
  const values = new Float64Array(times.length);
  for (const member of members) addLatest(member, times, values);
  return { times, values };
}

function addLatest({ times: own, values }: Points, times: Float64Array, sums: Float64Array): void {
  let next = 0;
  for (let i = 0; i < times.length; i++) {
    const time = times[i]!;
    while (next < own.length && own[next]! <= time) next++;
    if (next > 0 && time - own[next - 1]! <= LOOKBACK_MILLIS) sums[i]! += values[next - 1]!;
  }
}
