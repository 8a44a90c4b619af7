import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { Kernels } from "../../../src/facades/kernels/index.ts";
import type { KernelTelemetry } from "../../../src/facades/kernels/telemetry.ts";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import {
  workerThreads as instrumented,
  type WorkerThreadsConfig,
} from "../../../instrumentations/worker-threads/index.ts";
import { begin } from "../../../instrumentations/worker-threads/instrumentation.ts";
import type { LibraryInstrumentation } from "../../../instrumentations/shared/library-instrumentation.ts";
import { heldBytes } from "../../engine/memory.ts";
import { collectingProvider } from "../../kit/collecting.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { restarted } from "../restarted.ts";

const commonJs: typeof import("node:worker_threads") = createRequire(import.meta.url)("node:worker_threads");
const nodesWorker = commonJs.Worker;
const echoScript = join(import.meta.dirname, "echo-worker.cjs");

let kernels: Kernels;
let instrumentation: LibraryInstrumentation<WorkerThreadsConfig>;

beforeEach(() => {
  kernels = new Kernels();
  instrumentation = instrumentationOf(instrumented, begin, { kernels });
});

afterEach(() => instrumentation.disable());

function kernel(id = "echo-worker.cjs#0"): KernelTelemetry | undefined {
  return kernels.getTelemetry(id);
}

async function echo(worker: Worker, message: unknown): Promise<unknown> {
  const answer = once(worker, "message");
  worker.postMessage(message);
  const [value]: unknown[] = await answer;
  return value;
}

async function end(worker: Worker): Promise<void> {
  const exit = once(worker, "exit");
  worker.postMessage("end");
  await exit;
}

test("a worker is a kernel from its creation to its exit, and its messages are counted", async () => {
  const worker = new Worker(echoScript);
  expect(kernel()).toMatchObject({ state: "launched" });
  await once(worker, "online");
  expect(kernel()).toMatchObject({ state: "active" });
  for (const message of [1, 2, 3]) expect(await echo(worker, message)).toBe(message);
  expect(kernel()).toMatchObject({ messagesReceived: 3, messagesSent: 3, messagesProcessed: 3, errors: 0 });
  await end(worker);
  expect(kernel()).toMatchObject({
    state: "terminated",
    messagesReceived: 4,
    messagesProcessed: 3,
    errors: 0,
  });
});

test("workers are named by script and lowest free slot, and slots are reused", async () => {
  const workers = [
    new Worker(echoScript),
    new commonJs.Worker(pathToFileURL(echoScript)),
    new Worker(echoScript),
  ];
  const other = new Worker("require('node:worker_threads').parentPort.once('message', () => {})", {
    eval: true,
  });
  expect([...kernels.getAllTelemetry().keys()]).toEqual([
    "echo-worker.cjs#0",
    "echo-worker.cjs#1",
    "echo-worker.cjs#2",
    "[worker eval]#0",
  ]);
  await end(workers[1]!);
  const next = new Worker(echoScript);
  expect(kernels.getAllTelemetry().size).toBe(4);
  expect(kernel("echo-worker.cjs#1")).toMatchObject({ state: "launched", messagesReceived: 0 });
  await Promise.all([workers[0]!, workers[2]!, next, other].map(end));
});

test("a worker of a subclass and a worker of a data URL have names too", async () => {
  class Echo extends commonJs.Worker {
    constructor() {
      super(echoScript);
    }
  }
  const workers = [new Echo(), new Worker(new URL("data:text/javascript,"))];
  expect(workers[0]).toBeInstanceOf(Echo);
  expect([...kernels.getAllTelemetry().keys()]).toEqual(["echo-worker.cjs#0", "[worker data]#0"]);
  await Promise.all([end(workers[0]!), once(workers[1]!, "exit")]);
});

test("a worker created by a class that was imported before has a common name", async () => {
  const worker = new nodesWorker(echoScript);
  expect([...kernels.getAllTelemetry().keys()]).toEqual(["worker#0"]);
  await end(worker);
});

