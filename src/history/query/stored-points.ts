// The stored points of a question, and their sums.
import { keyOf } from "../comparison.ts";
import { grouped } from "../../query/grouped.ts";
import type { Lane } from "../select/lanes.ts";
import type { AskedSeries } from "./asked-series.ts";
import { picked } from "./matching.ts";
import { addedUp, gather, LOOKBACK_MILLIS, PointList, type ResultSeries } from "./points.ts";

/** The points of each lane; with `by`, the sums of the latest values at each time. */
export function storedPoints(asked: AskedSeries): readonly ResultSeries[] {
  const { start } = asked;
  if (asked.question.by === undefined) return gathered(asked, start);
  return summedPoints(asked, start).flatMap(({ attributes, points: { times, values } }) => {
    const first = times.findIndex((time) => time >= start);
    if (first < 0) return [];
    const points = new PointList();
    points.pushAll(times.subarray(first), values.subarray(first));
    return { attributes, points };
  });
}

/** Sums of the points of each group. They begin before `from`, because the latest value may still be valid then. */
export function summedPoints(asked: AskedSeries, from: number): readonly ResultSeries[] {
  const { by = [] } = asked.question;
  const members = gathered(asked, from - LOOKBACK_MILLIS).map(({ points, lane }) => ({
    points,
    attributes: picked(lane.series, by),
  }));
  return [...grouped(members, ({ attributes }) => keyOf(attributes)).values()].map((group) => ({
    attributes: group[0]!.attributes,
    points: addedUp(group.map(({ points }) => points)),
  }));
}

function gathered(asked: AskedSeries, from: number): readonly (ResultSeries & { readonly lane: Lane })[] {
  const { to } = asked.question;
  const found: (ResultSeries & { readonly lane: Lane })[] = [];
  asked.walk(from, (lane) => {
    const points = new PointList();
    found.push({ attributes: lane.attributes, points, lane });
    return {
      block: (block) => {
        const before = points.length;
        gather(block, from, to, points);
        asked.spend(points.length - before);
      },
      finish: () => {},
    };
  });
  return found.filter(({ points }) => points.length > 0);
}
