import { createRequire } from "node:module";
import type {
  ProcessErrorArgs,
  ServiceBusClient,
  ServiceBusReceivedMessage,
  ServiceBusReceiver,
  ServiceBusSender,
} from "@azure/service-bus";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { azureServiceBus as instrumented } from "../../../instrumentations/azure-service-bus/index.ts";
import { begin } from "../../../instrumentations/azure-service-bus/instrumentation.ts";
import { collectingProvider } from "../../kit/collecting.ts";
import { type SmallServiceBus, startSmallServiceBus } from "../../servers/small-service-bus.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { restarted } from "../restarted.ts";
import { MessageFigures } from "../message-figures.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const library: typeof import("@azure/service-bus") = require("@azure/service-bus");
instrumentation.disable();

let server: SmallServiceBus;
let client: ServiceBusClient;
let sender: ServiceBusSender;
let receiver: ServiceBusReceiver;
let figures: MessageFigures;
let name: string;
let names = 0;

beforeAll(async () => {
  server = await startSmallServiceBus("file");
  client = new library.ServiceBusClient(server.connectionString, { retryOptions: { maxRetries: 0 } });
});

beforeEach(() => {
  const collecting = collectingProvider();
  figures = new MessageFigures(collecting, "azure.servicebus");
  instrumentation.setMeterProvider(collecting.provider);
  instrumentation.enable();
  name = `jobs-${names++}`;
  sender = client.createSender(name);
  receiver = client.createReceiver(name);
});

afterEach(async () => {
  await receiver.close();
  await sender.close();
  instrumentation.disable();
});
afterAll(() => client?.close());

async function received(): Promise<ServiceBusReceivedMessage> {
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5_000 });
  if (message === undefined) throw new Error("no message was received");
  return message;
}

test("messages are counted as sent, single, in lists, in batches and scheduled", async () => {
  await sender.sendMessages({ body: "x" });
  await sender.sendMessages([{ body: "x" }, { body: "x" }]);
  const batch = await sender.createMessageBatch();
  for (let i = 0; i < 3; i++) batch.tryAddMessage({ body: "x" });
  await sender.sendMessages(batch);
  await sender.scheduleMessages([{ body: "x" }, { body: "x" }], new Date());
  expect(server.unsettled(name)).toBe(8);
  expect(await figures.of(name)).toEqual({ sent: 8 });
  expect(await figures.operations(name)).toEqual(["schedule send 127.0.0.1 1", "send send 127.0.0.1 3"]);
});

test("returned messages are in flight until they are settled", async () => {
  await sender.sendMessages({ body: "x" });
  const message = await received();
  expect(await figures.of(name)).toEqual({ sent: 1, received: 1, inFlight: 1 });
  await receiver.completeMessage(message);
  expect(await figures.of(name)).toEqual({ sent: 1, received: 1, processed: 1, inFlight: 0 });
  expect(server.unsettled(name)).toBe(0);
});

test("a message whose lock was lost is not in flight", async () => {
  await sender.sendMessages({ body: "x" });
  const message = await received();
  server.loseLocks(name);
  await expect(receiver.completeMessage(message)).rejects.toMatchObject({ code: "MessageLockLost" });
  expect(await figures.of(name)).toEqual({ sent: 1, received: 1, inFlight: 0 });
  await receiver.completeMessage(await received());
  expect(await figures.of(name)).toEqual({ sent: 1, received: 2, processed: 1, inFlight: 0, retried: 1 });
});

test("a message whose lock has ended is not in flight, unless the lock was renewed", async () => {
  await sender.sendMessages([{ body: "x" }, { body: "x" }]);
  const message = await received();
  await received();
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    vi.setSystemTime(Date.now() + 50_000);
    await receiver.renewMessageLock(message);
    expect(await figures.of(name)).toMatchObject({ inFlight: 2 });
    vi.setSystemTime(Date.now() + 50_000);
    expect(await figures.of(name)).toMatchObject({ inFlight: 1 });
    vi.setSystemTime(Date.now() + 50_000);
    expect(await figures.of(name)).toMatchObject({ inFlight: 0 });
    // The clocks of the service and of the application may differ.
    await receiver.completeMessage(message);
    expect(await figures.of(name)).toEqual({ sent: 2, received: 2, processed: 1, inFlight: 0 });
  } finally {
    vi.useRealTimers();
  }
});

