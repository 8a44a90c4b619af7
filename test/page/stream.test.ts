import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { connect, type Socket } from "node:net";
import { metrics } from "@opentelemetry/api";
import { expect, onTestFinished, test } from "vitest";
import { nextTurn } from "../../src/io/yield.ts";
import { Client, messageOf } from "../../src/page/streams/client.ts";
import type { PageEvent, Status } from "../../src/page/protocol.ts";
import { EventStream } from "./kit/event-stream.ts";
import { busyApplication } from "./kit/busy-application.ts";
import { plainRequest, servedPage, streamUrl } from "./kit/served-page.ts";

test("a stream that has ended takes no further message, and raises no error", async () => {
  const to = new PassThrough();
  const errors: unknown[] = [];
  to.on("error", (error) => errors.push(error));
  const client = new Client(to, () => {});
  client.end();
  expect(client.send(messageOf("view", Buffer.from("{}")))).toBe(false);
  client.beat();
  await nextTurn();
  expect(errors).toEqual([]);
});

// The test's process may have started within the range.
function isOfApplication({ type }: PageEvent): boolean {
  return type !== "application.started";
}

test("an empty application has a view without charts, and a status with the alerts of the page alone", async () => {
  const page = await servedPage();
  const stream = await page.stream("overview");
  expect(stream.response.headers).toMatchObject({ "content-type": "text/event-stream" });
  const status: Status = await stream.next("status");
  expect(status).toMatchObject({ service: "shop", members: [{ role: "aggregator" }], maySilence: false });
  expect(status).not.toHaveProperty("health");
  expect(status).toMatchObject({ alerts: [], areAlertsSent: false, anomalies: [] });
  const view = await stream.next("view");
  expect(view).toMatchObject({ view: "overview", step: 2, charts: [], tables: [] });
  expect(view.events.filter(isOfApplication)).toEqual([]);
});

test("a chart appears with the first series of a metric, in a further view", async () => {
  const page = await servedPage();
  const stream = await page.stream("area/messages", "1m");
  expect(await stream.next("view")).toMatchObject({ charts: [] });
  page.telemetry.messaging.sent("orders");
  const { charts } = await stream.next("view", (view) => view.charts.length > 0);
  expect(charts.map(({ id }) => id)).toContain("messages-rate");
});

test("a new series is added to its chart with its first value", async () => {
  const page = await servedPage();
  const gauge = metrics.getMeter("app").createGauge("depth");
  gauge.record(1, { queue: "a" });
  // Metrics of the telemetry itself appear after the first collection.
  await page.telemetry.query("1");
  const stream = await page.stream("instrument/depth", "1m");
  const view = await stream.next("view", ({ charts }) => charts[0]?.series.length === 1);
  expect(view.charts[0]?.series.map(({ name }) => name)).toEqual(["queue=a"]);
  await stream.next("points");
  gauge.record(2, { queue: "b" });
  const points = await stream.next("points", ({ charts }) => charts[0]?.added !== undefined);
  expect(points.charts[0]).toEqual({
    id: "value",
    values: [1, 2],
    added: [{ name: "queue=b", labels: { queue: "b" } }],
  });
});

test("a metric that disappears has no value, and its chart stays", async () => {
  const page = await servedPage();
  let isThere = true;
  const gauge = metrics.getMeter("app").createObservableGauge("room_temperature");
  gauge.addCallback((result) => {
    if (isThere) result.observe(20);
  });
  const stream = await page.stream("instrument/room_temperature", "1m");
  await stream.next("view", ({ charts }) => charts[0]?.series[0]?.values.at(-1) === 20);
  isThere = false;
  await stream.next("points", ({ charts }) => charts[0]?.values[0] === null);
  const again = await page.stream("instrument/room_temperature", "1m");
  const { charts, instrument } = await again.next("view");
  expect(instrument).toMatchObject({ type: "gauge" });
  expect(charts[0]?.series[0]?.values).toContain(20);
});