test("an uncaught exception in a worker is one error, which the application receives as before", async () => {
  const collecting = collectingProvider();
  kernels = new Kernels({ meterProvider: collecting.provider });
  instrumentation.setConfig({ kernels });
  const worker = new Worker(echoScript);
  const errors: unknown[] = [];
  worker.on("error", (error) => errors.push(error));
  const exit = new Promise((resolve) => void worker.once("exit", resolve));
  worker.postMessage("fail");
  expect(await exit).toBe(1);
  expect(errors).toEqual([new RangeError("asked to fail")]);
  expect(kernel()).toMatchObject({
    state: "terminated",
    messagesReceived: 1,
    messagesProcessed: 0,
    errors: 1,
  });
  expect(await collecting.points("kernel.errors")).toEqual([
    { attributes: { "kernel.id": "echo-worker.cjs#0", "error.type": "RangeError" }, value: 1 },
  ]);
});

test("a worker that exits with a code has failed, a terminated one has not", async () => {
  const exiting = new Worker(echoScript);
  const terminated = new Worker(echoScript);
  const exit = once(exiting, "exit");
  exiting.postMessage("exit 3");
  expect(await exit).toEqual([3]);
  expect(await echo(terminated, 1)).toBe(1);
  expect(await terminated.terminate()).toBe(1);
  expect(kernel("echo-worker.cjs#0")).toMatchObject({ state: "terminated", errors: 1 });
  expect(kernel("echo-worker.cjs#1")).toMatchObject({ state: "terminated", errors: 0 });
});

test("a message that cannot be posted throws as before and is not counted", async () => {
  const worker = new Worker(echoScript);
  expect(() => worker.postMessage(() => {})).toThrow(expect.objectContaining({ name: "DataCloneError" }));
  expect(kernel()).toMatchObject({ messagesReceived: 0 });
  await end(worker);
});

test("a message that cannot be read is an error", async () => {
  const worker = new Worker(echoScript);
  worker.emit("messageerror", new TypeError("unreadable"));
  expect(kernel()).toMatchObject({ errors: 1 });
  await end(worker);
});

test("the application sees no difference in the worker", async () => {
  const inspect = (worker: Worker): unknown => ({
    isWorker: worker instanceof Worker && worker instanceof nodesWorker && worker.constructor === Worker,
    keys: Object.keys(worker),
    listeners: worker.eventNames().map((name) => [name, worker.listenerCount(name)]),
    postMessage: [Reflect.get(worker, "postMessage").name, Reflect.get(worker, "postMessage").length],
    emit: [Reflect.get(worker, "emit").name, Reflect.get(worker, "emit").length],
  });
  const watched = new Worker(echoScript);
  const seen = inspect(watched);
  expect([Worker.name, Worker.length]).toEqual([nodesWorker.name, nodesWorker.length]);
  expect(commonJs.Worker).toBe(Worker);
  instrumentation.disable();
  const plain = new Worker(echoScript);
  expect(seen).toEqual(inspect(plain));
  await Promise.all([end(watched), end(plain)]);
});

test.each([
  ["unref", (worker: Worker) => worker.unref()],
  ["unref after listening", (worker: Worker) => worker.on("message", () => {}).unref()],
  [
    "listening after unref",
    (worker: Worker) => {
      worker.unref();
      worker.on("message", () => {});
    },
  ],
  [
    "unref, and listening for a while",
    (worker: Worker) => {
      worker.unref();
      const listener = (): void => {};
      worker.on("message", listener);
      worker.off("message", listener);
    },
  ],
])("the process stays alive in the same way after %s", async (_what, act) => {
  const resourcesOf = async (): Promise<readonly string[]> => {
    const worker = new Worker(echoScript);
    await once(worker, "online");
    act(worker);
    const resources = process.getActiveResourcesInfo().filter((kind) => /Worker|MessagePort/.test(kind));
    await worker.terminate();
    return resources;
  };
  const watched = await resourcesOf();
  instrumentation.disable();
  expect(watched).toEqual(await resourcesOf());
});

