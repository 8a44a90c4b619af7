// Key figures.
import { join } from "node:path";
import { expect, test } from "vitest";
import { keyFigures } from "../../../src/cli/report/figures.ts";
import { fillHistory } from "../../history/filled-history.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { reportOf } from "./report-of.ts";

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

test("the share of failures of one of several models is its own, and not that of all", () => {
  const chart = {
    id: "models-errors",
    area: "models",
    aspect: "errors",
    title: "Errors of calls to models",
    description: "",
    unit: "1",
    kind: "lines",
    metrics: [],
    isInOverview: true,
    times: [1, 2],
    series: [
      { name: "claude", values: [0.4, 0.6], overall: 0.5 },
      { name: "gpt", values: [0, 0], overall: 0 },
    ],
    hidden: 0,
  } as const;
  const shares = new Map([["models-errors", 0.005]]);
  const [first] = chart.series;
  const range = { charts: [chart], shares };
  expect(keyFigures(range, range)).toMatchObject([{ series: "claude", mean: 0.5, max: 0.6, before: 0.5 }]);
  const one = { charts: [{ ...chart, series: [first] }], shares };
  expect(keyFigures(one, one)).toMatchObject([{ series: "", mean: 0.005, before: 0.005 }]);
});

test("rates of half an hour are figures, also if rules write more often than metrics are collected", async () => {
  const path = join(newFolder("figures"), "shop.db");
  const from = Date.parse("2026-11-20T10:00:00Z") / 1_000;
  const times = { path, from, to: from + 1_800 };
  await fillHistory({
    ...times,
    interval: 5,
    instance: "rules",
    record: (provider) => {
      const alerts = provider.getMeter("shop").createObservableGauge("ALERTS");
      alerts.addCallback((result) => result.observe(1, { alertname: "A", alertstate: "firing" }));
      return () => {};
    },
  });
  await fillHistory({
    ...times,
    interval: 60,
    record: (provider) => {
      const meter = provider.getMeter("shop");
      const duration = meter.createHistogram("http.server.request.duration", { unit: "s" });
      const memory = meter.createObservableGauge("system.memory.usage", { unit: "By" });
      memory.addCallback((result) => {
        result.observe(2e9, { "system.memory.state": "used" });
        result.observe(8e9, { "system.memory.state": "cached" });
      });
      return () => duration.record(0.1, { "http.route": "/" });
    },
  });
  const { figures } = await reportOf(path, from, from + 1_800);
  const { course } = figures.find(({ id }) => id === "http-rate")!;
  expect(course.filter((value) => value !== null).length).toBeGreaterThan(0.9 * course.length);
  // Caches are given up for programs.
  expect(figures.find(({ id }) => id === "machine-memory")).toMatchObject({ series: "used", mean: 2e9 });
});
