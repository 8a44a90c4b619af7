import { createRequire } from "node:module";
import type { Job, Processor, Queue } from "bullmq";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { BullMqConfig } from "../../../instrumentations/bullmq/index.ts";
import { bullMq as instrumented } from "../../../instrumentations/bullmq/index.ts";
import { begin } from "../../../instrumentations/bullmq/instrumentation.ts";
import { placeOf } from "../../../instrumentations/bullmq/queue.ts";
import { startRedis } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { countOf, sumOf } from "../histogram-figures.ts";
import { type DestinationFigures, MessageFigures } from "../message-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled, which is what an application's `import "bullmq"` amounts to.
const bullmq: typeof import("bullmq") = createRequire(import.meta.url)("bullmq");
const replaced: readonly (readonly [object, string])[] = [
  [bullmq.Job, "create"],
  [bullmq.Job, "createBulk"],
  [bullmq.FlowProducer.prototype, "add"],
  [bullmq.FlowProducer.prototype, "addBulk"],
  [bullmq.Worker.prototype, "callProcessJob"],
  [bullmq.Worker.prototype, "emit"],
];
const originals = (instrumentation.disable(), methods());

const redis = serverOfFile("redis-server", startRedis);
const collecting = measured(instrumentation);
let closings: (() => Promise<void>)[];
let name: string;
let names = 0;

beforeEach(() => {
  configure({});
  closings = [];
  name = `queue-${names++}`;
});

afterEach(async () => {
  await Promise.all(closings.map((close) => close()));
});

function configure(config: BullMqConfig): void {
  const messaging = new Messaging({ meterProvider: collecting.provider });
  instrumentation.setConfig({ messaging, queueSizeInterval: 0.02, ...config });
}

function methods(): readonly unknown[] {
  return replaced.map(([target, method]): unknown => Reflect.get(target, method));
}

function connection(): { readonly port: number; readonly maxRetriesPerRequest: null } {
  return { port: redis().port, maxRetriesPerRequest: null };
}

function openQueue(options = {}): Queue {
  const queue = new bullmq.Queue(name, { connection: connection(), ...options });
  queue.on("error", () => {});
  closings.push(() => queue.close());
  return queue;
}

function work(processor: Processor, options: object = {}): void {
  const worker = new bullmq.Worker(name, processor, {
    connection: connection(),
    drainDelay: 0.05,
    ...options,
  });
  worker.on("error", () => {});
  closings.push(() => worker.close(true));
}

function on(queue = name): Record<string, string> {
  return { "messaging.system.name": "bullmq", "messaging.destination.name": queue };
}

function counted(queue = name): Promise<DestinationFigures> {
  return new MessageFigures(collecting, "bullmq").of(queue);
}

function failed(error: string): Promise<number | undefined> {
  return new MessageFigures(collecting, "bullmq").processed(name, error);
}

function place(): Record<string, string | number> {
  return { "server.address": "127.0.0.1", "server.port": redis().port };
}

function waiting(): Promise<unknown> {
  return collecting.point("message.queue.size", { ...on(), ...place() });
}

function jobs(state: string, more = {}): Promise<unknown> {
  return collecting.point("bullmq.queue.jobs", {
    ...on(),
    ...place(),
    ...more,
    "bullmq.queue.jobs.state": state,
  });
}

// As BullMQ and its clients take them: objects of ioredis have `options` and `startupNodes`.
test.for([
  [{}, { address: "127.0.0.1", port: 6379 }],
  [
    { host: "redis", port: "6380", db: "2" },
    { address: "redis", port: 6380, namespace: "2" },
  ],
  [{ url: "redis://me:secret@redis:6380/3" }, { address: "redis", port: 6380, namespace: "3" }],
  [
    { url: "redis://redis", db: 4 },
    { address: "redis", port: 6379, namespace: "4" },
  ],
  [
    { startupNodes: ["redis://a:7000", "redis://b:7001"], options: {} },
    { address: "a", port: 7000 },
  ],
  [
    { startupNodes: [{ host: "a", port: 7000 }], options: {} },
    { address: "a", port: 7000 },
  ],
  [
    { options: { socket: { host: "redis", port: 6380 }, database: 5 } },
    { address: "redis", port: 6380, namespace: "5" },
  ],
] as const)("a connection by %j is that of the server %j", ([given, { address, port, ...further }]) => {
  expect(placeOf({ opts: { connection: given } })).toEqual({
    "server.address": address,
    "server.port": port,
    ...("namespace" in further && { "db.namespace": further.namespace }),
  });
});

