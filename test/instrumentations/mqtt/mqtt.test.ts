import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import type { IClientOptions, MqttClient } from "mqtt";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { mqtt as instrumented } from "../../../instrumentations/mqtt/index.ts";
import { begin } from "../../../instrumentations/mqtt/instrumentation.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { collectingProvider } from "../../kit/collecting.ts";
import { type Broker, startBroker } from "./broker.ts";
import { MessageFigures } from "../message-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled, which is what an application's `import "mqtt"` amounts to.
const mqtt: typeof import("mqtt") = createRequire(import.meta.url)("mqtt");
const nodesEmit: unknown = (instrumentation.disable(), Reflect.get(mqtt.MqttClient.prototype, "emit"));

const collecting = measured(instrumentation);
let broker: Broker;
let clients: MqttClient[];

beforeEach(async () => {
  instrumentation.setConfig({ messaging: new Messaging({ meterProvider: collecting.provider }) });
  broker = await startBroker();
  clients = [];
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.endAsync(true)));
  await broker.stop();
  diag.disable();
});

async function connect(options: IClientOptions = {}): Promise<MqttClient> {
  const client = mqtt.connect(broker.url, { reconnectPeriod: 20, ...options });
  client.on("error", () => {});
  clients.push(client);
  await next(client, "connect");
  return client;
}

function next(client: MqttClient, event: "connect" | "close"): Promise<void> {
  return new Promise((resolve) => void client.once(event, () => resolve()));
}

function on(destination: string): Record<string, string> {
  return { "messaging.system.name": "mqtt", "messaging.destination.name": destination };
}

async function counted(destination: string): Promise<unknown> {
  return {
    sent: await collecting.point("messages.sent", on(destination)),
    received: await collecting.point("messages.received", on(destination)),
  };
}

async function processed(destination: string, error?: string): Promise<number | undefined> {
  const attributes = error === undefined ? on(destination) : { ...on(destination), "error.type": error };
  const histogram = await collecting.point("message.processing.duration", attributes);
  return isHistogram(histogram) ? histogram.count : undefined;
}

function isHistogram(value: unknown): value is { readonly count: number; readonly sum: number } {
  return typeof value === "object" && value !== null && "count" in value && "sum" in value;
}

function backlog(): Promise<unknown> {
  return collecting.point("message.queue.size", { "messaging.system.name": "mqtt" });
}

test.each([0, 1, 2] as const)(
  "messages of QoS %i are counted once as sent, received and processed",
  async (qos) => {
    const [sender, receiver] = [await connect(), await connect()];
    const received: string[] = [];
    receiver.on("message", (_topic, payload) => received.push(String(payload)));
    await receiver.subscribeAsync("jobs/#", { qos });
    for (let i = 0; i < 5; i++) await sender.publishAsync(`jobs/${i}/start`, `job ${i}`, { qos });
    await vi.waitFor(() => expect(received).toHaveLength(5));
    expect(await counted("jobs/+/start")).toEqual({ sent: 5, received: 5 });
    expect(await processed("jobs/+/start")).toBe(5);
    // Nothing acknowledges the others.
    expect(await new MessageFigures(collecting, "mqtt").operations("jobs/+/start")).toEqual(
      qos === 0 ? [] : ["publish send 127.0.0.1 5"],
    );
    await vi.waitFor(async () => expect(await backlog()).toBe(0));
  },
);

test("a message that is not acknowledged is an operation that failed, with or without a callback", async () => {
  const client = await connect({ reconnectPeriod: 0 });
  await broker.stop();
  await vi.waitFor(() => expect(client.connected).toBe(false));
  const called = vi.fn<(error?: unknown) => void>();
  client.publish("jobs", "x", { qos: 1 }, called);
  client.publish("jobs", "x", { qos: 1 });
  client.end(true);
  await vi.waitFor(() => expect(called).toHaveBeenCalledWith(expect.any(Error)));
  expect(await new MessageFigures(collecting, "mqtt").operations("jobs")).toEqual([
    "publish send 127.0.0.1 Error 2",
  ]);
});

test("a message that a client refuses as it disconnects raises its event `error`, or is given to the callback", async () => {
  const client = await connect();
  const [emitted, called] = [vi.fn<(error: unknown) => void>(), vi.fn<(error: unknown) => void>()];
  client.on("error", emitted);
  client.end();
  client.publish("jobs", "x", { qos: 1 });
  client.publish("jobs", "x", { qos: 1 }, called);
  expect(emitted.mock.calls).toEqual([[new Error("client disconnecting")]]);
  expect(called.mock.calls).toEqual([[new Error("client disconnecting")]]);
});

