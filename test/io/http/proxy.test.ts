// Our own requests through a proxy: by the variables, by option `proxy`, and while the proxy refuses, hangs or is down.
import { expect, onTestFinished, test, vi } from "vitest";
import { RemoteHistory } from "../../../src/history/remote/index.ts";
import { chooseProxy, proxyFor } from "../../../src/io/http/proxy.ts";
import { packSync } from "../../../src/readers/delivery/attempt.ts";
import { JsonSnapshotExporter } from "../../../src/readers/json/index.ts";
import { HttpSender, httpTarget } from "../../../src/readers/otlp/http-sender.ts";
import type { UpstreamOtlpOptions } from "../../../src/readers/otlp/upstream.ts";
import { deliveryTo, logged } from "../../alerts/delivery/delivery-to.ts";
import { firing } from "../../alerts/delivery/alerts-of.ts";
import { HttpServer } from "../../alerts/delivery/http-server.ts";
import { certificate } from "../../kit/certificate.ts";
import { listening } from "../../kit/listening.ts";
import { otlpReceiver } from "../../kit/otlp-receiver/index.ts";
import { freePort } from "../../kit/process.ts";
import { type TestProxy, testProxy } from "../../kit/proxy.ts";
import { resourceMetrics } from "../../readers/resource-metrics.ts";

// As in a URL, with an escaped slash.
const LOGIN = "metrics:s3cret%2F";
const DECODED = "metrics:s3cret/";
const PASSWORD = "s3cret";

test.each<[string, string, Readonly<Record<string, string>>, string | undefined]>([
  ["https by HTTPS_PROXY", "https://a.example/x", { HTTPS_PROXY: "http://p:1" }, "http://p:1/"],
  ["http by HTTP_PROXY", "http://a.example/x", { HTTP_PROXY: "http://p:1" }, "http://p:1/"],
  ["not https by HTTP_PROXY", "https://a.example", { HTTP_PROXY: "http://p:1" }, undefined],
  ["lower case first", "http://a", { HTTP_PROXY: "http://p:1", http_proxy: "http://q:1" }, "http://q:1/"],
  ["a proxy without a scheme", "http://a", { HTTP_PROXY: "u:p@proxy:3128" }, "http://u:p@proxy:3128/"],
  ["not by an empty variable", "http://a", { HTTP_PROXY: " " }, undefined],
  ["not by SOCKS", "http://a", { HTTP_PROXY: "socks5://p:1" }, undefined],
  ["not to the same machine, by name", "http://localhost:4318", { HTTP_PROXY: "http://p:1" }, undefined],
  ["not to the same machine, by address", "http://127.0.0.1", { HTTP_PROXY: "http://p:1" }, undefined],
  ["not to the same machine, by IPv6", "https://[::1]", { HTTPS_PROXY: "http://p:1" }, undefined],
])("a request is sent through a proxy: %s", (_, url, variables, expected) => {
  withVariables(variables);
  expect(proxyFor(new URL(url))?.href).toBe(expected);
});

test.each<[url: string, entries: string, isDirect: boolean]>([
  ["http://a.example", "*", true],
  ["http://A.example", "b.example, a.EXAMPLE", true],
  ["http://sub.a.example", "a.example", false],
  ["http://sub.a.example", ".a.example", true],
  ["http://a.example", ".a.example", true],
  ["http://nota.example", ".a.example", false],
  ["http://sub.a.example", "*.a.example", true],
  ["http://a.example", "*.a.example", false],
  ["http://a.example:4318", "a.example:4318", true],
  ["http://a.example:4318", "a.example:4317", false],
  ["http://a.example", "a.example:80", true],
  ["http://192.0.2.1", "192.0.2.1", true],
  ["http://[2001:db8::1]:4318", "2001:db8::1", true],
  ["http://10.0.1.7", "10.0.0.0-10.0.2.0", true],
  ["http://10.0.3.7", "10.0.0.0-10.0.2.0", false],
  ["http://10.0.1.7", "10.0.0.0/8", false],
])("%s with NO_PROXY=%s is direct: %s", (url, entries, isDirect) => {
  withVariables({ HTTP_PROXY: "http://p:1", NO_PROXY: entries });
  expect(proxyFor(new URL(url)) === undefined).toBe(isDirect);
});

