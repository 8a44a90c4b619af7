import { type Attributes, diag } from "@opentelemetry/api";
import { MeterProvider } from "tachymeter/metrics";
import { RemoteWriteExporter, type RemoteWriteOptions } from "tachymeter/prometheus";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { packSync } from "../../../../src/readers/delivery/attempt.ts";
import { HttpBackend } from "../../../../src/readers/delivery/http-backend.ts";
import { collectionFromMetrics } from "../../../../src/engine/collection/collection-from-metrics.ts";
import { RemoteWriteEncoder } from "../../../../src/readers/prometheus/remote-write/encode.ts";
import { RemoteWriteSender } from "../../../../src/readers/prometheus/remote-write/sender.ts";
import { PushReader } from "../../../../src/readers/push-reader.ts";
import { collectWarnings } from "../../../kit/collect-warnings.ts";
import { exported } from "../../../kit/exported.ts";
import { newFolder } from "../../../kit/new-folder.ts";
import { freePort } from "../../../kit/process.ts";
import { type Response, remoteWriteReceiver } from "../../../kit/remote-write/receiver.ts";
import { describedIn } from "../../../kit/remote-write/request.ts";
import { counter, resourceMetrics, scope } from "../../resource-metrics.ts";

let warnings: readonly string[];
beforeEach(() => void (warnings = collectWarnings()));
afterEach(() => diag.disable());

test.each<[string, Response, versions: number[]]>([
  ["knows both versions", "both", [2, 2]],
  ["responds with 415 to version 2.0", "first", [2, 1, 1]],
  ["accepts version 2.0 and stores nothing of it", "unaware", [2, 1, 1]],
])("a receiver that %s gets each sample once", async (_, response, versions) => {
  const { receiver, provider, push } = await writing();
  receiver.response = response;
  const orders = provider.getMeter("shop").createCounter("orders", { description: "All orders." });
  for (let i = 0; i < 2; i++) {
    orders.add(1, { channel: "web" });
    await push();
  }
  expect(receiver.requests.map(({ version }) => version)).toEqual(versions);
  const values = receiver.stored().flatMap(({ name, value }) => (name === "orders_total" ? [value] : []));
  expect(values).toEqual([1, 2]);
  const last = receiver.requests.at(-1);
  const described =
    last?.version === 1
      ? describedIn(last.body).includes("orders_total")
      : last?.series.find(({ name }) => name === "orders_total")?.metadata;
  expect([true, { type: 1, help: "All orders." }]).toContainEqual(
    typeof described === "object" ? { type: described.type, help: described.help } : described,
  );
  expect(warnings).toEqual([]);
});

test("a rejected request is dropped and counted, also a part of one", async () => {
  const { receiver, provider, push } = await writing();
  const orders = provider.getMeter("shop").createCounter("orders");
  orders.add(1);
  await push();
  receiver.next.push({
    status: 400,
    headers: { "X-Prometheus-Remote-Write-Samples-Written": "1" },
    text: "out of order",
  });
  orders.add(1);
  await push();
  expect(warnings.at(-1)).toMatch(/1 data points dropped, because the backend rejected them: out of order/);
  await push();
  expect(receiver.requests).toHaveLength(3);
});

test.each([429, 500, 503])("after %i the same request is sent again", async (status) => {
  const { receiver, provider, push } = await writing();
  receiver.next.push({ status, headers: { "retry-after": "0" } });
  provider.getMeter("shop").createCounter("orders").add(1);
  await push();
  await expect.poll(() => receiver.requests.map(({ isStored }) => isStored)).toEqual([false, true]);
  const [first, second] = receiver.requests;
  expect(second?.series).toEqual(first?.series);
});