test("a message without listeners is received, not processed", async () => {
  const client = await connect();
  await client.subscribeAsync("jobs");
  const arrival = new Promise<void>((resolve) => {
    client.on("packetreceive", (packet) => packet.cmd === "publish" && resolve());
  });
  await client.publishAsync("jobs", "x");
  await arrival;
  await vi.waitFor(async () => expect(await counted("jobs")).toEqual({ sent: 1, received: 1 }));
  expect(await processed("jobs")).toBeUndefined();
});

test("a listener that throws is recorded as a processing error, and throws as before", async () => {
  const client = await connect();
  client.on("message", () => {
    throw new RangeError("cannot work on this");
  });
  const packet = {
    cmd: "publish",
    topic: "jobs",
    payload: Buffer.from("x"),
    qos: 0,
    dup: false,
    retain: false,
  } as const;
  expect(() => client.emit("message", "jobs", packet.payload, packet)).toThrow(
    new RangeError("cannot work on this"),
  );
  expect(await processed("jobs", "RangeError")).toBe(1);
  expect(await processed("jobs")).toBeUndefined();
});

test("the application's handleMessage is part of the processing until it calls back", async () => {
  const client = await connect();
  const seen: unknown[] = [];
  const handleMessage: MqttClient["handleMessage"] = function handle(this: unknown, packet, callback) {
    seen.push(this === client, packet.topic, client.handleMessage === handleMessage);
    setTimeout(
      () => callback(packet.payload.toString() === "bad" ? new TypeError("bad job") : undefined),
      60,
    );
  };
  client.handleMessage = handleMessage;
  await client.subscribeAsync("jobs", { qos: 1 });
  await client.publishAsync("jobs", "good", { qos: 1 });
  await vi.waitFor(async () => expect(await processed("jobs")).toBe(1));
  const histogram = await collecting.point("message.processing.duration", on("jobs"));
  expect(isHistogram(histogram) && histogram.sum).toBeGreaterThan(0.05);
  await client.publishAsync("jobs", "bad");
  await vi.waitFor(async () => expect(await processed("jobs", "TypeError")).toBe(1));
  expect(seen).toEqual([true, "jobs", true, true, "jobs", true]);
  expect(Reflect.get(client, "handleMessage")).toBe(handleMessage);
});

test("a handleMessage that calls back twice processes once; one that never calls back processes nothing", async () => {
  const client = await connect();
  client.handleMessage = (packet, callback) => {
    if (packet.payload.toString() === "never") return;
    callback();
    try {
      callback(new Error("once more"));
    } catch {
      // mqtt 5.0 has no callback left to call.
    }
  };
  await client.subscribeAsync("jobs");
  await client.publishAsync("jobs", "twice");
  await vi.waitFor(async () => expect(await processed("jobs")).toBe(1));
  await client.publishAsync("jobs", "never");
  await vi.waitFor(async () => expect(await counted("jobs")).toEqual({ sent: 2, received: 2 }));
  expect(await processed("jobs")).toBe(1);
  expect(await processed("jobs", "Error")).toBeUndefined();
});

test("a pending promise of a listener is not awaited", async () => {
  const client = await connect();
  const listener = (): unknown => new Promise(() => {});
  client.on("message", listener);
  await client.subscribeAsync("jobs");
  await client.publishAsync("jobs", "1");
  await vi.waitFor(async () => expect(await processed("jobs")).toBe(1));
});

test("messages published while the broker is unavailable wait in the backlog, and are counted when they are sent", async () => {
  const client = await connect();
  await client.publishAsync("jobs", "first", { qos: 1 });
  const away = next(client, "close");
  await broker.stop();
  await away;
  const rest = [
    client.publishAsync("jobs", "second", { qos: 1 }),
    client.publishAsync("jobs", "third", { qos: 1 }),
    client.publishAsync("jobs", "fourth", { qos: 0 }),
  ];
  expect(await backlog()).toBe(3);
  expect(await counted("jobs")).toMatchObject({ sent: 1 });
  broker = await startBroker(broker.port);
  await Promise.all(rest);
  expect(await backlog()).toBe(0);
  expect(await counted("jobs")).toMatchObject({ sent: 4 });
});