test("additions have their times; those to several queues have no destination", async () => {
  const queue = openQueue();
  await queue.add("mail", {});
  await queue.addBulk([
    { name: "mail", data: {} },
    { name: "mail", data: {} },
  ]);
  const flows = new bullmq.FlowProducer({ connection: connection() });
  closings.push(() => flows.close());
  await flows.add({ name: "mail", queueName: name });
  await flows.add({
    name: "mail",
    queueName: name,
    children: [{ name: "part", queueName: `${name}-parts` }],
  });
  await expect(queue.add("mail", {}, { priority: 2 ** 30 })).rejects.toThrow("Priority");
  expect(await new MessageFigures(collecting, "bullmq").operations(name)).toEqual([
    "add send 127.0.0.1 3",
    "add send 127.0.0.1 Error 1",
  ]);
  const points = await collecting.points("messaging.client.operation.duration");
  const others = points.filter(({ attributes }) => attributes["messaging.destination.name"] === undefined);
  expect(others.map(({ attributes, value }) => [attributes["server.port"], countOf(value)])).toEqual([
    [redis().port, 1],
  ]);
});

test("jobs are counted as added, received, processed, in flight and waiting", async () => {
  const queue = openQueue();
  await queue.add("mail", { to: "a" });
  await queue.addBulk([
    { name: "mail", data: {} },
    { name: "mail", data: {}, opts: { priority: 2 } },
  ]);
  await vi.waitFor(async () => expect(await waiting()).toBe(3));
  expect(await counted()).toEqual({ sent: 3 });
  let goOn = (): void => {};
  const freed = new Promise<void>((resolve) => (goOn = resolve));
  work(() => freed, { concurrency: 2 });
  await vi.waitFor(async () => expect(await counted()).toEqual({ sent: 3, received: 2, inFlight: 2 }));
  await vi.waitFor(async () => expect(await waiting()).toBe(1));
  goOn();
  await vi.waitFor(async () =>
    expect(await counted()).toEqual({ sent: 3, received: 3, processed: 3, inFlight: 0 }),
  );
  await vi.waitFor(async () => expect(await waiting()).toBe(0));
  expect(countOf(await collecting.point("message.wait.duration", on()))).toBe(3);
});

test("jobs are counted by state, separately for queues with the same name but another prefix or database", async () => {
  const here = openQueue();
  const elsewhere = openQueue({ prefix: "shop" });
  const apart = openQueue({ connection: { ...connection(), db: 1 } });
  await here.add("mail", {});
  await here.add("late", {}, { delay: 3_600_000 });
  await elsewhere.addBulk([1, 2].map((n) => ({ name: `mail ${n}`, data: {} })));
  await apart.add("late", {}, { delay: 3_600_000 });
  const ofElsewhere = { "bullmq.queue.prefix": "shop" };
  const ofApart = { "db.namespace": "1" };
  await vi.waitFor(async () => {
    expect(await jobs("waiting")).toBe(1);
    expect(await jobs("delayed")).toBe(1);
    expect(await jobs("waiting", ofElsewhere)).toBe(2);
    expect(await jobs("delayed", ofElsewhere)).toBe(0);
    expect(await jobs("waiting", ofApart)).toBe(0);
    expect(await jobs("delayed", ofApart)).toBe(1);
  });
  let goOn = (): void => {};
  const freed = new Promise<void>((resolve) => (goOn = resolve));
  work(async () => {
    await freed;
    throw new Error("no paper");
  });
  await vi.waitFor(async () => expect(await jobs("active")).toBe(1));
  goOn();
  await vi.waitFor(async () => {
    expect(await jobs("active")).toBe(0);
    expect(await jobs("failed")).toBe(1);
  });
});

