// Key figures.
import { join } from "node:path";
import { expect, test } from "vitest";
import { gathered } from "../../../src/cli/report/gathered.ts";
import { keyFigures } from "../../../src/cli/report/figures.ts";
import { History, RemoteHistory } from "../../../src/history/index.ts";
import { sampleSourceOf } from "../../../src/query/given-source.ts";
import { QueryApi } from "../../../src/query/http/api.ts";
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

test("rates by a server that counts the time before the data are those of the time with data", async () => {
  const path = join(newFolder("figures"), "shop.db");
  const to = Date.parse("2026-11-20T10:00:00Z") / 1_000;
  const from = to - 3_600;
  await fillHistory({
    path,
    from,
    to,
    interval: 30,
    record(provider) {
      const sent = provider.getMeter("shop").createCounter("messages.sent");
      return () => sent.add(60, { "messaging.destination.name": "jobs" });
    },
  });
  const history = await History.open({ path, readOnly: true });
  const api = new QueryApi({ source: () => sampleSourceOf(history), version: "1.2.3" });
  const plain = new RemoteHistory({
    server: {
      name: "plain",
      secrets: [],
      async exchanged(asked, parameters, signal = new AbortController().signal) {
        parameters.delete("from_zero");
        const { status, chunks } = await api.answer({ path: asked, parameters, signal });
        return { status, body: Buffer.concat(chunks), isComplete: true };
      },
      close: () => {},
    },
  });
  const young = await gathered(plain, "plain", { from: to - 7 * 86_400, to }, []);
  const rateOf = ({ figures }: typeof young) => figures.find(({ id }) => id === "messages-rate");
  expect(rateOf(young)?.mean).toBeCloseTo(2, 1);
  // The range before has data in its last half alone.
  const later = await gathered(plain, "plain", { from: from + 1_200, to }, []);
  expect(rateOf(later)?.mean).toBeCloseTo(2, 1);
  expect(rateOf(later)?.before).toBeCloseTo(2, 1);
  await plain.close();
  await history.close();
});
