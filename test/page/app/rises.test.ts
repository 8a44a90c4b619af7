import { expect, test } from "vitest";
import { risesOf } from "../../../src/page/app/views/rises.ts";
import type { ChartData } from "../../../src/page/protocol.ts";

const TIMES = Array.from({ length: 40 }, (_, i) => 1_000 + 5 * i);

/** 28 values, then 12 others. */
function chart(
  given: Partial<ChartData>,
  ...series: readonly (readonly [name: string, before: number | null, after: number | null])[]
): ChartData {
  return {
    id: given.title ?? "",
    title: "",
    description: "",
    unit: "s",
    kind: "lines",
    aspect: "duration",
    expressions: [],
    ...given,
    series: series.map(([name, before, after]) => ({
      name,
      labels: {},
      values: TIMES.map((_, i) => (i < 28 ? before : after)),
    })),
  };
}

function shown(...charts: readonly ChartData[]): readonly unknown[] {
  return risesOf(charts, TIMES).map(({ chart: of, series, value, before, since }) => [
    of.title,
    series.name,
    value,
    before,
    since,
  ]);
}

test("errors, slow calls, full queues and memory that have risen are named, with their begin", () => {
  const since = 1_000 + 5 * 28;
  expect(
    shown(
      chart({ title: "heap", aspect: "utilization", unit: "By" }, ["used", 6e7, 3e8]),
      chart(
        { title: "queues", aspect: "saturation", unit: "{message}" },
        ["mails", 2, 2],
        ["orders", 1, 400],
      ),
      chart({ title: "calls" }, ["p50", 0.01, 0.01], ["p95", 0.05, 2.5]),
      // There is no series before the first error.
      chart({ title: "failing", aspect: "errors", unit: "{request}/s" }, ["POST /orders", null, 3]),
      chart({ title: "served" }, ["p95", 0.05, 0.06]),
    ),
  ).toEqual([
    ["failing", "POST /orders", 3, 0, since],
    ["calls", "p95", 2.5, 0.05, since],
    ["queues", "orders", 400, 1, since],
    ["heap", "used", 3e8, 6e7, since],
  ]);
});

test("nothing has risen without values before, after the end, by little, or of the machine", () => {
  const late = chart({ title: "late" }, ["p95", null, 2]);
  const ended = chart({ title: "ended" }, ["p95", 2, 0.05]);
  const small = chart({ title: "small" }, ["p95", 0.001, 0.05]);
  const machine = chart({ title: "disk", area: "machine", unit: "1" }, ["/", 0.1, 0.9]);
  const rate = chart({ title: "rate", aspect: "rate", unit: "{request}/s" }, ["200", 1, 900]);
  expect(shown(late, ended, small, machine, rate)).toEqual([]);
  expect(risesOf([], [])).toEqual([]);
});
