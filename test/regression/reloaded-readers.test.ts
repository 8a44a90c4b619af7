// After a reload, queries and charts had the names and intervals of the start, and monitors those of the new file. Firing
// alerts were never resolved. Metrics of prom-client kept every reader that a reload had removed. A reload that changed no
// name dropped the samples in memory and resolved alerts. Pages of endpoints that stayed lost their sessions, and did not
// have the alerts that the reload turned on.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { start } from "tachymeter";
import { Gauge, register } from "tachymeter/prom-client";
import { expect, onTestFinished, test, vi } from "vitest";
import { metricSources } from "../../src/engine/collection/metric-source.ts";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import type { ViewData } from "../../src/page/protocol.ts";
import { bridgeRegistry, openBridge } from "../../src/prom-client/bridge/bridge.ts";
import { heldBytes } from "../engine/memory.ts";
import { OpenReader } from "../engine/our-provider.ts";
import { fillHistory } from "../history/filled-history.ts";
import { newFolder } from "../kit/new-folder.ts";
import { EventStream } from "../page/kit/event-stream.ts";
import { plainRequest, streamUrl } from "../page/kit/served-page.ts";

const real: typeof import("prom-client") = createRequire(import.meta.url)("prom-client");

/** Starts with a file. Returns the SDK, and a function that changes the file and reads it again. */
async function startWith(text: string, page = true) {
  const file = join(newFolder("reloaded-readers"), "otel.yaml");
  const write = (content: string): void =>
    writeFileSync(
      file,
      `file_format: "1.1"\nlog_level: error\ndistribution: { tachymeter: { host: false, runtime: false, group: false, page: ${page}, live: { resolution: 1 }, ${content} } }`,
    );
  write(text);
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  const telemetry = start();
  onTestFinished(async () => {
    await telemetry.shutdown();
    vi.unstubAllEnvs();
  });
  await telemetry.ready;
  const reload = async (content: string): Promise<void> => {
    write(content);
    await telemetry.reload();
  };
  return { telemetry, reload };
}

async function viewOf(pageUrl: string | undefined, view: string): Promise<ViewData> {
  const to = Date.now() / 1_000;
  const search = new URLSearchParams({ view, from: String(to - 900), to: String(to) });
  const response = await fetch(new URL(`/page/view?${search.toString()}`, pageUrl));
  const data: ViewData = JSON.parse(await response.text());
  return data;
}

test("after a reload with another prefix, alerts, queries, pages and anomalies have the new names", async () => {
  const path = join(newFolder("reloaded-readers"), "shop.db");
  const monitors = "interval: 0.2, monitors: { componentUnhealthy: { for: 0s, keepFiringFor: 0s } }";
  // The second endpoint stays, and its page shows the same metrics.
  const text = (prefix: string): string =>
    `readers: [{ type: prometheus, port: 0, prefix: ${prefix} }, { type: prometheus, port: 0, endpoint: /kept }], history: { path: ${path} }, anomalies: true, alerts: { ${monitors} }`;
  const { telemetry, reload } = await startWith(text("shop"));
  const firing = (): readonly unknown[] =>
    (telemetry.alerts?.active() ?? []).flatMap(({ name, state, labels }) =>
      name === "ComponentUnhealthy" && state === "firing" ? [labels["health_component"]] : [],
    );
  telemetry.health.set("db", "unhealthy", "down");
  telemetry.messaging.queueSize("jobs", 3);
  telemetry.messaging.sent("jobs");
  await expect.poll(firing, { timeout: 20_000 }).toEqual(["db"]);
  await reload(text("store"));
  telemetry.health.set("db", "healthy");
  telemetry.health.set("cache", "unhealthy", "down");
  await expect.poll(firing, { timeout: 20_000 }).toEqual(["cache"]);
  const { query = "" } = telemetry.alerts?.rules().find(({ name }) => name === "ComponentUnhealthy") ?? {};
  expect(query).toContain("store_health_component_status");
  expect(await telemetry.query(query)).toMatchObject({ series: [{}] });
  expect(await telemetry.query("count(shop_health_component_status)")).toMatchObject({ series: [] });
  expect(new URL(String(telemetry.prometheusUrl)).pathname).toBe("/kept");
  const charts = async (): Promise<unknown> =>
    (await viewOf(telemetry.pageUrl, "overview")).charts.map(({ id }) => id);
  await expect.poll(charts, { timeout: 20_000 }).toContain("messages-rate");
  await sleep(3_000);
  await telemetry.shutdown();
  expect(readFileSync(`${path}.anomalies`, "utf8")).toContain('"value store_message_queue_size ');
});

test("after a reload of the collection interval, charts of stored samples have windows of that interval", async () => {
  const path = join(newFolder("reloaded-readers"), "shop.db");
  const text = (interval: number): string =>
    `readers: [{ type: prometheus, port: 0 }], history: { path: ${path} }, anomalies: true, collectionInterval: ${interval}`;
  // Windows are those of memory while the running process alone has counted.
  const now = Math.floor(Date.now() / 1_000);
  const record = (provider: MeterProvider): (() => void) => {
    const orders = provider.getMeter("shop").createCounter("orders");
    return () => orders.add(1);
  };
  await fillHistory({ path, from: now - 600, to: now - 300, interval: 60, record });
  const { telemetry, reload } = await startWith(text(60));
  telemetry.messaging.sent("jobs");
  const expression = async (): Promise<unknown> => {
    const { charts } = await viewOf(telemetry.pageUrl, "area/messages");
    return charts.find(({ id }) => id === "messages-rate")?.expressions[0];
  };
  await expect.poll(expression, { timeout: 20_000 }).toContain("[4m]");
  await reload(text(600));
  expect(await expression()).toContain("[40m]");
  // Written when the detection ends: its models have begun again with steps of that interval.
  expect(existsSync(`${path}.anomalies`)).toBe(true);
});

