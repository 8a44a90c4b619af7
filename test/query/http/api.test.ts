import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { start } from "tachymeter";
import { served } from "./served.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };

test("the API is served beside the metrics with option `api`", async () => {
  const { telemetry, ask } = await served();
  telemetry.messaging.sent("jobs");
  const { status, body } = await ask("query", { query: "vector(1) + 1", time: "1700000000.5" });
  expect(status).toBe(200);
  expect(body).toEqual({
    status: "success",
    data: { resultType: "vector", result: [{ metric: {}, value: [1_700_000_000.5, "2"] }] },
  });
  expect(await (await fetch(String(telemetry.prometheusUrl))).text()).toContain("messages_sent_total");
});

test("experimental parts of PromQL need the parameter `experimental` or option `live.experimental`", async () => {
  const { telemetry: off, ask } = await served();
  const query = "max_of(1, 2)";
  const { status, body } = await ask("query", { query });
  expect([status, body.error]).toEqual([
    400,
    expect.stringContaining("or experimental=true in the HTTP API"),
  ]);
  for (const path of ["query", "format_query", "parse_query"])
    expect((await ask(path, { query, experimental: "true" })).status).toBe(200);
  const range = { start: "0", end: "60", step: "30", experimental: "true" };
  expect((await ask("query_range", { query: "step()", ...range })).body.data).toMatchObject({
    result: [
      {
        values: [
          [0, "30"],
          [30, "30"],
          [60, "30"],
        ],
      },
    ],
  });
  await off.shutdown();
  const { telemetry, ask: askLive } = await served({ api: true, live: { experimental: true } });
  expect((await askLive("query", { query })).status).toBe(200);
  expect(await telemetry.query(query)).toMatchObject({ kind: "scalar", value: 2 });
});

test("clients see the functions that are accepted", async () => {
  const off = await served();
  const functions = { rate: true, first_over_time: true };
  expect((await off.ask("features")).body.data).toMatchObject({
    promql: { smoothed: false, duration_expr: true },
    promql_functions: { ...functions, info: false },
    promql_operators: { "</": true, limitk: false },
  });
  await off.telemetry.shutdown();
  const on = await served({ api: true, live: { experimental: true } });
  expect((await on.ask("features")).body.data).toMatchObject({
    promql: { smoothed: true },
    promql_functions: { ...functions, info: true },
    promql_operators: { limitk: true },
  });
});

test("without the option there is no API", async () => {
  const { url } = await served({});
  const response = await fetch(`${url}/api/v1/query?query=1`);
  expect([response.status, await response.text()]).toEqual([404, "the metrics are at /metrics\n"]);
});

test("without a reader `prometheus` option `api` adds one", async () => {
  const { ask } = await served({ api: true, readers: [] });
  expect((await ask("query", { query: "1" })).status).toBe(200);
});

test("the first collection has what was recorded before the first answer", async () => {
  const { telemetry, ask } = await served();
  telemetry.messaging.sent("jobs");
  const { body } = await ask("query", { query: "messages_sent_total" });
  expect(body.data).toMatchObject({
    resultType: "vector",
    result: [{ metric: { messaging_destination_name: "jobs" }, value: [expect.any(Number), "1"] }],
  });
});

test("parameters are read from the body of a POST too", async () => {
  const { ask } = await served();
  const body = new URLSearchParams({ query: "1 + 1", time: "7" });
  const { status, body: answer } = await ask("query", {}, { method: "POST", body });
  expect([status, answer.data]).toEqual([200, { resultType: "scalar", result: [7, "2"] }]);
});

test("a parameter in the body of a POST comes before that in its URL", async () => {
  const { ask } = await served();
  const body = new URLSearchParams({ query: "1" });
  const { body: answer } = await ask("query", { query: "2", time: "7" }, { method: "POST", body });
  expect(answer.data).toEqual({ resultType: "scalar", result: [7, "1"] });
});

test("a long expression in a body is accepted, and a body above 128 KiB is not", async () => {
  const { ask, url } = await served();
  const query = `1 ${"+ 1 ".repeat(200)}`;
  expect(
    (await ask("query", {}, { method: "POST", body: new URLSearchParams({ query }) })).body.data,
  ).toMatchObject({
    resultType: "scalar",
  });
  const response = await fetch(`${url}/api/v1/query`, {
    method: "POST",
    headers: FORM,
    body: `query=${"1".repeat(128 * 1024)}`,
  });
  expect(response.status).toBe(413);
});

test("a body of another type and other methods are refused", async () => {
  const { url } = await served();
  const json = await fetch(`${url}/api/v1/query`, {
    method: "POST",
    body: "{}",
    headers: { "content-type": "application/json" },
  });
  expect(json.status).toBe(415);
  expect((await fetch(`${url}/api/v1/query?query=1`, { method: "DELETE" })).status).toBe(405);
  expect((await fetch(`${url}/metrics`, { method: "POST" })).status).toBe(405);
});

test("an unknown path of the API is a JSON error of status 404", async () => {
  const { ask } = await served();
  expect(await ask("nothing")).toEqual({
    status: 404,
    body: {
      status: "error",
      errorType: "not_found",
      error: "/api/v1/nothing is not served; see tachymeter/docs/query.md",
    },
  });
});

test("the API has the authentication of the metrics", async () => {
  const { ask } = await served({
    api: true,
    readers: [{ type: "prometheus", port: 0, basicAuth: { username: "me", password: "secret" } }],
  });
  await expect(ask("query", { query: "1" })).rejects.toThrow("JSON");
  const authorization = `Basic ${Buffer.from("me:secret").toString("base64")}`;
  expect((await ask("query", { query: "1" }, { headers: { authorization } })).status).toBe(200);
});

