// Files that earlier versions have left. `make.js` has made them.
import { chmodSync, cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { start, type Tachymeter } from "tachymeter";
import { Detector } from "tachymeter/anomalies";
import { History } from "tachymeter/history";
import { flushOutbox } from "tachymeter/otlp";
import { expect, onTestFinished, test, vi } from "vitest";
import { learnedStatesFrom } from "../../src/anomalies/running/learned-states.ts";
import { newFolder } from "../kit/new-folder.ts";
import { otlpReceiver } from "../kit/otlp-receiver/index.ts";

const VERSIONS = readdirSync(import.meta.dirname).filter((name) => /^\d/.test(name));
const WAIT = { timeout: 30_000, interval: 50 };

function filesOf(version: string): string {
  const folder = newFolder("stored");
  cpSync(join(import.meta.dirname, version), folder, { recursive: true });
  // Git does not keep that only their user can read them.
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600);
  return folder;
}

function started(options: Parameters<typeof start>[0]): Tachymeter {
  const telemetry = start({
    serviceName: "shop",
    host: false,
    runtime: false,
    instrumentations: [],
    readers: [],
    ...options,
  });
  onTestFinished(() => telemetry.shutdown());
  return telemetry;
}

test("there are files of each version since 0.3.0", () => {
  expect(VERSIONS).toEqual(["0.3.0", "1.0.0"]);
});

test.each(VERSIONS)("a store of version %s has all of its series and events", async (version) => {
  const history = await History.open({ path: join(filesOf(version), "shop.db") });
  onTestFinished(() => history.close());
  const orders: unknown[] = [];
  for await (const { data } of history.events({ type: "order_shipped" })) orders.push(Object(data)["order"]);
  expect(orders.length).toBeGreaterThan(3);
  expect(orders).toEqual(orders.map((_, i) => Number(orders[0]) + i));
  const last = async (metric: string, aggregate: "LAST" | "COUNT"): Promise<unknown> => {
    const { series } = await history.query({ metric, from: 0, aggregate });
    return series.map(({ attributes, points }) => [attributes, points.at(-1)?.[1]]);
  };
  const count = orders.length;
  expect(await last("shop.items", "LAST")).toEqual([
    [{ "item.kind": "mug" }, count],
    [{ "item.kind": "tea" }, 3 * count],
  ]);
  expect(await last("shop.stock", "LAST")).toEqual([[{ place: 'a "b"' }, 40 - Number(orders.at(-1))]]);
  expect(await last("shop.duration", "COUNT")).toEqual([[{}, count]]);
});

test.each(VERSIONS)("an outbox of version %s is delivered", async (version) => {
  const receiver = await otlpReceiver();
  const directory = join(filesOf(version), "outbox");
  const result = await flushOutbox(directory, { url: `${receiver.url}/v1/metrics` });
  const received = receiver.requests.flatMap(({ body }) =>
    body.resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics)),
  );
  const delivered = received.reduce((sum, { points }) => sum + points.length, 0);
  expect(result).toEqual({ delivered, rejected: 0, left: 0, owners: 0 });
  const names = received.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["shop.items", "shop.duration", "shop.stock"]));
});

const LATER = VERSIONS.filter((version) => version !== "0.3.0");

test.each(LATER)("alerts, silences and sequences of version %s continue", async (version) => {
  const notified: string[] = [];
  const telemetry = started({
    group: false,
    live: { resolution: 1 },
    alerts: {
      monitors: false,
      directory: join(filesOf(version), "shop.db.alerts"),
      interval: 0.2,
      route: { groupWait: 0, groupInterval: 0.2 },
      receivers: [({ name, state }) => notified.push(`${name} ${state}`)],
      rules: [{ name: "shop", interval: 1, rules: [{ alert: "FewItems", expr: "shop_stock < 100" }] }],
      sequences: [{ alert: "Unpaid", when: "order_made not followed by order_paid within 15s" }],
    },
  });
  expect(telemetry.alerts?.active()).toMatchObject([
    { name: "FewItems", state: "firing", labels: { place: 'a "b"' } },
  ]);
  expect(telemetry.alerts?.silences()).toMatchObject([
    { matchers: [{ label: "alertname", value: "Other" }], comment: "for ever" },
  ]);
  // Its time passed after the process had ended.
  await vi.waitFor(() => expect(notified).toContain("Unpaid firing"), WAIT);
});

test.each(LATER)("what detectors learned in version %s is used", (version) => {
  const text = readFileSync(join(filesOf(version), "shop.db.anomalies"), "utf8");
  const [state] = learnedStatesFrom(text, "shop").values();
  if (state === undefined) throw new Error("there is no state");
  expect(Buffer.from(Detector.from(state).state())).toEqual(state);
});

test.each(LATER)("a group continues with the totals of a process of version %s", async (version) => {
  const telemetry = started({ group: { directory: join(filesOf(version), "group") } });
  await vi.waitFor(
    async () =>
      expect(await telemetry.query("sum(shop_items_total)")).toMatchObject({ series: [{ value: 12 }] }),
    WAIT,
  );
});