test("a message that is sent again after a lost connection is counted once", async () => {
  const client = await connect();
  // The broker dies when it receives the message, before it acknowledges it.
  const isBack = new Promise<void>((resolve) => {
    client.once("packetsend", () => {
      void broker.stop().then(async () => {
        broker = await startBroker(broker.port);
        resolve();
      });
    });
  });
  const packets: string[] = [];
  client.on("packetsend", (packet) => packets.push(packet.cmd));
  const settled = client.publishAsync("jobs", "x", { qos: 1 });
  expect(await backlog()).toBe(1);
  await Promise.all([isBack, settled]);
  expect(packets.filter((cmd) => cmd === "publish")).toHaveLength(2);
  expect(await counted("jobs")).toMatchObject({ sent: 1 });
  expect(await backlog()).toBe(0);
});

test("the backlog is that of all clients, and a closed client no longer counts", async () => {
  const offline = ["a", "b"].map((clientId) =>
    mqtt.connect("mqtt://127.0.0.1:1", { clientId, reconnectPeriod: 10_000 }),
  );
  for (const client of offline) {
    client.on("error", () => {});
    client.publish("jobs", "1");
    client.publish("jobs", "2", { qos: 2 });
    client.subscribe("jobs");
  }
  instrumentation.disable();
  instrumentation.enable();
  expect(await backlog()).toBe(4);
  await offline[0]!.endAsync(true);
  expect(await backlog()).toBe(2);
  await offline[1]!.endAsync(true);
  expect(await backlog()).toBe(0);
});

test("a topic that MQTT 5 sends as an alias is still known", async () => {
  const client = await connect();
  const alias = { properties: { topicAlias: 3 } };
  client.emit("packetsend", {
    cmd: "publish",
    topic: "jobs",
    payload: "x",
    qos: 0,
    dup: false,
    retain: false,
    ...alias,
  });
  client.emit("packetsend", {
    cmd: "publish",
    topic: "",
    payload: "x",
    qos: 0,
    dup: false,
    retain: false,
    ...alias,
  });
  expect(await counted("jobs")).toMatchObject({ sent: 2 });
});

test("the destination option names topics, with the default name if it fails", async () => {
  const warnings = collectWarnings();
  const messaging = new Messaging({ meterProvider: collecting.provider });
  instrumentation.setConfig({
    messaging,
    destination: (topic) => {
      if (topic.startsWith("bad")) throw new Error("no name");
      return topic.split("/")[0] ?? "";
    },
  });
  const client = await connect();
  await client.publishAsync("jobs/x/y", "1");
  await client.publishAsync("jobs/z", "2");
  await client.publishAsync("bad/12", "3");
  await client.publishAsync("bad/13", "4");
  expect(await counted("jobs")).toMatchObject({ sent: 2 });
  expect(await counted("bad/+")).toMatchObject({ sent: 2 });
  expect(warnings).toEqual([
    'instrumentation mqtt: option "destination" failed; the default name is used; this is logged once',
  ]);
});

test("the client is unchanged: no listener, no field, and emit with its name and length", async () => {
  const client = await connect();
  expect(client.listenerCount("packetsend")).toBe(0);
  expect(client.listenerCount("packetreceive")).toBe(0);
  expect(client.listenerCount("message")).toBe(0);
  expect(Object.keys(client)).not.toContain("emit");
  const emit: unknown = Reflect.get(client, "emit");
  expect([Reflect.get(Object(emit), "name"), Reflect.get(Object(emit), "length")]).toEqual(["emit", 1]);
  expect(client.emit("reconnect")).toBe(false);
});

test("disabling restores all methods and stops recording; enabling starts again", async () => {
  const client = await connect();
  await client.publishAsync("jobs", "1");
  instrumentation.disable();
  expect(Reflect.get(client, "emit")).toBe(nodesEmit);
  await client.publishAsync("jobs", "2");
  expect(await counted("jobs")).toMatchObject({ sent: 1 });
  instrumentation.enable();
  await client.publishAsync("jobs", "3");
  expect(await counted("jobs")).toMatchObject({ sent: 2 });
});

test("without a facade in its options it records on its meter provider", async () => {
  instrumentation.setConfig({});
  const own = collectingProvider();
  instrumentation.setMeterProvider(own.provider);
  const client = await connect();
  await client.publishAsync("jobs", "1");
  expect(await own.point("messages.sent", on("jobs"))).toBe(1);
  expect(await own.point("message.queue.size", { "messaging.system.name": "mqtt" })).toBe(0);
  expect(await collecting.points("messages.sent")).toEqual([]);
});

test("after a restart, messages are still held back", async () => {
  const client = await connect();
  const away = next(client, "close");
  await broker.stop();
  await away;
  client.publish("jobs", "1", { qos: 1 });
  client.publish("jobs", "2", { qos: 1 });
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "message.queue.size": 2 });
  await client.endAsync(true);
  await expectGauges({ "message.queue.size": 0 });
});