test("disabling restores all methods and stops the observation", async () => {
  const worker = new Worker(echoScript);
  await echo(worker, 1);
  instrumentation.disable();
  instrumentation.disable();
  expect(Worker).toBe(nodesWorker);
  expect(Object.getOwnPropertyNames(worker)).not.toContain("emit");
  expect(Object.getOwnPropertyNames(worker)).not.toContain("postMessage");
  expect(await echo(worker, 2)).toBe(2);
  expect(kernel()).toMatchObject({ state: "terminated", messagesReceived: 1, messagesSent: 1 });

  const unwatched = new Worker(echoScript);
  expect(kernels.getAllTelemetry().size).toBe(1);
  instrumentation.enable();
  const watched = new Worker(echoScript);
  expect(kernel()).toMatchObject({ state: "active", messagesReceived: 0 });
  expect(kernel("echo-worker.cjs#1")).toMatchObject({ state: "launched", messagesReceived: 0 });
  await Promise.all([worker, unwatched, watched].map(end));
});

test("an instrumentation created disabled does nothing until it is enabled", () => {
  instrumentation.disable();
  const late = instrumentationOf(instrumented, begin, { kernels, enabled: false });
  expect(Worker).toBe(nodesWorker);
  late.enable();
  expect(Worker).not.toBe(nodesWorker);
  late.disable();
  expect(Worker).toBe(nodesWorker);
});

test("without a facade in its options it records on its meter provider", async () => {
  instrumentation.disable();
  const collecting = collectingProvider();
  const own = instrumentationOf(instrumented, begin, {});
  own.setMeterProvider(collecting.provider);
  const worker = new Worker(echoScript);
  await echo(worker, "hello");
  expect(await collecting.point("kernel.messages.sent", { "kernel.id": "echo-worker.cjs#0" })).toBe(1);
  await end(worker);
  own.disable();
});

test("a busy worker is distinguished from a waiting one, until it has exited", async () => {
  const collecting = collectingProvider();
  instrumentation.disable();
  instrumentation = instrumentationOf(instrumented, begin, {
    kernels: new Kernels({ meterProvider: collecting.provider }),
  });
  const spinning = `
    const { parentPort } = require("node:worker_threads");
    parentPort.postMessage("spinning");
    const stop = Date.now() + 100;
    while (Date.now() < stop);
    parentPort.postMessage("spun");
    parentPort.once("message", () => {});`;
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const worker = new Worker(spinning, { eval: true });
  const spun = new Promise((resolve) => worker.on("message", (text) => text === "spun" && resolve(text)));
  const utilization = (): Promise<unknown> =>
    collecting.point("kernel.utilization", { "kernel.id": "[worker eval]#0" });
  await spun;
  const share = await utilization();
  expect(share).toBeGreaterThan(0);
  expect(share).toBeLessThanOrEqual(1);
  // A collection right after it, by this clock, covers the same period.
  expect(await utilization()).toBe(share);
  await end(worker);
  expect(await collecting.points("kernel.utilization")).toEqual([]);
});

test("workers that were running when it was disabled are freed once they exit", async () => {
  const workers = [1, 2, 3, 4].map(() => new Worker(echoScript));
  await Promise.all(workers.map((worker) => echo(worker, 1)));
  instrumentation.disable();
  await Promise.all(workers.map(end));
  const references = workers.splice(0).map((worker) => new WeakRef(worker));
  await heldBytes();
  // The last one may be in a frame of this function.
  expect(references.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(1);
});

test("after a restart, running workers are kernels", async () => {
  const [stays, goes] = [new Worker(echoScript), new Worker(echoScript)];
  await Promise.all([echo(stays, 1), echo(goes, 1)]);
  instrumentation.disable();
  await end(goes);
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  const number: unknown = expect.any(Number);
  const truth = {
    "kernel.utilization": number,
    "kernel.memory.usage": expect.toSatisfy((value) => value === undefined || typeof value === "number"),
    "kernel.uptime": number,
    "kernel.throughput": number,
    "kernel.error_rate": 0,
    "kernel.start.time": number,
    "kernel.last_message.time": number,
  };
  await echo(stays, 2);
  await expectGauges({ ...truth, "kernel.state": 2 });
  await end(stays);
  await expectGauges({
    ...truth,
    "kernel.state": 4,
    "kernel.utilization": undefined,
    "kernel.memory.usage": undefined,
  });
});