test("option proxy replaces the variables, and false turns them off; NO_PROXY still applies", () => {
  withVariables({ HTTPS_PROXY: "http://p:1", NO_PROXY: "direct.example" });
  onTestFinished(() => chooseProxy(undefined));
  chooseProxy("http://q:1");
  expect(proxyFor(new URL("https://a.example"))?.href).toBe("http://q:1/");
  expect(proxyFor(new URL("http://localhost:4318"))?.href).toBe("http://q:1/");
  expect(proxyFor(new URL("https://direct.example"))).toBeUndefined();
  chooseProxy(false);
  expect(proxyFor(new URL("https://a.example"))).toBeUndefined();
});

test("a variable that names no proxy is logged without its password", () => {
  withVariables({ HTTPS_PROXY: `ftp://user:${PASSWORD}@p:1` });
  const lines = logged();
  expect(proxyFor(new URL("https://a.example"))).toBeUndefined();
  expect(lines.join()).toMatch(/HTTPS_PROXY must be an http:\/\/ or https:\/\/ URL, got "ftp:.*p:1/);
  expect(lines.join()).not.toContain(PASSWORD);
});

test("requests without encryption name the whole URL, over one connection, and only the proxy gets the password", async () => {
  const proxy = await testProxy({ login: DECODED });
  withProxy(withLogin(proxy));
  const receiver = await otlpReceiver();
  const send = sending({ url: `${receiver.url}/v1/metrics?tenant=a` });
  expect(await send()).toMatchObject({ kind: "delivered" });
  expect(await send()).toMatchObject({ kind: "delivered" });
  const line = `POST ${receiver.url}/v1/metrics?tenant=a`;
  expect(proxy.requests).toEqual([line, line]);
  expect(receiver.requests[0]?.headers).toMatchObject({ host: new URL(receiver.url).host });
  expect(receiver.requests[0]?.headers).not.toHaveProperty("proxy-authorization");
});

test("requests with encryption go through a tunnel", async () => {
  const { cert, key, certFile } = await certificate();
  const proxy = await testProxy({ login: DECODED });
  withProxy(withLogin(proxy));
  withVariables({ OTEL_EXPORTER_OTLP_CERTIFICATE: certFile });
  const receiver = await otlpReceiver(undefined, { cert, key });
  const url = receiver.url.replace("127.0.0.1", "localhost");
  const send = sending({ url: `${url}/v1/metrics` });
  expect(await send()).toMatchObject({ kind: "delivered" });
  expect(await send()).toMatchObject({ kind: "delivered" });
  expect(proxy.requests).toEqual([`CONNECT ${new URL(url).host}`]);
  expect(receiver.requests[1]?.headers).not.toHaveProperty("proxy-authorization");
});

test.each([
  [
    "the wrong password",
    "ok",
    10_000,
    "proxy_407",
    /responded with 407; set user and password in the proxy's URL/,
  ],
  ["a broken proxy", 502, 10_000, "proxy_502", /the proxy responded with 502/],
  ["a proxy that hangs", "hang", 200, "timeout", /no response within 0\.2 s/],
] as const)(
  "%s is a failure that is tried again, of a tunnel",
  async (_, answer, timeoutMillis, errorType, message) => {
    const { cert, key, certFile } = await certificate();
    const proxy = await testProxy({ login: answer === "ok" ? "other:login" : DECODED });
    proxy.answer = answer;
    withProxy(withLogin(proxy));
    withVariables({ OTEL_EXPORTER_OTLP_CERTIFICATE: certFile });
    const receiver = await otlpReceiver(undefined, { cert, key });
    const attempt = await sending({ url: receiver.url, timeoutMillis })();
    expect(attempt).toMatchObject({ kind: "failed", errorType, message: expect.stringMatching(message) });
    expect(attempt).toMatchObject({ message: expect.stringContaining('(proxy "http://localhost:') });
    expect(JSON.stringify(attempt)).not.toContain(PASSWORD);
  },
);

test("a refused password and a proxy that is down are failures that are tried again, of forwarded requests", async () => {
  const proxy = await testProxy({ login: "other:login" });
  withProxy(withLogin(proxy));
  const receiver = await otlpReceiver();
  expect(await sending({ url: receiver.url })()).toMatchObject({ kind: "failed", errorType: "proxy_407" });
  withProxy(`http://${LOGIN}@127.0.0.1:${await freePort()}`);
  const attempt = await sending({ url: receiver.url })();
  expect(attempt).toMatchObject({ kind: "failed", errorType: "ECONNREFUSED" });
  expect(JSON.stringify(attempt)).not.toContain(PASSWORD);
  expect(receiver.requests).toEqual([]);
});

test("an agent of the application's own function, or with Node's own proxy, is left alone", async () => {
  const { Agent } = await import("node:http");
  const proxy = await testProxy();
  withProxy(proxy.url);
  const receiver = await otlpReceiver();
  expect(await sending({ url: receiver.url, httpAgentOptions: () => new Agent() })()).toMatchObject({
    kind: "delivered",
  });
  const ofNode = { keepAlive: true, proxyEnv: {} };
  expect(await sending({ url: receiver.url, httpAgentOptions: ofNode })()).toMatchObject({
    kind: "delivered",
  });
  expect(proxy.requests).toEqual([]);
});

test("alerts, JSON documents and questions to a remote history go through the proxy", async () => {
  const proxy = await testProxy({ login: DECODED });
  withProxy(withLogin(proxy));
  const server = await HttpServer.start();
  const { send } = deliveryTo({ type: "webhook", url: server.url("/hook") });
  await send([firing({ alertname: "Down" }, 1_700_000_000)]);
  const json = new JsonSnapshotExporter({ url: server.url("/json") });
  await new Promise((resolve) => json.export(resourceMetrics([]), resolve));
  const prometheus = await listening((_, response) => response.writeHead(404).end());
  const history = new RemoteHistory({ url: prometheus });
  const question = { metric: "queue.size", from: 0, to: 60, aggregate: "MAX" } as const;
  await expect(history.query(question)).rejects.toThrow("API not found");
  await history.close();
  expect(server.requests.map(({ path }) => path)).toEqual(["/hook", "/json"]);
  expect(proxy.requests).toEqual([
    `POST ${server.url("/hook")}`,
    `POST ${server.url("/json")}`,
    expect.stringMatching(new RegExp(`^(?:GET|POST) ${prometheus}/api/v1/`)),
  ]);
});

test("the answer of a proxy that repeats the password is logged without it", async () => {
  const proxy = await testProxy({ login: DECODED });
  proxy.answer = 403;
  withProxy(withLogin(proxy));
  const receiver = await otlpReceiver();
  const attempt = await sending({ url: receiver.url })();
  expect(attempt).toMatchObject({ kind: "rejected", message: expect.stringContaining("refused: ") });
  expect(JSON.stringify(attempt)).not.toContain(Buffer.from(DECODED).toString("base64"));
});

function withLogin({ url }: TestProxy): string {
  return url.replace("://", `://${LOGIN}@`);
}

function sending(options: UpstreamOtlpOptions) {
  const sender = new HttpSender(httpTarget(options));
  onTestFinished(() => sender.close());
  return () => sender.send(packSync(Buffer.from([])), new AbortController().signal);
}

// Sets the option: the variables do not apply to the same machine, and the servers of the tests run on it.
function withProxy(url: string): void {
  chooseProxy(url);
  onTestFinished(() => chooseProxy(undefined));
}

function withVariables(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}
