import cluster, { Worker } from "node:cluster";
import { once } from "node:events";
import { join } from "node:path";
import { Coordination } from "../../../src/facades/coordination/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cluster as instrumented } from "../../../instrumentations/cluster/index.ts";
import { begin } from "../../../instrumentations/cluster/instrumentation.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, { enabled: false });
const before = [
  Reflect.get(cluster, "emit"),
  Reflect.get(Worker.prototype, "emit"),
  Reflect.get(Worker.prototype, "send"),
];

const collecting = measured(instrumentation);
let coordination: Coordination;

beforeEach(() => {
  coordination = new Coordination({ meterProvider: collecting.provider, nodeTimeout: 0.05 });
  instrumentation.setConfig({ coordination });
  cluster.setupPrimary({ exec: join(import.meta.dirname, "echo-worker.cjs"), execArgv: [] });
});

afterEach(async () => {
  const workers = Object.values(cluster.workers ?? {}).flatMap((worker) => worker ?? []);
  await Promise.all(
    workers.map((worker) => {
      worker.process.kill("SIGKILL");
      return once(worker, "exit");
    }),
  );
});

function messages(type: string): Promise<unknown> {
  return collecting.point("coordination.messages", { "coordination.message.type": type });
}

function exits(outcome: string): Promise<unknown> {
  return collecting.point("coordination.node.exits", { outcome });
}

async function forked(): Promise<Worker> {
  const worker = cluster.fork();
  await once(worker, "online");
  return worker;
}

test("workers are active nodes from online to exit, even without messages", async () => {
  const workers = [await forked(), await forked()];
  expect(coordination.activeNodes).toBe(2);
  expect(await messages("fork")).toBe(2);
  expect(
    await collecting.point("coordination.message.latency", { "coordination.message.type": "fork" }),
  ).toMatchObject({ count: 2 });
  coordination.join("silent");
  expect(coordination.activeNodes).toBe(3);
  await vi.waitFor(() => expect(coordination.activeNodes).toBe(2));
  workers[0]!.process.kill("SIGKILL");
  await once(cluster, "exit");
  expect(await collecting.point("coordination.active_nodes")).toBe(1);
});

// On a busy machine, Node.js reads the message of a worker that ends at once after its exit.
test("a worker that comes online after its exit does not count", async () => {
  const worker = await forked();
  worker.process.kill("SIGKILL");
  await once(cluster, "exit");
  cluster.emit("online", worker);
  expect(coordination.activeNodes).toBe(0);
});

test("workers that are asked to exit succeed, those that die or fail do not", async () => {
  const [told, killed, failing, done] = [await forked(), await forked(), await forked(), await forked()];
  const ends = [told, killed, failing, done].map((worker) => once(worker, "exit"));
  told.disconnect();
  killed.process.kill("SIGKILL");
  failing.send({ exit: 3 });
  done.send({ exit: 0 });
  await Promise.all(ends);
  expect([await exits("success"), await exits("failure")]).toEqual([2, 2]);
  expect(await collecting.point("coordination.nodes.lost")).toBe(2);
  expect(coordination.activeNodes).toBe(0);
});

test("messages to and from workers are counted, those of Node.js itself are not", async () => {
  const worker = await forked();
  const answers: unknown[] = [];
  worker.on("message", (answer) => answers.push(answer));
  worker.send("one");
  expect(worker.send({ two: 2 })).toBe(true);
  await vi.waitFor(() => expect(answers).toEqual(["one", { two: 2 }]));
  expect([await messages("sent"), await messages("received")]).toEqual([2, 2]);
});

test("the application sees no added listener, and the same methods", async () => {
  expect(["fork", "online", "exit", "message"].map((event) => cluster.listenerCount(event))).toEqual([
    0, 0, 0, 0,
  ]);
  const worker = await forked();
  // The listener of Node.js itself.
  expect(worker.listenerCount("message")).toBe(1);
  for (const [object, method, length, name] of [
    [worker, "send", 0, ""],
    [worker, "emit", 1, "emit"],
    [cluster, "emit", 1, "emit"],
  ] as const) {
    const found: unknown = Reflect.get(object, method);
    expect([Reflect.get(Object(found), "name"), Reflect.get(Object(found), "length")]).toEqual([
      name,
      length,
    ]);
  }
});

test("disabling restores the original functions and removes the nodes", async () => {
  const worker = await forked();
  instrumentation.disable();
  const after = [
    Reflect.get(cluster, "emit"),
    Reflect.get(Worker.prototype, "emit"),
    Reflect.get(Worker.prototype, "send"),
  ];
  expect(after).toEqual(before);
  expect(Object.hasOwn(cluster, "emit")).toBe(false);
  expect(coordination.activeNodes).toBe(0);
  worker.send("uncounted");
  await once(worker, "message");
  expect(await messages("sent")).toBeUndefined();
});

test("after a restart, existing workers are nodes", async () => {
  const [stays, goes] = [await forked(), await forked()];
  instrumentation.disable();
  goes.process.kill("SIGKILL");
  await once(goes, "exit");
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "coordination.active_nodes": 1 });
  stays.process.kill("SIGKILL");
  await once(stays, "exit");
  await expectGauges({ "coordination.active_nodes": 0 });
});
