import { expect, test } from "vitest";
import {
  columnsOf,
  fittedView,
  isolatedIndices,
  marksOf,
  stateRuns,
} from "../../../src/page/app/chart/plot-data.ts";
import type { ChartData, PageEvent, ViewData } from "../../../src/page/protocol.ts";

const chart = (kind: ChartData["kind"], ...columns: readonly (readonly (number | null)[])[]): ChartData => ({
  id: "c",
  title: "C",
  description: "",
  unit: "1",
  kind,
  expressions: [],
  series: columns.map((values) => ({ name: "", labels: {}, values })),
});

test("stacked values are sums with those below, and a step without any value is a gap", () => {
  expect(columnsOf(chart("stacked", [1, null, null], [2, 3, null]), [0, 1, 2])).toEqual([
    [0, 1, 2],
    [1, 0, null],
    [3, 3, null],
  ]);
  expect(columnsOf(chart("lines", [1, null]), [0, 1])).toEqual([
    [0, 1],
    [1, null],
  ]);
});

test("values without a neighbour are found", () => {
  expect(isolatedIndices([1, null, 2, 3, null, 4])).toEqual([0, 5]);
  expect(isolatedIndices([null])).toEqual([]);
});

test("equal neighbours are one state, and a gap ends it", () => {
  expect(stateRuns([1, 1, 2, null, null, 2], [0, 10, 20, 30, 40, 50], 10)).toEqual([
    { value: 1, from: 0, to: 20 },
    { value: 2, from: 20, to: 30 },
    { value: 2, from: 50, to: 65 },
  ]);
});

test("frequent types of events have no marks", () => {
  const events = (type: string, count: number): readonly PageEvent[] =>
    Array.from({ length: count }, (_, i) => ({ id: `${type} ${i}`, time: i, type, source: "", text: "" }));
  const rare = events("health.changed", 30);
  expect(marksOf([...events("app.tick", 31), ...rare])).toEqual(rare);
  expect(marksOf(rare)).toEqual(rare);
});

test("the usual work of an application has no marks, unless it fails", () => {
  const event = (type: string, severity?: string): PageEvent => ({
    id: `${type} ${severity}`,
    time: 1,
    type,
    source: "shop",
    text: "",
    ...(severity !== undefined && { severity }),
  });
  const news = [event("application.started"), event("COMMAND", "error"), event("health.status")];
  const work = ["messaging.sent", "health.check", "COMMAND", "coordination.message"].map((type) =>
    event(type),
  );
  expect(marksOf([...work, ...news])).toEqual(news);
});

test("a view begins with its first value, but shows at least a minute", () => {
  const times = [0, 60, 120, 180, 240];
  const of = (...values: readonly (readonly (number | null)[])[]): ViewData => ({
    view: "overview",
    from: 0,
    to: 240,
    step: 60,
    times,
    areas: [],
    events: [],
    charts: values.map((each, i) => ({
      id: `${i}`,
      title: "",
      description: "",
      unit: "",
      kind: "lines",
      expressions: [],
      series: [{ name: "", labels: {}, values: each }],
    })),
  });
  const full = of([null, null, null, null, 1], [0, 1, 2, 3, 4]);
  expect(fittedView(full)).toBe(full);
  expect(fittedView(of([null, null, 5, null, null], [null, null, null, 1, 1])).from).toBe(120);
  expect(fittedView(of([null, null, null, null, 1])).from).toBe(180);
  expect(fittedView(of([null, null, null, null, null])).from).toBe(0);
  const alerts = { ...of([null, null, 5, 5, 5]), view: "alerts" };
  expect(fittedView(alerts)).toBe(alerts);
});
