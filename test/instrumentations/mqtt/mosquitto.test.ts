import { createRequire } from "node:module";
import type { IClientOptions, MqttClient } from "mqtt";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { mqtt as instrumented } from "../../../instrumentations/mqtt/index.ts";
import { begin } from "../../../instrumentations/mqtt/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { startMosquitto } from "../../servers/mosquitto.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { MessageFigures } from "../message-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const mqtt: typeof import("mqtt") = createRequire(import.meta.url)("mqtt");

const server = serverOfFile("mosquitto", startMosquitto);
let collecting: Collecting;
let figures: MessageFigures;
let clients: MqttClient[];

beforeEach(() => {
  collecting = collectingProvider();
  figures = new MessageFigures(collecting, "mqtt");
  instrumentation.setMeterProvider(collecting.provider);
  instrumentation.setConfig({ messaging: new Messaging({ meterProvider: collecting.provider }) });
  clients = [];
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.endAsync(true)));
});

async function connect(options: IClientOptions = {}): Promise<MqttClient> {
  const client = await mqtt.connectAsync(server().url, { reconnectPeriod: 20, ...options });
  client.on("error", () => {});
  clients.push(client);
  return client;
}

test.each([
  [0, 4],
  [1, 4],
  [2, 4],
  [0, 5],
  [1, 5],
  [2, 5],
] as const)(
  "messages of QoS %i by protocol %i count once as sent, received and processed",
  async (qos, protocolVersion) => {
    const [sender, receiver] = [await connect({ protocolVersion }), await connect({ protocolVersion })];
    const seen: string[] = [];
    receiver.on("message", (topic) => seen.push(topic));
    await receiver.subscribeAsync("plant/+/state", { qos });
    for (let i = 0; i < 5; i++) await sender.publishAsync(`plant/${i}/state`, `state ${i}`, { qos });
    await vi.waitFor(() => expect(seen).toHaveLength(5));
    expect(await figures.of("plant/+/state")).toEqual({ sent: 5, received: 5, processed: 5 });
    await vi.waitFor(async () => expect(await figures.queueSize()).toBe(0));
    expect(await figures.reconnects()).toBeUndefined();
  },
);

test("payloads may be empty or of 100 MB", async () => {
  const client = await connect();
  const sizes: number[] = [];
  client.on("message", (_topic, payload) => sizes.push(payload.length));
  await client.subscribeAsync("sizes", { qos: 1 });
  const large = Buffer.alloc(100 * 1024 * 1024);
  await client.publishAsync("sizes", Buffer.alloc(0), { qos: 1 });
  await client.publishAsync("sizes", large, { qos: 1 });
  await vi.waitFor(() => expect(sizes).toEqual([0, large.length]));
  expect(await figures.of("sizes")).toEqual({ sent: 2, received: 2, processed: 2 });
});

test("a broker that is killed and comes back is one reconnect for each client, and waiting messages are sent once", async () => {
  const [sender, receiver] = [await connect(), await connect({ clean: false, clientId: "receiver" })];
  const seen: string[] = [];
  receiver.on("message", (_topic, payload) => seen.push(String(payload)));
  await receiver.subscribeAsync("outage", { qos: 1 });
  await sender.publishAsync("outage", "before", { qos: 1 });
  await vi.waitFor(() => expect(seen).toEqual(["before"]));
  await server().kill();
  await vi.waitFor(() => expect([sender.connected, receiver.connected]).toEqual([false, false]));
  const later = [1, 2, 3].map((i) => sender.publishAsync("outage", `later ${i}`, { qos: 1 }));
  expect(await figures.queueSize()).toBe(3);
  expect(await figures.of("outage")).toEqual({ sent: 1, received: 1, processed: 1 });
  await server().startAgain();
  await Promise.all(later);
  await vi.waitFor(() => expect(receiver.connected).toBe(true));
  expect(await figures.reconnects()).toBe(2);
  expect(await figures.queueSize()).toBe(0);
  await receiver.subscribeAsync("outage", { qos: 1 });
  await sender.publishAsync("outage", "after", { qos: 1 });
  await vi.waitFor(() => expect(seen).toContain("after"));
  expect(await figures.of("outage")).toEqual({ sent: 5, received: seen.length, processed: seen.length });
});

test("a client that the application closes and reopens has not reconnected", async () => {
  const client = await connect();
  await client.endAsync();
  const connected = new Promise<void>((resolve) => void client.once("connect", () => resolve()));
  client.reconnect();
  await connected;
  expect(await figures.reconnects()).toBeUndefined();
});
