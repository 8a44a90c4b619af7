// Key figures whose value over the range is unknown.
import { expect, test } from "vitest";
import { keyFigures } from "../../../src/cli/report/figures.ts";

test("a figure of the whole range that is unknown is not 0", () => {
  const chart = {
    id: "http-duration",
    area: "http",
    aspect: "duration",
    title: "Duration",
    description: "",
    unit: "s",
    kind: "lines",
    metrics: [],
    isInOverview: true,
    times: [1, 2],
    series: [{ name: "p95", values: [0.5, null], overall: null }],
    hidden: 0,
  } as const;
  const range = { charts: [chart], shares: new Map<string, number>() };
  expect(keyFigures(range, undefined)).toMatchObject([{ mean: null, max: 0.5, before: null }]);
});
