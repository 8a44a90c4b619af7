// Comparison of results from different sources. Attributes are OpenTelemetry keys or labels, and servers limit the
// digits of numbers.
import type { Attributes } from "@opentelemetry/api";
import type { Answer, Point } from "tachymeter/history";

/** Points by series. */
export type Comparable = Readonly<Record<string, readonly Point[]>>;

/** The points of a result, by the text of their labels. */
export function comparable({ series }: Answer): Comparable {
  const entries = series.map(({ attributes, points }) => [textOf(attributes), points] as const);
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/**
 * Describes the differences of two results; empty if they are equal.
 *
 * @param share tolerated difference of values, relative to the larger of the two, or to 1
 */
export function differences(one: Comparable, other: Comparable, share: number): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].flatMap((name) => {
    const [points = [], others = []] = [one[name], other[name]];
    const [times, otherTimes] = [points, others].map((each) => each.map(([time]) => time).join(" "));
    if (times !== otherTimes) return [`${name}: points at [${times}], and at [${otherTimes}]`];
    return points.flatMap(([time, value], i) => {
      const otherValue = others[i]?.[1] ?? NaN;
      const isNear =
        Math.abs(value - otherValue) <= share * Math.max(Math.abs(value), Math.abs(otherValue), 1);
      return value === otherValue || isNear ? [] : [`${name}: ${value} at ${time}, and ${otherValue}`];
    });
  });
}

function textOf(attributes: Attributes): string {
  const labels = Object.entries(attributes)
    .filter(([key]) => !key.startsWith("otel_scope_"))
    .map(([key, value]) => `${key.replaceAll(".", "_")}=${String(value)}`);
  return labels.toSorted().join(",");
}