test("at the end of a process the newest requests are made, as many as there is time for, and oldest first", async () => {
  const series = Array.from({ length: 2_000 }, (_, customer): [Attributes, number] => [{ customer }, 1]);
  const metrics = resourceMetrics([scope("shop", [counter({ name: "orders" }, ...series)])]);
  const [encoded] = await new RemoteWriteEncoder().encode(collectionFromMetrics(metrics));
  const body = packSync(encoded!.body);
  const records = Array.from({ length: 2_000 }, (_, points) => ({ body, points, timeUnixMillis: points }));
  const sender = new RemoteWriteSender(new HttpBackend(new URL("http://127.0.0.1:1"), {}));
  const begin = performance.now();
  const points = sender.lastRequests(records, 100).map((request) => request.points);
  // A busy machine may take long for one.
  expect(performance.now() - begin).toBeLessThan(10_000);
  expect(points.length).toBeLessThan(records.length);
  expect(points.length).toBeGreaterThan(0);
  expect(points).toEqual(records.slice(-points.length).map((record) => record.points));
});

test("a series that is missing, and at the shutdown each one, ends with a stale marker", async () => {
  const { receiver, provider, push } = await writing();
  let rooms = ["cellar", "attic"];
  provider
    .getMeter("house")
    .createObservableGauge("heat")
    .addCallback((result) => {
      for (const room of rooms) result.observe(20, { room });
    });
  const heat = () =>
    receiver.requests
      .at(-1)
      ?.series.flatMap(({ name, labels, value }) => (name === "heat" ? [[labels["room"], value]] : []));
  await push();
  rooms = ["attic"];
  await push();
  expect(heat()).toEqual([
    ["attic", 20],
    ["cellar", "stale"],
  ]);
  await push();
  expect(heat()).toEqual([["attic", 20]]);
  rooms = ["cellar", "attic"];
  await push();
  expect(heat()).toEqual([
    ["cellar", 20],
    ["attic", 20],
  ]);
  await provider.shutdown();
  expect(heat()).toEqual([
    ["cellar", "stale"],
    ["attic", "stale"],
  ]);
  const times = receiver
    .stored()
    .filter(({ name, labels }) => name === "heat" && labels["room"] === "attic")
    .map(({ timeUnixMillis }) => timeUnixMillis);
  expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
});

test("times rise when the clock is set back, unless the server has refused the times before", async () => {
  const { receiver, provider, push } = await writing();
  provider.getMeter("shop").createCounter("orders").add(1);
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const noon = Date.UTC(2026, 0, 1, 12);
  for (const second of [0, -600, 3_600, 60, 75]) {
    vi.setSystemTime(noon + second * 1_000);
    await push();
  }
  const times = receiver
    .stored()
    .flatMap(({ name, timeUnixMillis }) => (name === "orders_total" ? [timeUnixMillis - noon] : []));
  expect(times).toEqual([0, 1, 3_600_000, 60_000, 75_000]);
});

test("counters and histograms have their start time, and gauges have none", async () => {
  const { receiver, provider, push } = await writing();
  const meter = provider.getMeter("shop");
  const before = Date.now();
  meter.createCounter("orders").add(1);
  meter.createGauge("heat").record(1);
  meter.createHistogram("wait", { advice: { explicitBucketBoundaries: [1] } }).record(0.5);
  await push();
  const starts = new Map(receiver.stored().map(({ name, startUnixMillis }) => [name, startUnixMillis]));
  expect(starts.get("heat")).toBe(0);
  for (const name of ["orders_total", "wait_bucket", "wait_count"]) {
    expect(starts.get(name)).toBeGreaterThanOrEqual(before);
    expect(starts.get(name)).toBeLessThanOrEqual(Date.now());
  }
});

