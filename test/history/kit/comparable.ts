// Answers as they are compared: attributes are keys of OpenTelemetry here and labels there, numbers have so many digits.
import type { Attributes } from "@opentelemetry/api";
import type { Answer, Point } from "tachymeter/history";

/** Points by series. */
export type Comparable = Readonly<Record<string, readonly Point[]>>;

/** The points of an answer, by texts of their labels. */
export function comparable({ series }: Answer): Comparable {
  const entries = series.map(({ attributes, points }) => [textOf(attributes), points] as const);
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/**
 * Where two answers differ, in words; empty where they do not.
 *
 * @param share by which values may differ, of the larger of the two, or of 1.
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
