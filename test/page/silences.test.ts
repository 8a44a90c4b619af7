import { expect, test } from "vitest";
import type { PageAlert } from "../../src/page/protocol.ts";
import { EventStream } from "./kit/event-stream.ts";
import { plainRequest, servedPage, type ServedPage, streamUrl } from "./kit/served-page.ts";

const TOKEN = "the-token-of-the-endpoint";
const authorization = `Bearer ${TOKEN}`;
const RULES = {
  name: "test",
  interval: 1,
  rules: [
    {
      alert: "Always",
      expr: "vector(1)",
      labels: { severity: "critical", team: 'a "team"' },
      annotations: { summary: "<b>always</b>", description: "for the test" },
    },
  ],
};

async function protectedPage(): Promise<ServedPage> {
  return servedPage({
    readers: [{ type: "prometheus", port: 0, bearerToken: TOKEN }],
    alerts: { rules: [RULES], monitors: false },
  });
}

function json(page: ServedPage, request: unknown, headers: Readonly<Record<string, string>> = {}) {
  return plainRequest(`${page.url}/page/silences`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json", ...headers },
    body: JSON.stringify(request),
  });
}

const REQUEST = {
  matchers: [
    { name: "alertname", value: "Always" },
    { name: "team", value: 'a "team"' },
  ],
  duration: 60,
  comment: "known",
};

async function firing(stream: EventStream, holds: (alert: PageAlert) => boolean): Promise<PageAlert> {
  const { alerts = [] } = await stream.next("status", (status) => (status.alerts ?? []).some(holds));
  const [alert] = alerts;
  if (alert === undefined) throw new Error("no alert");
  return alert;
}

test("an alert is silenced, and the silence ended, by an authenticated client", async () => {
  const page = await protectedPage();
  const stream = await EventStream.open(streamUrl(page.url, "alerts", "1m"), { authorization });
  const alert = await firing(stream, ({ state }) => state === "firing");
  expect(alert).toMatchObject({
    name: "Always",
    severity: "critical",
    summary: "<b>always</b>",
    description: "for the test",
    correlated: [],
  });
  expect(alert).not.toHaveProperty("silenceId");
  expect((await json(page, REQUEST)).status).toBe(204);
  const { silenceId } = await firing(stream, (each) => each.silenceId !== undefined);
  expect(page.telemetry.alerts?.silences()).toMatchObject([{ id: silenceId, comment: "known" }]);
  const path = `${page.url}/page/silences/${silenceId}`;
  expect((await plainRequest(path, { method: "DELETE", headers: { authorization } })).status).toBe(204);
  expect(page.telemetry.alerts?.silences()).toEqual([]);
  await firing(stream, (each) => each.silenceId === undefined);
  expect((await plainRequest(path, { method: "DELETE", headers: { authorization } })).status).toBe(404);
});

test("an alert with a long label is silenced by the labels that the page has", async () => {
  const url = `/search?q=(${"x".repeat(1_100)}`;
  const page = await servedPage({
    readers: [{ type: "prometheus", port: 0, bearerToken: TOKEN }],
    alerts: {
      rules: [{ ...RULES, rules: [{ alert: "Long", expr: "vector(1)", labels: { url } }] }],
      monitors: false,
    },
  });
  const stream = await EventStream.open(streamUrl(page.url, "alerts", "1m"), { authorization });
  const { name, labels } = await firing(stream, ({ state }) => state === "firing");
  const matchers = Object.entries({ alertname: name, ...labels }).map(([label, value]) => ({
    name: label,
    value,
  }));
  expect(matchers.some(({ value }) => value.endsWith("x…"))).toBe(true);
  expect((await json(page, { ...REQUEST, matchers })).status).toBe(204);
  await firing(stream, ({ silenceId }) => silenceId !== undefined);
});

test("the history of an alert is a chart of its states", async () => {
  const page = await protectedPage();
  const stream = await EventStream.open(streamUrl(page.url, "alerts", "1m"), { authorization });
  const { charts } = await stream.next("view", (view) => view.charts.length > 0);
  expect(charts[0]).toMatchObject({
    kind: "state",
    states: { 1: "pending", 2: "firing" },
    series: [{ name: "Always" }],
  });
  await stream.next("points", (points) => points.charts[0]?.values[0] === 2);
});

test("a request of another origin, or of another form, changes nothing", async () => {
  const page = await protectedPage();
  const refused = [
    [await json(page, REQUEST, { origin: "http://evil.example" }), 403],
    [await json(page, REQUEST, { origin: page.url.replace(/\d+$/, "1") }), 403],
    [await json(page, REQUEST, { origin: "null" }), 403],
    [await json(page, REQUEST, { origin: page.url.replace("http:", "https:") }), 403],
    [await json(page, REQUEST, { origin: "https://evil.example", "sec-fetch-site": "same-origin" }), 403],
    [await json(page, REQUEST, { "sec-fetch-site": "same-site" }), 403],
    [await json(page, REQUEST, { "content-type": "text/plain" }), 415],
    [await json(page, REQUEST, { authorization: "" }), 401],
    [await json(page, "x".repeat(20_000)), 413],
    [await json(page, []), 400],
    [await json(page, { ...REQUEST, matchers: [] }), 400],
    [await json(page, { ...REQUEST, matchers: [{ name: "a" }] }), 400],
    [await json(page, { ...REQUEST, duration: -1 }), 400],
    [await json(page, { ...REQUEST, duration: 1e12 }), 400],
    [await json(page, { ...REQUEST, comment: 5 }), 400],
    // It would match every alert.
    [await json(page, { ...REQUEST, matchers: [{ name: "a", value: "" }] }), 400],
  ] as const;
  expect(refused.map(([{ status }]) => status)).toEqual(refused.map(([, status]) => status));
  expect(page.telemetry.alerts?.silences()).toEqual([]);
  expect((await json(page, REQUEST, { origin: page.url, "sec-fetch-site": "same-origin" })).status).toBe(204);
});

test("behind a proxy with TLS, an alert is silenced by the page", async () => {
  const page = await protectedPage();
  const origin = page.url.replace("http:", "https:");
  expect((await json(page, REQUEST, { origin, "sec-fetch-site": "same-origin" })).status).toBe(204);
});

test("without authentication, silences are refused", async () => {
  const page = await servedPage({ alerts: { rules: [RULES], monitors: false } });
  const stream = await page.stream("alerts");
  expect(await stream.next("status")).toMatchObject({ maySilence: false });
  expect((await json(page, REQUEST)).status).toBe(403);
});

test("without alerts there is nothing to silence", async () => {
  const readers = [{ type: "prometheus", port: 0, bearerToken: TOKEN }] as const;
  const page = await servedPage({ alerts: false, readers });
  expect((await json(page, REQUEST)).status).toBe(404);
});