test("at most 20 series are sent for a chart, those with the highest values", async () => {
  const page = await servedPage();
  const gauge = metrics.getMeter("app").createGauge("depth");
  for (let i = 0; i < 50; i++) gauge.record(i, { queue: `${i}` });
  const stream = await page.stream("instrument/depth", "1m");
  const [chart] = (await stream.next("view", ({ charts }) => charts[0]?.series.length === 20)).charts;
  expect(chart).toMatchObject({ hidden: 30, series: { length: 20 } });
  const lasts = chart?.series.map(({ values }) => values.at(-1) ?? 0) ?? [];
  expect(lasts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 30));
});

test("events are sent as they are recorded, and are in the next view", async () => {
  const page = await servedPage();
  const stream = await page.stream("overview");
  await stream.next("view");
  page.telemetry.events.record({
    event_type: "deploy",
    source: "ci",
    labels: { severity: "info" },
    data: { version: "1.2.3", notes: { long: true }, hosts: ["a", "b"] },
  });
  const expected = {
    type: "deploy",
    source: "ci",
    severity: "info",
    text: "version=1.2.3, notes={…}, hosts=[2]",
  };
  const [event] = await stream.next("events");
  expect(event).toMatchObject(expected);
  const again = await page.stream("events");
  const view = await again.next("view");
  expect(view.events.filter(isOfApplication)).toEqual([event]);
});

test("10,000 events at once are bounded to the 100 latest", async () => {
  const page = await servedPage();
  const stream = await page.stream("overview");
  await stream.next("view");
  for (let i = 0; i < 10_000; i++)
    page.telemetry.events.record({ event_type: `type ${i}`, source: "test", data: { big: "x".repeat(100) } });
  const events = await stream.next("events", (all) => all.some(({ type }) => type === "type 9999"));
  expect(events).toHaveLength(100);
});

test("hostile names and values arrive as they are, shortened, on one line each", async () => {
  const page = await servedPage();
  const hostile = [
    `<img src=x onerror=alert(1)>"'&`,
    "\u001b[31mred\u001b[0m",
    "\u202eright to left",
    "line\nbreak\r\n\ndata: {}\n\nevent: points",
    "__proto__",
    "x".repeat(10_240),
  ];
  const gauge = metrics.getMeter("app").createGauge("depth");
  for (const [i, queue] of hostile.entries()) gauge.record(i, { queue });
  for (const type of hostile)
    page.telemetry.events.record({ event_type: type, source: type, data: { [type]: type } });
  const stream = await page.stream("instrument/depth", "1m");
  const { charts, events: all } = await stream.next("view", (view) => view.charts[0]?.series.length === 6);
  const events = all.filter(isOfApplication);
  const queues = charts[0]?.series.map(({ labels }) => labels["queue"] ?? "") ?? [];
  expect(new Set(queues)).toEqual(new Set([...hostile.slice(0, 5), `${"x".repeat(1_023)}…`]));
  expect(charts[0]?.series.every(({ name }) => name.length <= 200)).toBe(true);
  expect(events.map(({ type }) => type.slice(0, 10))).toEqual(hostile.map((type) => type.slice(0, 10)));
  for (const { type, source, text } of events)
    expect(Math.max(type.length, source.length, text.length)).toBeLessThanOrEqual(300);
  for (const by of ["__proto__", "constructor", 'a"} or vector(1) #', "unknown"]) {
    const other = await page.stream(`instrument/depth?by=${encodeURIComponent(by)}`, "1m");
    const [chart] = (await other.next("view")).charts;
    expect(chart?.error).toBeUndefined();
    expect(chart?.series.map(({ values }) => values.at(-1))).toEqual([0 + 1 + 2 + 3 + 4 + 5]);
  }
});

test("an unknown metric with a hostile name has an empty view", async () => {
  const page = await servedPage();
  for (const name of ['</script>"} or up{"', "__proto__", "x\n", ".*"]) {
    const stream = await page.stream(`instrument/${encodeURIComponent(name)}`, "1m");
    const view = await stream.next("view");
    expect(view.charts).toEqual([]);
    expect(view.instrument).toBeUndefined();
  }
});

