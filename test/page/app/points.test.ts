import { expect, test } from "vitest";
import { withEvents, withPoints } from "../../../src/page/app/state/points.ts";
import type { ViewData } from "../../../src/page/protocol.ts";

const view: ViewData = {
  view: "overview",
  from: 0,
  to: 20,
  step: 10,
  times: [0, 10, 20],
  areas: [],
  events: [{ id: "1", time: 4, type: "a", source: "s", text: "t" }],
  charts: [
    {
      id: "c",
      title: "C",
      description: "",
      unit: "s",
      kind: "lines",
      expressions: ["c"],
      series: [{ name: "x", labels: {}, values: [1, 2, 3] }],
      band: { low: [0, 0, 0], high: [9, 9, 9] },
    },
  ],
};

test("a step is appended, and the oldest one leaves", () => {
  const next = withPoints(view, { time: 30, charts: [{ id: "c", values: [4] }] });
  expect(next).toMatchObject({ from: 10, to: 30, times: [10, 20, 30], events: [] });
  expect(next.charts[0]?.series[0]?.values).toEqual([2, 3, 4]);
  expect(next.charts[0]?.band).toEqual({ low: [0, 0, null], high: [9, 9, null] });
});

test("the expected range follows, also in a chart that had none", () => {
  const charts = [{ id: "c", values: [4], band: { low: 1, high: 8 } }];
  expect(withPoints(view, { time: 30, charts }).charts[0]?.band).toEqual({ low: [0, 0, 1], high: [9, 9, 8] });
  const [{ band: _band, ...bare }] = [view.charts[0]!];
  const next = withPoints({ ...view, charts: [bare] }, { time: 30, charts });
  expect(next.charts[0]?.band).toEqual({ low: [null, null, 1], high: [null, null, 8] });
});

test("unusual times follow, also in a chart that had none", () => {
  const unusual = [{ id: "c", values: [4], unusual: true }];
  const first = withPoints(view, { time: 30, charts: unusual });
  expect(first.charts[0]?.unusual).toEqual([false, false, true]);
  const second = withPoints(first, { time: 40, charts: [{ id: "c", values: [5] }] });
  expect(second.charts[0]?.unusual).toEqual([false, true, false]);
  expect(withPoints(view, { time: 30, charts: [] }).charts[0]?.unusual).toBeUndefined();
});

test("a series that appears has no values before", () => {
  const added = [{ name: "y", labels: { a: "b" } }];
  const next = withPoints(view, { time: 30, charts: [{ id: "c", values: [4, 5], added }] });
  expect(next.charts[0]?.series[1]).toEqual({ name: "y", labels: { a: "b" }, values: [null, null, 5] });
});

test("a chart that is missing in a step has a gap", () => {
  const next = withPoints(view, { time: 30, charts: [] });
  expect(next.charts[0]?.series[0]?.values).toEqual([2, 3, null]);
});

test("the same step again replaces the last one, and an older one changes nothing", () => {
  const same = withPoints(view, { time: 20, charts: [{ id: "c", values: [7] }] });
  expect(same.times).toEqual([0, 10, 20]);
  expect(same.charts[0]?.series[0]?.values).toEqual([1, 2, 7]);
  expect(withPoints(view, { time: 19, charts: [{ id: "c", values: [7] }] })).toBe(view);
});

test("all columns keep the length of the times over many steps", () => {
  let next = view;
  for (let time = 30; time <= 500; time += 10) {
    next = withPoints(next, { time, charts: [{ id: "c", values: [time] }] });
    expect(next.times.length).toBeLessThanOrEqual(3);
    for (const { values } of next.charts[0]?.series ?? []) expect(values.length).toBe(next.times.length);
  }
  expect(next.charts[0]?.series[0]?.values).toEqual([480, 490, 500]);
});

test("events are sorted by time, and the latest 1,000 stay, with those of rare types", () => {
  const events = Array.from({ length: 1_200 }, (_, i) => ({
    id: `e${i}`,
    time: 1_200 - i,
    type: "e",
    source: "s",
    text: "",
  }));
  const next = withEvents(withEvents(view, events), events.slice(0, 3)).events;
  expect(next.length).toBe(1_000);
  expect(next.at(-1)?.time).toBe(1_200);
  expect(next.slice(0, 2).map(({ time }) => time)).toEqual([4, 202]);
});
