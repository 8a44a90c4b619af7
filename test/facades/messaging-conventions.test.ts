import { Messaging } from "tachymeter/facades";
import { afterEach, expect, test, vi } from "vitest";
import { collectingProvider } from "../kit/collecting.ts";
import { describedMetrics, type DescribedMetric, SECONDS_BOUNDARIES } from "./described-metrics.ts";

afterEach(() => void vi.unstubAllEnvs());

const OURS = ["message.processing.duration", "messages.received", "messages.sent"];
const STANDARD = [
  "messaging.client.consumed.messages",
  "messaging.client.sent.messages",
  "messaging.process.duration",
];

async function metricsWith(optIn: string | undefined): Promise<readonly DescribedMetric[]> {
  vi.stubEnv("OTEL_SEMCONV_STABILITY_OPT_IN", optIn);
  const { provider, collect } = collectingProvider();
  const messaging = new Messaging({ meterProvider: provider, system: "mqtt" });
  messaging.sent("jobs");
  messaging.received("jobs");
  messaging.processed("jobs", 0.5);
  messaging.queueSize("jobs", 1);
  return describedMetrics(await collect(), "tachymeter.messaging");
}

test.each([
  [undefined, OURS],
  ["", OURS],
  ["http, database/dup", OURS],
  ["Messaging", STANDARD],
  ["messaging", STANDARD],
  ["http,  messaging ", STANDARD],
  ["messaging/dup", [...OURS, ...STANDARD]],
  ["messaging,messaging/dup", [...OURS, ...STANDARD]],
])("with the opt-in %s the metrics are %s, and always the queue size", async (optIn, expected) => {
  const names = (await metricsWith(optIn)).map(({ name }) => name);
  expect(names).toEqual([...expected, "message.queue.size"].toSorted());
});

test("the metrics of the conventions have their units, boundaries and attributes", async () => {
  const described = await metricsWith("messaging");
  const attributes = ["messaging.destination.name", "messaging.operation.name", "messaging.system.name"];
  expect(described.filter(({ name }) => STANDARD.includes(name))).toMatchObject([
    { name: STANDARD[0], unit: "{message}", attributes, boundaries: undefined },
    { name: STANDARD[1], unit: "{message}", attributes, boundaries: undefined },
    { name: STANDARD[2], unit: "s", attributes, boundaries: SECONDS_BOUNDARIES },
  ]);
});

test("both kinds of metrics have the same values, by the facade and by a bound destination", async () => {
  const { provider, points } = collectingProvider();
  const messaging = new Messaging({ meterProvider: provider, semconvStabilityOptIn: "messaging/dup" });
  const jobs = messaging.destination("jobs");
  messaging.sent("jobs", 2);
  jobs.sent(3);
  messaging.received("jobs", 20);
  jobs.received(30);
  messaging.processed("jobs", 1, new RangeError("no"));
  jobs.processed(2, new RangeError("no"));
  const attributes = { "messaging.destination.name": "jobs" };
  const operation = (name: string): object => ({ ...attributes, "messaging.operation.name": name });
  expect(await points("messages.sent")).toEqual([{ attributes, value: 5 }]);
  expect(await points("messaging.client.sent.messages")).toEqual([
    { attributes: operation("send"), value: 5 },
  ]);
  expect(await points("messages.received")).toEqual([{ attributes, value: 50 }]);
  expect(await points("messaging.client.consumed.messages")).toEqual([
    { attributes: operation("receive"), value: 50 },
  ]);
  const type = { "error.type": "RangeError" };
  expect(await points("message.processing.duration")).toMatchObject([
    { attributes: { ...attributes, ...type }, value: { count: 2, sum: 3 } },
  ]);
  expect(await points("messaging.process.duration")).toMatchObject([
    { attributes: { ...operation("process"), ...type }, value: { count: 2, sum: 3 } },
  ]);
});

test("a given operation name replaces the default one", async () => {
  const { provider, points } = collectingProvider();
  const messaging = new Messaging({ meterProvider: provider, semconvStabilityOptIn: "messaging" });
  messaging.sent("jobs", 1, { "messaging.operation.name": "publish" });
  expect(await points("messaging.client.sent.messages")).toEqual([
    { attributes: { "messaging.destination.name": "jobs", "messaging.operation.name": "publish" }, value: 1 },
  ]);
});