test("20 tabs of one view are sent the same bytes, evaluated once", async () => {
  const page = await servedPage();
  let collections = 0;
  metrics
    .getMeter("app")
    .createObservableGauge("collections")
    .addCallback((result) => result.observe(++collections));
  const tabs = await Promise.all(
    Array.from({ length: 20 }, () => page.stream("instrument/collections", "1m")),
  );
  await Promise.all(tabs.map((tab) => tab.next("view")));
  const points = await Promise.all(tabs.map((tab) => tab.next("points")));
  expect(new Set(points.map((each) => JSON.stringify(each))).size).toBe(1);
});

test("a tab that reads nothing is skipped, gets a whole view later, and delays no other tab", async () => {
  const page = await servedPage();
  const gauge = metrics.getMeter("app").createGauge("depth");
  // Long labels make long messages.
  for (let i = 0; i < 20; i++) gauge.record(i, { queue: `${i} ${"x".repeat(1_000)}` });
  const { hostname, port } = new URL(page.url);
  const slow: Socket = connect(Number(port), hostname);
  onTestFinished(() => void slow.destroy());
  slow.pause();
  slow.write(
    `GET /page/stream?view=instrument/depth&range=1m HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
  );
  const quick = await page.stream("instrument/depth", "1m");
  await quick.next("view");
  // More than the system's buffers of the connection take.
  const before = process.memoryUsage().rss;
  const events = "y".repeat(250);
  for (let second = 0; second < 3; second++) {
    for (let i = 0; i < 100; i++)
      page.telemetry.events.record({ event_type: `${i} ${events}`, source: events, data: events });
    await quick.next("points");
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
  let text = "";
  slow.setEncoding("utf8").on("data", (chunk) => (text += String(chunk)));
  slow.resume();
  while (!/\nevent: view\n[^]*\n\n/.test(text)) await once(slow, "data");
  expect(text).toContain("event: status");
});

test("a further stream beyond 64 is refused, until a tab is closed", async () => {
  const page = await servedPage();
  const streams = await Promise.all(Array.from({ length: 64 }, () => page.stream("events")));
  expect(await plainRequest(streamUrl(page.url, "events"))).toMatchObject({
    status: 503,
    headers: { "retry-after": "5" },
  });
  streams[0]?.close();
  let again: EventStream;
  do again = await page.stream("events");
  while (again.response.statusCode === 503);
  expect(again.response.statusCode).toBe(200);
});

test("the streams end with the telemetry, and the port is free then", async () => {
  const page = await servedPage();
  busyApplication(page.telemetry);
  const stream = await page.stream("overview");
  await stream.next("view");
  await page.telemetry.shutdown();
  await stream.closed();
  const server: Server = createServer().listen(Number(new URL(page.url).port), "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  expect(stream.isClosed).toBe(true);
});

test("a tab that has lost its connection gets a whole view after it has connected again", async () => {
  const page = await servedPage();
  busyApplication(page.telemetry);
  const first = await page.stream("area/messages", "1m");
  const { to } = await first.next("view");
  first.close();
  const second = await page.stream("area/messages", "1m");
  const view = await second.next("view");
  expect(view.to).toBeGreaterThanOrEqual(to);
  expect((await second.next("points")).time).toBeGreaterThan(view.to);
});

test("a clock that is set back by an hour begins a new view", async () => {
  const page = await servedPage();
  page.telemetry.messaging.sent("orders");
  const stream = await page.stream("area/messages", "1m");
  const { to } = await stream.next("view");
  const realNow = Date.now;
  onTestFinished(() => void (Date.now = realNow));
  Date.now = () => realNow() - 3_600_000;
  const view = await stream.next("view", (each) => each.to < to - 3_000);
  expect(view.to).toBeCloseTo(to - 3_600, -2);
  expect(await stream.next("points")).toMatchObject({ charts: expect.any(Array) });
});