test("a reload that changes no name keeps the samples in memory, and alerts that fire", async () => {
  const text = (reader: string): string =>
    `readers: [${reader}], alerts: { interval: 0.2, monitors: false, rules: [{ name: g, rules: [{ alert: Sampled, expr: "count_over_time(messages_sent_total[5m]) > 2" }] }] }`;
  const { telemetry, reload } = await startWith(text(""), false);
  const states: string[] = [];
  telemetry.alerts?.on(({ state }) => states.push(state));
  telemetry.messaging.sent("jobs");
  await expect.poll(() => states, { timeout: 20_000 }).toEqual(["firing"]);
  const sampled = (): Promise<unknown> => telemetry.query("count_over_time(messages_sent_total[5m]) > 2");
  const spelledOut =
    "translationStrategy: UnderscoreEscapingWithSuffixes, withoutScopeInfo: false, withoutTargetInfo: false, withoutCounterSuffix: false";
  for (const fields of ["", ", appendTimestamp: true", `, ${spelledOut}`]) {
    await reload(text(`{ type: prometheus, port: 0${fields} }`));
    expect(await sampled()).toMatchObject({ series: [{}] });
  }
  await sleep(1_000);
  expect(states).toEqual(["firing"]);
  await reload(text("{ type: prometheus, port: 0, scopeLabels: false }"));
  expect(await sampled()).toMatchObject({ series: [] });
});

const TOKEN = "the-token-of-the-endpoint";

test("after a reload with another prefix, the page of an endpoint that stays has its sessions and links", async () => {
  const text = (fields: string): string =>
    `readers: [{ type: prometheus, port: 0${fields} }, { type: prometheus, port: 0, endpoint: /kept, bearerToken: ${TOKEN} }]`;
  const { telemetry, reload } = await startWith(text(""));
  // The page of the replaced reader comes last.
  await reload(text(", maxConcurrentScrapes: 5"));
  const unused = String(telemetry.pageUrl);
  const link = String(telemetry.pageUrl);
  const { headers } = await plainRequest(link);
  const cookie = headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
  const { origin } = new URL(link);
  const stream = await EventStream.open(streamUrl(origin, "overview"), { cookie });
  await reload(text(", prefix: shop"));
  await stream.closed();
  const again = await EventStream.open(streamUrl(origin, "overview"), { cookie });
  expect(again.response.statusCode).toBe(200);
  expect(await plainRequest(unused)).toMatchObject({ status: 303 });
  expect(await plainRequest(link)).toMatchObject({ status: 401 });
});

test("a page has the alerts that a reload turns on, and not those that it turns off", async () => {
  const reader = `type: prometheus, port: 0, bearerToken: ${TOKEN}`;
  const text = (prefix: string, alerts: string): string =>
    `readers: [{ ${reader}, prefix: ${prefix} }, { ${reader}, endpoint: /kept }], alerts: ${alerts}`;
  const { telemetry, reload } = await startWith(text("shop", "false"));
  const authorization = `Bearer ${TOKEN}`;
  const shown = async (): Promise<unknown> => {
    const { origin } = new URL(String(telemetry.pageUrl));
    const stream = await EventStream.open(streamUrl(origin, "alerts"), { authorization });
    const { alerts, maySilence } = await stream.next("status");
    const { status } = await plainRequest(`${origin}/page/silences`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({
        matchers: [{ name: "alertname", value: "A" }],
        duration: 60,
        comment: "known",
      }),
    });
    return { alerts, maySilence, status };
  };
  const off = { alerts: undefined, maySilence: false, status: 404 };
  const on = { alerts: [], maySilence: true, status: 204 };
  expect(await shown()).toEqual(off);
  await reload(text("shop", "{ monitors: false }"));
  expect(await shown()).toEqual(on);
  // Only the second endpoint stays.
  await reload(text("store", "false"));
  expect(await shown()).toEqual(off);
  await reload(text("shop", "{ monitors: false }"));
  expect(await shown()).toEqual(on);
});

test.each(["removed", "shut down"])(
  "metrics of prom-client do not keep readers that were %s",
  async (way) => {
    const closeBridge = openBridge(() => {});
    onTestFinished(() => {
      closeBridge();
      register.clear();
      real.register.clear();
    });
    const gauge = new Gauge({ name: "job", help: "h", labelNames: ["job"] });
    const bridged = new real.Gauge({ name: "bridged", help: "h", labelNames: ["job"] });
    bridgeRegistry(real.register);
    const collected = async (): Promise<WeakRef<object>> => {
      const reader = new OpenReader();
      const provider = new MeterProvider({ readers: [reader] });
      provider.collectSources(metricSources());
      const { metrics } = await reader.producer.collectSeries();
      expect(metrics.map(({ descriptor }) => descriptor.name).toSorted()).toEqual(["bridged", "job"]);
      if (way === "removed") provider.removeReader(reader);
      else await provider.shutdown();
      return new WeakRef(reader);
    };
    for (const each of [gauge, bridged]) each.set({ job: "a" }, 1);
    const readers = [await collected(), await collected(), await collected()];
    await heldBytes();
    expect(readers.filter((each) => each.deref() !== undefined)).toEqual([]);
  },
);
