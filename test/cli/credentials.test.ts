import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { servedAlerts } from "../../src/cli/alerts/served-alerts.ts";
import { authorizationFor } from "../../src/cli/credentials.ts";
import { openWatched } from "../../src/cli/top/watched/open.ts";
import { newFolder } from "../kit/new-folder.ts";
import { freePort } from "../kit/process.ts";

const TOKEN = "TACHYMETER_PROMETHEUS_BEARER_TOKEN";

afterEach(() => void vi.unstubAllEnvs());

test("the token of the variables is sent to this machine only, and not beside a user", () => {
  const headersOf = (url: string): object => authorizationFor(new URL(url));
  expect(headersOf("http://127.0.0.1:9464")).toEqual({});
  vi.stubEnv(TOKEN, "secret");
  const bearer = { Authorization: "Bearer secret" };
  for (const host of ["127.0.0.1:9464", "localhost", "[::1]:9464"])
    expect(headersOf(`http://${host}/metrics`)).toEqual(bearer);
  for (const host of ["prometheus.internal:9090", "10.0.0.1", "127.0.0.1.evil.example"])
    expect(headersOf(`http://${host}`)).toEqual({});
  expect(headersOf("http://me:word@127.0.0.1")).toEqual({ Authorization: "Basic bWU6d29yZA==" });
});

test("the token may be in a file, with a line end", () => {
  const file = join(newFolder("token"), "token");
  writeFileSync(file, "from-a-file\n");
  vi.stubEnv(`${TOKEN}_FILE`, file);
  expect(authorizationFor(new URL("http://localhost"))).toEqual({ Authorization: "Bearer from-a-file" });
  vi.stubEnv(`${TOKEN}_FILE`, join(file, "missing"));
  expect(() => authorizationFor(new URL("http://localhost"))).toThrow("missing");
});

test("a refusal names the credentials, and an application that does not respond in time is not a wrong URL", async () => {
  let status = 401;
  const port = await freePort();
  const server = createServer((_, response) => response.writeHead(status).end()).listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const url = new URL(`http://127.0.0.1:${port}`);
  await expect(servedAlerts(url)).rejects.toThrow(/status 401\).*TACHYMETER_PROMETHEUS_BEARER_TOKEN/);
  status = 408;
  await expect(servedAlerts(url)).rejects.toThrow(/status 408\).*event loop may be blocked/);
});

test("metrics without the API are scraped with the token", async () => {
  const port = await freePort();
  const server = createServer(({ url, headers }, response) => {
    const isAllowed = headers.authorization === "Bearer secret";
    response.writeHead(isAllowed ? (url === "/metrics" ? 200 : 404) : 401, { "content-type": "text/plain" });
    response.end("orders_total 3\n");
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  vi.stubEnv(TOKEN, "secret");
  const { signal } = new AbortController();
  const watched = await openWatched(`http://127.0.0.1:${port}`, signal);
  const { end } = await watched.refresh(signal);
  expect(await watched.query("orders_total", { time: end, signal })).toMatchObject({
    series: [{ value: 3 }],
  });
});
