// The overview by the page's flag alone: its monitors and detectors, its tables, and what a row opens.
import { metrics } from "@opentelemetry/api";
import { expect, test, vi } from "vitest";
import type { TableData, ViewData } from "../../src/page/protocol.ts";
import { type ServedPage, servedPage } from "./kit/served-page.ts";

const ROUTE = { "http.request.method": "GET", "http.route": "/orders" };

function recordRequests(routes: number): void {
  const duration = metrics.getMeter("app").createHistogram("http.server.request.duration", { unit: "s" });
  for (let i = 0; i < routes; i++) {
    const route = i === 0 ? ROUTE : { ...ROUTE, "http.route": `/route-${i}` };
    for (const [code, seconds] of [
      [200, 0.1],
      [500, 0.2],
    ] as const)
      duration.record(seconds * (routes - i), { ...route, "http.response.status_code": code });
  }
}

async function tablesOf({ past }: ServedPage): Promise<readonly TableData[]> {
  const now = Date.now() / 1_000;
  return (await past("overview", now - 60, now)).tables ?? [];
}

test("the page alone has monitors and detectors: nothing of them is in events or in exported metrics", async () => {
  const page = await servedPage({ history: { path: ":memory:" } });
  const { telemetry, url } = page;
  telemetry.health.set("database", "unhealthy", "no connection");
  expect(telemetry.alerts).toBeUndefined();
  const stream = await page.stream("overview");
  const status = await stream.next("status", ({ alerts = [] }) => alerts.length > 0);
  expect(status.areAlertsSent).toBe(false);
  expect(status.anomalies).toEqual([]);
  expect(status.alerts?.map(({ name, state }) => [name, state])).toContainEqual([
    "ApplicationUnhealthy",
    "pending",
  ]);
  const explained = await (await fetch(`${url}/page/explain`)).json();
  expect(explained).toMatchObject({ alert: { name: "ApplicationUnhealthy", state: "pending" } });
  const scraped = await (await fetch(`${url}/metrics`)).text();
  expect(scraped).not.toMatch(/^(?:alerts?|anomaly|ALERTS)_/m);
  expect(telemetry.events.recent().filter(({ event_type: type }) => /^(?:alert|anomaly)/.test(type))).toEqual(
    [],
  );
});

test("alerts that are switched off stay off on the page", async () => {
  const page = await servedPage({ alerts: false, anomalies: false });
  const status = await (await page.stream("overview")).next("status");
  expect(status).not.toHaveProperty("alerts");
  expect(status).not.toHaveProperty("anomalies");
});

test("the whole overview has the panels of all areas, those of the overview first", async () => {
  const page = await servedPage({ runtime: true });
  const now = (): number => Date.now() / 1_000;
  const charts = async (view: string): Promise<ViewData["charts"]> =>
    (await page.past(view, now() - 60)).charts;
  await vi.waitFor(async () => expect((await charts("overview")).length).toBeGreaterThan(1));
  const [few, whole] = [await charts("overview"), await charts("overview/whole")];
  expect(few.every(({ isFurther }) => isFurther === undefined)).toBe(true);
  expect(whole.slice(0, few.length).map(({ id }) => id)).toEqual(few.map(({ id }) => id));
  expect(whole.length).toBeGreaterThan(few.length);
  expect(whole.slice(few.length).every(({ isFurther }) => isFurther)).toBe(true);
});

test("a table has the figures that queries have, the rows that take most time first", async () => {
  const page = await servedPage();
  recordRequests(2);
  await vi.waitFor(async () => expect((await tablesOf(page))[0]?.rows).toHaveLength(2));
  const [table] = await tablesOf(page);
  expect(table).toMatchObject({ id: "http-routes", area: "http", hidden: 0, window: 60 });
  expect(table?.columns.map(({ title }) => title)).toEqual(["Time", "Rate", "Errors", "p95"]);
  expect(table?.rows.map(({ labels }) => labels)).toEqual([
    { http_request_method: "GET", http_route: "/orders" },
    { http_request_method: "GET", http_route: "/route-1" },
  ]);
  // Durations of 0.2 and 0.4 s against 0.1 and 0.2 s, and one of two requests has failed.
  expect(table?.rows.map(({ values }) => values[0]?.toFixed(3))).toEqual(["0.667", "0.333"]);
  expect(table?.rows.map(({ values }) => values[2])).toEqual([0.5, 0.5]);
});

test("a table has the highest rows of each column, and says how many others there are", async () => {
  const page = await servedPage();
  recordRequests(30);
  await vi.waitFor(async () => expect((await tablesOf(page))[0]?.rows.length).toBeGreaterThan(9));
  const [table] = await tablesOf(page);
  expect((table?.rows.length ?? 0) + (table?.hidden ?? 0)).toBe(30);
  expect(table?.rows.length).toBeLessThan(30);
  const times = (table?.rows ?? []).map(({ values }) => values[0] ?? 0);
  expect(times).toEqual(times.toSorted((one, other) => other - one));
});

test("a row opens charts of its own series alone", async () => {
  const page = await servedPage();
  recordRequests(3);
  const labels = JSON.stringify({ http_request_method: "GET", http_route: "/orders" });
  const view = `row/http-routes?of=${encodeURIComponent(labels)}`;
  const now = (): number => Date.now() / 1_000;
  await vi.waitFor(async () =>
    expect((await page.past(view, now() - 60)).charts.map(({ id }) => id)).toEqual([
      "http-rate",
      "http-errors",
      "http-duration",
    ]),
  );
  const { charts } = await page.past(view, now() - 60);
  for (const { expressions } of charts)
    for (const expression of expressions)
      expect(expression).toContain('{http_request_method="GET",http_route="/orders"');
  for (const wrong of ["row/http-routes", "row/http-routes?of=1", 'row/x?of={"a":1}']) {
    const search = new URLSearchParams({ view: wrong, from: `${now() - 60}` });
    expect((await fetch(`${page.url}/page/view?${search.toString()}`)).status).toBe(400);
  }
});