test("another object of a queue continues its sizes once the first one is closed", async () => {
  const [first, second] = [openQueue(), openQueue()];
  for (const queue of [first, second]) await queue.add("mail", {});
  await vi.waitFor(async () => expect([await waiting(), await jobs("waiting")]).toEqual([2, 2]));
  await first.close();
  await second.drain();
  await vi.waitFor(async () => expect([await waiting(), await jobs("waiting")]).toEqual([0, 0]));
});

test("the wait of a job begins when it may be processed", async () => {
  const queue = openQueue();
  await queue.add("late", {}, { delay: 100 });
  let waitedMillis = Number.NaN;
  work(async ({ processedOn = Number.NaN, timestamp }) => {
    waitedMillis = Math.max(0, processedOn - timestamp - 100);
  });
  await vi.waitFor(async () => expect(await counted()).toMatchObject({ processed: 1 }));
  expect(sumOf(await collecting.point("message.wait.duration", on()))).toBe(waitedMillis / 1000);
});

test("a job that fails is an error, and is retried while it has attempts left", async () => {
  const queue = openQueue();
  await queue.add("hard", {}, { attempts: 3 });
  work(async (job: Job) => {
    if (job.attemptsMade === 0) throw new RangeError("not now");
    throw new TypeError("never");
  });
  await vi.waitFor(async () => expect(await counted()).toMatchObject({ received: 3, inFlight: 0 }));
  await vi.waitFor(async () => expect(await queue.getFailedCount()).toBe(1));
  expect(await counted()).toEqual({ sent: 1, received: 3, inFlight: 0, retried: 2 });
  expect([await failed("RangeError"), await failed("TypeError")]).toEqual([1, 2]);
  expect(countOf(await collecting.point("message.wait.duration", on()))).toBe(1);
});

test("a processor that throws synchronously fails like one that rejects", async () => {
  const queue = openQueue();
  await queue.add("hard", {});
  work(() => {
    throw new RangeError("at once");
  });
  await vi.waitFor(async () => expect(await failed("RangeError")).toBe(1));
  expect(await counted()).toEqual({ sent: 1, received: 1, inFlight: 0 });
});

test("a job whose processor never settles is received, stays in flight, and is not processed", async () => {
  const queue = openQueue();
  await queue.add("endless", {});
  work(() => new Promise(() => {}));
  await vi.waitFor(async () => expect(await counted()).toMatchObject({ inFlight: 1 }));
  expect(await counted()).toEqual({ sent: 1, received: 1, inFlight: 1 });
});

test("a postponed job is neither processed nor failed", async () => {
  const queue = openQueue();
  await queue.add("twice", {});
  work(async (job: Job, token) => {
    if (job.attemptsStarted > 1) return;
    await job.moveToDelayed(Date.now() + 10, token);
    throw new bullmq.DelayedError();
  });
  await vi.waitFor(async () =>
    expect(await counted()).toEqual({ sent: 1, received: 2, processed: 1, inFlight: 0 }),
  );
  expect(countOf(await collecting.point("message.wait.duration", on()))).toBe(1);
  expect(await failed("DelayedError")).toBeUndefined();
});

test("a job whose worker is lost is retried by another one", async () => {
  const queue = openQueue();
  await queue.add("lost", {});
  const lost = new bullmq.Worker(name, undefined, { connection: connection(), lockDuration: 20 });
  closings.push(() => lost.close(true));
  // Fetched by hand, with a lock that expires soon.
  const job = await lost.getNextJob("token");
  expect(job?.name).toBe("lost");
  work(async () => {}, { stalledInterval: 50 });
  await vi.waitFor(async () =>
    expect(await counted()).toEqual({ sent: 1, received: 1, processed: 1, inFlight: 0, retried: 1 }),
  );
  expect(await collecting.points("message.wait.duration")).toEqual([]);
});