test("messages of a closed receiver are not in flight", async () => {
  await sender.sendMessages([{ body: "x" }, { body: "x" }]);
  await received();
  await received();
  const other = `${name}-other`;
  const [otherSender, otherReceiver] = [client.createSender(other), client.createReceiver(other)];
  await otherSender.sendMessages({ body: "x" });
  await otherReceiver.receiveMessages(1, { maxWaitTimeInMs: 5_000 });
  const inFlight = async (): Promise<unknown> => [
    (await figures.of(name)).inFlight,
    (await figures.of(other)).inFlight,
  ];
  expect(await inFlight()).toEqual([2, 1]);
  await receiver.close();
  expect(await inFlight()).toEqual([0, 1]);
  await otherReceiver.close();
  await otherSender.close();
  expect(await inFlight()).toEqual([0, 0]);
});

test("abandoned messages have failed and are retried, and so have those of the dead letter queue", async () => {
  await sender.sendMessages({ body: "x" });
  await receiver.abandonMessage(await received());
  await receiver.deadLetterMessage(await received());
  expect(await figures.processed(name, "abandoned")).toBe(1);
  expect(await figures.processed(name, "dead_lettered")).toBe(1);
  expect(await figures.of(name)).toEqual({ sent: 1, received: 2, inFlight: 0, retried: 1 });
});

test("messages passed to a handler are in flight until it is settled", async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  receiver.subscribe({ processMessage: () => gate, processError: async () => {} });
  await sender.sendMessages({ body: "x" });
  await vi.waitFor(async () => expect(await figures.of(name)).toEqual({ sent: 1, received: 1, inFlight: 1 }));
  open();
  await vi.waitFor(async () =>
    expect(await figures.of(name)).toEqual({ sent: 1, received: 1, processed: 1, inFlight: 0 }),
  );
  await vi.waitFor(() => expect(server.unsettled(name)).toBe(0));
});

test("a failed handler has the error's type, and an object of handlers keeps its private fields", async () => {
  class Handlers {
    readonly #errors: string[] = [];

    get errors(): readonly string[] {
      return this.#errors;
    }

    async processMessage(): Promise<void> {
      if (this.#errors.length === 0) throw new RangeError("told to");
    }

    async processError({ error }: ProcessErrorArgs): Promise<void> {
      this.#errors.push(error.message);
    }
  }
  const handlers = Object.freeze(new Handlers());
  receiver.subscribe(handlers);
  await sender.sendMessages({ body: "x" });
  await vi.waitFor(async () =>
    expect(await figures.of(name)).toEqual({ sent: 1, received: 2, processed: 1, inFlight: 0, retried: 1 }),
  );
  expect(await figures.processed(name, "RangeError")).toBe(1);
  expect(handlers.errors).toContain("told to");
});

test("receivers of a session are measured", async () => {
  await sender.sendMessages({ body: "x", sessionId: "one" });
  const session = await client.acceptSession(name, "one");
  const [message] = await session.receiveMessages(1, { maxWaitTimeInMs: 5_000 });
  if (message !== undefined) await session.completeMessage(message);
  await session.close();
  expect(await figures.of(name)).toEqual({ sent: 1, received: 1, processed: 1, inFlight: 0 });
});

test("a message that is removed when it is received is not in flight", async () => {
  const removing = client.createReceiver(name, { receiveMode: "receiveAndDelete" });
  await sender.sendMessages({ body: "x" });
  expect(await removing.receiveMessages(1, { maxWaitTimeInMs: 5_000 })).toHaveLength(1);
  expect(await figures.of(name)).toEqual({ sent: 1, received: 1, inFlight: 0 });
  await removing.close();
});

test("after a restart, unsettled messages and running handlers are in flight", async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const handling = client.createReceiver(`${name}-handled`);
  handling.subscribe({ processMessage: () => gate, processError: async () => {} });
  const handled = client.createSender(`${name}-handled`);
  await handled.sendMessages({ body: "x" });
  await sender.sendMessages({ body: "x" });
  const message = await received();
  await vi.waitFor(async () => expect(await figures.of(`${name}-handled`)).toMatchObject({ inFlight: 1 }));
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "messages.in_flight": 2 });
  await receiver.completeMessage(message);
  await expectGauges({ "messages.in_flight": 1 });
  await handled.sendMessages([{ body: "x" }, { body: "x" }]);
  open();
  await vi.waitFor(() => expect(server.unsettled(`${name}-handled`)).toBe(0));
  await expectGauges({ "messages.in_flight": 0 });
  await handling.close();
  await handled.close();
});

test("disabling restores the original methods", async () => {
  const send = (): unknown => Reflect.get(Object.getPrototypeOf(sender), "sendMessages");
  const replaced = send();
  instrumentation.disable();
  expect(send()).not.toBe(replaced);
  await sender.sendMessages({ body: "x" });
  expect(await figures.of(name)).toEqual({});
});
