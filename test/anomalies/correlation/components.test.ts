// One entry for each part of the application.
import { expect, test } from "vitest";
import { commonLabels, componentOf } from "../../../src/anomalies/correlation/component.ts";
import { correlate } from "../../../src/anomalies/correlation/correlate.ts";
import type { Correlated } from "../../../src/anomalies/correlation/correlated.ts";
import type { SampleSeries } from "../../../src/query/source.ts";
import { Random } from "../../kit/random.ts";
import { MemorySource } from "../../query/kit/memory-source.ts";
import { noise, series, START, WINDOW } from "./series.ts";

const random = new Random(61);

/** Noise around 100 that is higher in twelve samples of the window. */
function raised(name: string, by: number, labels: Readonly<Record<string, string>> = {}): SampleSeries {
  const isIn = (i: number): boolean => i >= START + 12 && i < START + 24;
  return series(name, (i) => 100 + 3 * noise(random) + (isIn(i) ? by : 0), labels);
}

async function found(...all: readonly SampleSeries[]): Promise<readonly Correlated[]> {
  const source = new MemorySource([raised("slow", 80), ...all, raised("calm", 0)]);
  return await correlate({ source, metric: "slow", ...WINDOW });
}

test("a component is named by the labels that name a part of the application", () => {
  const scope = { otel_scope_name: "tachymeter.http", otel_scope_version: "1.0.0" };
  const request = { http_request_method: "GET", http_response_status_code: "200" };
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    [
      "http_client_request_duration_seconds",
      { ...request, server_address: "stock", server_port: "80" },
      `server_address="stock", server_port="80"`,
    ],
    ["http_server_request_duration_seconds", { ...request, http_route: "/orders" }, `http_route="/orders"`],
    ["http_server_requests_total", { ...scope, ...request }, "http_server"],
    ["nodejs_eventloop_delay_seconds", scope, "process"],
    ["v8js_memory_heap_used_bytes", { v8js_heap_space_name: "old_space" }, "process"],
    ["container_cpu_throttled_periods_total", scope, "container"],
    ["system_disk_io_bytes_total", { system_device_name: "sda" }, `system_device_name="sda"`],
    ["system_memory_usage_bytes", { system_memory_state: "used" }, "system"],
    ["sessions_active", {}, "sessions_active"],
    ["jobs", { queue: "mails", status: "failed" }, `queue="mails"`],
    ["mail_seconds", { quantile: "0.9" }, "mail_seconds"],
    ["job_run_seconds", { job: "shop", job_name: "mails" }, `job_name="mails" of job="shop"`],
    [
      "process_cpu_time_seconds_total",
      { instance: "a:9464", job: "shop" },
      `process of instance="a:9464", job="shop"`,
    ],
  ];
  expect(cases.map(([metric, labels]) => componentOf(metric, labels))).toEqual(
    cases.map(([, , name]) => name),
  );
});

test("a label that most series have, with one value, names no component", () => {
  const all = [
    { namespace: "shop", pool: "main", pod: "a" },
    { namespace: "shop", pod: "b" },
    { namespace: "shop" },
    {},
    {},
  ];
  const common = commonLabels(all);
  expect([...common]).toEqual(["namespace"]);
  expect(all.map((labels) => componentOf("size", labels, common))).toEqual([
    `pool="main", pod="a"`,
    `pod="b"`,
    "size",
    "size",
    "size",
  ]);
});

test("each component is listed once by its strongest series, and its further ones after all components", async () => {
  const list = await found(
    raised("requests_of_pool", 90, { pool: "main" }),
    raised("waiting_of_pool", 80, { pool: "main" }),
    raised("size_of_queue", 50, { queue: "mails" }),
  );
  expect(list.map(({ component }) => component)).toEqual([`pool="main"`, `queue="mails"`, `pool="main"`]);
});

test("a metric that moved for all components comes behind the others that explain as much", async () => {
  const call = (server: string, by: number): SampleSeries =>
    raised("call_duration", by, { server_address: server });
  const loop = raised("loop_delay", 40);
  const component = async (...all: readonly SampleSeries[]): Promise<readonly string[]> =>
    (await found(...all)).map((each) => each.component);
  const [stock, billing] = [`server_address="stock"`, `server_address="billing"`];
  expect(await component(loop, call("stock", 90), call("billing", 80))).toEqual([
    "loop_delay",
    stock,
    billing,
  ]);
  // One server alone may be the cause, and so may both if nothing else explains the metric.
  expect(await component(loop, call("stock", 90), call("billing", 0))).toEqual([stock, "loop_delay"]);
  expect(await component(call("stock", 90), call("billing", 80))).toEqual([stock, billing]);
  // A series that explains much less is not preferred.
  const vague = series(
    "vague",
    (i) => 100 + 30 * noise(random) + (i >= START + 12 && i < START + 24 ? 80 : 0),
  );
  expect((await component(vague, call("stock", 90), call("billing", 80))).slice(0, 2)).toEqual([
    stock,
    billing,
  ]);
});