// The beginning of the response to a request for another host.
async function answerTo(url: string, path: string, host: string): Promise<string> {
  const socket = createConnection(Number(new URL(url).port), "127.0.0.1");
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text.slice(0, 12);
}

test("a page of another host cannot query through a browser", async () => {
  const { url } = await served();
  expect(await answerTo(url, "/api/v1/query?query=1", "evil.example")).toBe("HTTP/1.1 421");
});

test("on every address, only known hosts can query without authentication; any host can scrape", async () => {
  const reader = { type: "prometheus", host: "0.0.0.0", port: 0, allowedHosts: ["shop"] } as const;
  const { url } = await served({ api: true, readers: [reader] });
  const query = (host: string): Promise<string> => answerTo(url, "/api/v1/query?query=1", host);
  expect(await Promise.all(["evil.example", "shop:9464", "192.0.2.1:9464", "localhost"].map(query))).toEqual([
    "HTTP/1.1 421",
    "HTTP/1.1 200",
    "HTTP/1.1 200",
    "HTTP/1.1 200",
  ]);
  expect(await answerTo(url, "/metrics", "evil.example")).toBe("HTTP/1.1 200");
});

// A connection whose request has the beginning of a body.
function slowSender(url: string): Socket {
  const socket = createConnection(Number(new URL(url).port), "127.0.0.1").on("error", () => {});
  onTestFinished(() => void socket.destroy());
  const head = "POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n";
  socket.write(`${head}Content-Type: application/x-www-form-urlencoded\r\n\r\nq`);
  return socket;
}

test("clients that do not send their body take no place of a query", async () => {
  const { url, ask } = await served();
  const sockets = Array.from({ length: 16 }, () => slowSender(url));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  const answers = await Promise.all(Array.from({ length: 4 }, () => ask("query", { query: "1" })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(sockets.filter(({ destroyed, readableEnded }) => destroyed || readableEnded)).toEqual([]);
});

test("of more than 32 bodies that are being read, the oldest are left with status 503", async () => {
  const { url, ask } = await served();
  const first = textOf(slowSender(url));
  await ask("query", { query: "1" });
  let left = 0;
  for (let i = 1; i < 40; i++)
    textOf(slowSender(url)).then(
      (response) => void (left += response.includes(" 503 ") ? 1 : 0),
      // Its end is the test's.
      () => {},
    );
  expect(await first).toMatch(/^HTTP\/1\.1 503 [^]*connection: close[^]*too many others send a body/i);
  await expect.poll(() => left).toBe(7);
  const body = new URLSearchParams({ query: "1" });
  expect((await ask("query", {}, { method: "POST", body })).status).toBe(200);
  await expect.poll(() => left).toBe(8);
});

test("a page of another site cannot query through a browser on the same machine", async () => {
  const { url } = await served();
  const statusFor = async (site: string): Promise<number> =>
    (await fetch(`${url}/api/v1/query?query=1`, { headers: { "sec-fetch-site": site } })).status;
  expect(await statusFor("cross-site")).toBe(403);
  expect(await statusFor("same-origin")).toBe(200);
  expect(await statusFor("none")).toBe(200);
});

test.each([
  ["query", { query: "1", timeout: "-1" }, "timeout"],
  ["query", { query: "1", timeout: "0s" }, "timeout"],
  ["query_range", { query: "1", start: "0", end: "0", step: "0.0009" }, "step"],
])("%s with parameters %j names the invalid one", async (path, parameters, name) => {
  const { ask } = await served();
  const { status, body } = await ask(path, parameters);
  expect([status, body.errorType]).toEqual([400, "bad_data"]);
  expect(body.error).toContain(`invalid parameter "${name}": `);
});

test("metadata and build information have the form of Prometheus", async () => {
  const { telemetry, ask } = await served();
  telemetry.messaging.sent("jobs");
  await telemetry.query("1");
  const { body } = await ask("metadata", { metric: "target_info" });
  expect(body.data).toEqual({ target_info: [{ type: "info", help: "Target metadata", unit: "" }] });
  expect((await ask("metadata", { limit: "1", limit_per_metric: "1" })).body.data).toEqual({
    [Object.keys(Object((await ask("metadata")).body.data))[0] ?? ""]: [
      { type: expect.any(String), help: expect.any(String), unit: expect.any(String) },
    ],
  });
  expect((await ask("status/buildinfo")).body.data).toMatchObject({ version: expect.stringMatching(/^3\./) });
});

test("a wrong expression names the position and the next step", async () => {
  const { ask } = await served();
  const { status, body } = await ask("query", { query: "rate(x[)" });
  expect(status).toBe(400);
  expect(body).toEqual({
    status: "error",
    errorType: "bad_data",
    error: expect.stringMatching(/^invalid parameter "query": .*column 8.*; write/),
  });
});

test("TACHYMETER_API turns the API on", async () => {
  process.env["TACHYMETER_API"] = "true";
  try {
    const { ask } = await served({});
    expect((await ask("query", { query: "1" })).status).toBe(200);
  } finally {
    delete process.env["TACHYMETER_API"];
  }
});

test("invalid options of the live samples are reported with those of the start", () => {
  expect(() => start({ live: { resolution: 0, maxBytes: 5 } })).toThrow(
    /live\.resolution must be a number of seconds from 1 to 300, got 0[\s\S]*live\.maxBytes must/,
  );
});