test("the jobs of a flow are counted with their queues", async () => {
  const flows = new bullmq.FlowProducer({ connection: connection() });
  closings.push(() => flows.close());
  const child = { name: "part", queueName: "parts", data: {} };
  await flows.add({ name: "whole", queueName: name, children: [child, child] });
  await flows.addBulk([{ name: "whole", queueName: name, children: [child] }]);
  expect(await counted()).toEqual({ sent: 2 });
  expect(await counted("parts")).toEqual({ sent: 3 });
});

test("jobs are neither lost nor counted twice when Redis dies and comes back", async () => {
  const queue = openQueue();
  await queue.add("first", {});
  work(async () => {});
  await vi.waitFor(async () => expect(await counted()).toMatchObject({ sent: 1, processed: 1 }));
  await redis().kill();
  const second = queue.add("second", {});
  expect(await counted()).toMatchObject({ sent: 1 });
  await redis().startAgain();
  await second;
  await vi.waitFor(async () =>
    expect(await counted()).toEqual({ sent: 2, received: 2, processed: 2, inFlight: 0 }),
  );
  await vi.waitFor(async () => expect(await waiting()).toBe(0));
});

test("if the application has set a meter, the package's own measurements are not repeated", async () => {
  const nothing = (): void => {};
  const span = {
    setSpanOnContext: (context: unknown) => context,
    setAttribute: nothing,
    setAttributes: nothing,
    addEvent: nothing,
    recordException: nothing,
    end: nothing,
  };
  const contextManager = {
    active: () => ({}),
    with: (_: unknown, run: () => unknown) => run(),
    getMetadata: () => "",
    fromMetadata: () => ({}),
  };
  const meter = collecting.provider.getMeter("bullmq");
  const telemetry = { tracer: { startSpan: () => span }, contextManager, meter };
  const queue = openQueue({ telemetry });
  await queue.add("mail", {}, { attempts: 2 });
  work(
    async (job: Job) => {
      if (job.attemptsMade === 0) throw new RangeError("not now");
    },
    { telemetry },
  );
  await vi.waitFor(async () => expect(await queue.getCompletedCount()).toBe(1));
  expect(await counted()).toEqual({ sent: 1, received: 2, inFlight: 0 });
  expect(await failed("RangeError")).toBeUndefined();
  expect(await waiting()).toBeUndefined();
});

test("refused jobs reject as before, and are not counted", async () => {
  const queue = openQueue();
  await expect(queue.add("mail", {}, { jobId: "0" })).rejects.toThrow("JobId cannot be");
  expect(await counted()).toEqual({});
});

test("10 MB of data, no data and data of any type are one job each", async () => {
  const queue = openQueue();
  for (const data of [undefined, null, "x".repeat(10_000_000)]) await queue.add("odd", data);
  expect(await counted()).toEqual({ sent: 3 });
});

test("disabling restores all methods and stops recording; enabling starts again", async () => {
  const queue = openQueue();
  await queue.add("mail", {});
  expect(methods()).not.toEqual(originals);
  expect(methods().map(shapeOf)).toEqual(originals.map(shapeOf));
  instrumentation.disable();
  expect(methods()).toEqual(originals);
  await queue.add("mail", {});
  expect(await collecting.point("messages.sent", on())).toBe(1);
  instrumentation.enable();
  await queue.add("mail", {});
  expect(await collecting.point("messages.sent", on())).toBe(2);
});

function shapeOf(method: unknown): unknown {
  return typeof method === "function" ? [method.name, method.length] : undefined;
}

test("after a restart, running jobs are in flight, and queues are queried", async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const queue = openQueue();
  await queue.addBulk([1, 2, 3].map((n) => ({ name: "mail", data: { n } })));
  work(() => gate);
  await vi.waitFor(async () => expect(await counted()).toMatchObject({ inFlight: 1 }));
  const expectGauges = restarted(instrumentation, instrumented, begin, { queueSizeInterval: 0.02 }, on());
  await expectGauges({ "messages.in_flight": 1, "message.queue.size": 2, "bullmq.queue.jobs": 3 });
  open();
  await expectGauges({ "messages.in_flight": 0, "message.queue.size": 0, "bullmq.queue.jobs": 0 });
});
