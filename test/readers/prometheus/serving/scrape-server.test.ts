import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Server } from "node:http";
import { connect } from "node:net";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, onTestFinished, test, vi } from "vitest";
import { scrape } from "../../../kit/process.ts";
import { serving } from "./serving.ts";
import { listening } from "../../../kit/listening.ts";

test("other paths are not found, and / links to the metrics", async () => {
  const { url } = await serving({ endpoint: "telemetry/now" });
  expect(new URL(url).pathname).toBe("/telemetry/now");
  const missing = await fetch(new URL("/nowhere", url));
  expect([missing.status, await missing.text()]).toEqual([404, "the metrics are at /telemetry/now\n"]);
  const root = await fetch(new URL("/", url));
  expect(await root.text()).toBe('<a href="/telemetry/now">/telemetry/now</a>\n');
  expect((await fetch(`${url}?a=b`)).status).toBe(200);
});

test("other methods than GET and HEAD are refused", async () => {
  const { url } = await serving();
  const response = await fetch(url, { method: "POST", body: "x" });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test("oversized headers and garbage are refused, and the next scrape works", async () => {
  const { url } = await serving();
  expect((await fetch(url, { headers: { long: "x".repeat(20_000) } })).status).toBe(431);
  expect(await rawAnswer(url, "GET http://[ HTTP/1.1\r\nhost: localhost\r\n\r\n")).toMatch(
    /^HTTP\/1\.1 400 /,
  );
  expect(await rawAnswer(url, "\0\0\0\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  expect((await fetch(url)).status).toBe(200);
});

test("a connection may be silent for longer than a scrape may take", async () => {
  const timeouts: unknown[] = [];
  const note = (message: unknown): void => void timeouts.push(Reflect.get(Object(message), "socket").timeout);
  subscribe("http.server.request.start", note);
  onTestFinished(() => void unsubscribe("http.server.request.start", note));
  const { url } = await serving({ scrapeTimeout: 120 });
  await fetch(url);
  expect(timeouts).toEqual([expect.toSatisfy((millis) => millis > 120_000)]);
});

test("instrumentations that patch node:http see none of its requests", async () => {
  const emit = vi.spyOn(Server.prototype, "emit");
  onTestFinished(() => emit.mockRestore());
  const { url } = await serving();
  expect((await fetch(url)).status).toBe(200);
  expect(emit).not.toHaveBeenCalled();
});

test("the request handler works in a server of the user's own", async () => {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  provider.getMeter("s").createCounter("jobs").add(1);
  const url = await listening((incoming, response) => exporter.getMetricsRequestHandler(incoming, response));
  expect(await scrape(`${url}/anything`)).toContain("jobs_total");
  expect(exporter.url).toBeUndefined();
});

// The response to bytes that an HTTP client would not send.
async function rawAnswer(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.setEncoding("utf8").end(bytes);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
