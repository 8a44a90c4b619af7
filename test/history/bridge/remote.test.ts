// The bridge on a remote history.
import { diag, metrics } from "@opentelemetry/api";
import { text } from "node:stream/consumers";
import { afterEach, beforeAll, expect, test } from "vitest";
import { collectingProvider } from "../../kit/collecting.ts";
import { listening } from "../../kit/listening.ts";
import { freePort } from "../../kit/process.ts";
import { queryEngine } from "../../servers/query-engines.ts";
import { BEGIN, END, samples } from "../remote/samples.ts";
import { bridge } from "./bridges.ts";

afterEach(() => {
  diag.disable();
  metrics.disable();
});

let away: string;

beforeAll(async () => {
  away = `http://127.0.0.1:${await freePort()}`;
});

test("metrics are queried from Prometheus, by its names", async (context) => {
  const url = await queryEngine(context, "Prometheus 2", samples());
  const telemetry = bridge({ storage_config: { backend: "prometheus", connection_string: url } });
  const ask = async (
    name: string,
    aggregation: "MEAN" | "SUM" | "MIN" | "MAX" | "COUNT",
  ): Promise<readonly [value: number | undefined, samples: number | undefined]> => {
    const answer = await telemetry.getMetrics([name, "nobody_knows"], [BEGIN, END], aggregation);
    if (answer.status === "error") throw new Error(answer.error.message);
    expect(Object.keys(answer.metrics)).toEqual([name]);
    return [answer.metrics[name]?.value, answer.metrics[name]?.sample_count];
  };
  // 61 points of two rooms: 20, 21, 22, 20, … and 22, 23, 24, 22, …
  const sum = 122 * 22 - 2;
  expect(await ask("room_temperature_celsius", "COUNT")).toEqual([122, 122]);
  expect(await ask("room_temperature_celsius", "SUM")).toEqual([sum, 122]);
  expect(await ask("room_temperature_celsius", "MEAN")).toEqual([sum / 122, 122]);
  expect(await ask("room_temperature_celsius", "MIN")).toEqual([20, 122]);
  expect(await ask("room_temperature_celsius", "MAX")).toEqual([24, 122]);
  const [sold] = await ask("goods_sold_total", "SUM");
  expect(sold).toBeCloseTo(360, 0);
  const [mean] = await ask("sale_duration_seconds", "MEAN");
  expect(mean).toBeCloseTo(1, 5);
  expect((await telemetry.healthCheck()).status).toBe("healthy");
});

test("a server without statistics is healthy, and the range of all its data begins with the oldest point", async () => {
  const oldest = 1_700_000_000;
  const url = await listening((request, response) => {
    void text(request).then((body) => {
      const path = /api\/v1\/([^?]*)/.exec(request.url ?? "")?.[1];
      const query = new URLSearchParams(body).get("query") ?? "";
      const value = [oldest, String(query.startsWith("min(timestamp") ? oldest : 5)];
      const vector = { resultType: "vector", result: [{ metric: {}, value }] };
      const data: unknown = {
        "label/__name__/values": ["depth"],
        metadata: {},
        query: vector,
        query_range: { resultType: "matrix", result: [{ metric: {}, values: [value] }] },
      }[path ?? ""];
      if (data === undefined) response.writeHead(404).end("404 page not found");
      else response.end(JSON.stringify({ status: "success", data }));
    });
  });
  const telemetry = bridge({ storage_config: { connection_string: url } });
  expect(await telemetry.getMetrics(undefined, undefined, "MAX")).toMatchObject({
    metrics: { depth: { value: 5, time_range: { start: new Date(oldest * 1_000).toISOString() } } },
  });
  expect((await telemetry.healthCheck()).status).toBe("healthy");
});

test("an event is a storage failure that does not affect the health", async () => {
  const telemetry = bridge({ storage_config: { connection_string: away } });
  const answer = await telemetry.recordEvent({ event_type: "a", source: "b", data: null });
  expect(answer).toMatchObject({
    status: "error",
    error: { code: "STORAGE_FAILURE", message: expect.stringContaining("cannot store events") },
  });
  expect(await telemetry.recordEvent({ event_type: "", source: "b", data: null })).toMatchObject({
    error: { code: "INVALID_EVENT" },
  });
});

test("a metric is recorded on its gauge, which the readers export; other values are rejected", async () => {
  const telemetry = bridge({ storage_config: { connection_string: away } });
  expect(await telemetry.recordMetric("depth", 3)).toMatchObject({
    error: { code: "STORAGE_FAILURE", message: expect.stringContaining("call start() first") },
  });
  const { provider, point } = collectingProvider();
  metrics.setGlobalMeterProvider(provider);
  expect(await telemetry.recordMetric("depth", 3, { queue: "a" })).toMatchObject({ status: "success" });
  expect(await point("depth")).toBe(3);
  const yesterday = new Date(Date.now() - 86_400_000);
  for (const refused of [
    telemetry.recordMetric("state", "open"),
    telemetry.recordMetric("depth", 3, undefined, yesterday),
  ])
    expect(await refused).toMatchObject({ error: { code: "STORAGE_FAILURE" } });
});

test("an unreachable server is reported by the responses and by the health check", async () => {
  const telemetry = bridge({ storage_config: { connection_string: away } });
  expect(await telemetry.getMetrics(["depth"])).toMatchObject({
    error: { code: "RETRIEVAL_FAILURE", message: expect.stringContaining(away) },
  });
  expect((await telemetry.healthCheck()).status).toBe("unhealthy");
});