test.each(["both", "first"] as const)(
  "with customBuckets, a histogram is one native series, for a receiver of version: %s",
  async (response) => {
    const { receiver, provider, push } = await writing({ customBuckets: true });
    receiver.response = response;
    const boundaries = [-1, 0.5, 2, 4, 8, 16];
    const meter = provider.getMeter("shop");
    const wait = meter.createHistogram("wait", { advice: { explicitBucketBoundaries: boundaries } });
    for (const value of [0, 1, 1, 9, 20]) wait.record(value, { route: "/" });
    meter.createHistogram("empty", { advice: { explicitBucketBoundaries: [] } }).record(7);
    await push();
    const stored = receiver.stored().filter(({ name }) => /^(?:wait|empty)/.test(name));
    const value = { schema: -53, zeroCount: 0, negative: {} };
    expect(stored).toEqual([
      expect.objectContaining({
        name: "wait",
        labels: expect.objectContaining({ route: "/" }),
        value: {
          ...value,
          count: 5,
          sum: 31,
          positive: { 1: 1, 2: 2, 5: 1, 6: 1 },
          customValues: boundaries,
        },
      }),
      expect.objectContaining({ name: "empty", value: { ...value, count: 1, sum: 7, positive: { 0: 1 } } }),
    ]);
    for (const { startUnixMillis } of stored) expect(startUnixMillis > 0).toBe(response === "both");
    expect(warnings).toEqual([]);
  },
);

test("a large collection is sent in several requests, each series once", async () => {
  const { receiver, provider, push } = await writing();
  const orders = provider.getMeter("shop").createCounter("orders");
  for (let i = 0; i < 1_900; i++) orders.add(1, { number: i, text: `${i}`.padEnd(600, "x") });
  await push();
  expect(receiver.requests.length).toBeGreaterThan(1);
  const numbers = receiver
    .stored()
    .flatMap(({ name, labels }) => (name === "orders_total" ? [labels["number"]] : []));
  expect(new Set(numbers).size).toBe(1_900);
  expect(numbers).toHaveLength(1_900);
});

test("headers of the user are sent, but reserved ones are refused", async () => {
  const { receiver, provider, push } = await writing({ headers: { "X-Scope-OrgID": "tenant" } });
  provider.getMeter("shop").createCounter("orders").add(1);
  await push();
  expect(receiver.requests[0]?.headers["x-scope-orgid"]).toBe("tenant");
  expect(
    () => new RemoteWriteExporter({ url: "http://a", headers: { "Content-Type": "text/plain" } }),
  ).toThrow("headers must be an object of HTTP headers, each value one line, without content-encoding");
});

test("tenants that share an outbox deliver only their own records, also with a new secret", async () => {
  const outbox = { directory: newFolder("outbox") };
  const ofTenant = (url: string, tenant: string, secret: string): RemoteWriteExporter => {
    const headers = { "X-Scope-OrgID": tenant, Authorization: secret };
    const exporter = new RemoteWriteExporter({ url, headers, outbox });
    onTestFinished(() => exporter.shutdown());
    return exporter;
  };
  const dead = ofTenant(`http://127.0.0.1:${await freePort()}/api/v1/write`, "a", "Bearer old");
  await exported(dead, resourceMetrics([scope("shop", [counter({ name: "orders" }, [{}, 1])])]));
  await dead.shutdown();
  const receiver = await remoteWriteReceiver();
  await ofTenant(receiver.url, "b", "Bearer old").forceFlush();
  expect(receiver.requests).toEqual([]);
  await ofTenant(receiver.url, "a", "Bearer new").forceFlush();
  const tenants = new Set(receiver.requests.map(({ headers }) => headers["x-scope-orgid"]));
  expect([...tenants]).toEqual(["a"]);
});

async function writing(options: Partial<RemoteWriteOptions> = {}) {
  const receiver = await remoteWriteReceiver();
  const exporter = new RemoteWriteExporter({ url: receiver.url, ...options });
  const reader = new PushReader({
    exporter,
    intervalMillis: 3_600_000,
    timeoutMillis: 30_000,
    onCollection: () => {},
  });
  const provider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => provider.shutdown());
  return { receiver, provider, push: () => reader.forceFlush() };
}
