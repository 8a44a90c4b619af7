import { createRequire } from "node:module";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { workerpool as instrumented } from "../../../instrumentations/workerpool/index.ts";
import { begin } from "../../../instrumentations/workerpool/instrumentation.ts";
import {
  collecting,
  expectEndedPoolLeftOut,
  expectPoolKept,
  figures,
  measurePools,
  newGate,
} from "../pool-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled, which is what an application's `import "workerpool"` amounts to.
const workerpool: typeof import("workerpool") = createRequire(import.meta.url)("workerpool");
type Pool = ReturnType<typeof workerpool.pool>;

const script = join(import.meta.dirname, "tasks.cjs");
// The package loads its pools when the first one is created.
const prototype: object = Reflect.getPrototypeOf(workerpool.pool(script)) ?? {};
const nodesExec: unknown = (instrumentation.disable(), Reflect.get(prototype, "exec"));

const pools = measurePools(instrumentation, (pool: Pool) => pool.terminate(true));

function newPool(options: object = {}, file: string | null = script): Pool {
  const settings = { workerType: "thread", maxWorkers: 1, ...options } as const;
  const pool = file === null ? workerpool.pool(settings) : workerpool.pool(file, settings);
  pools.push(pool);
  return pool;
}

function run(pool: Pool, task: object): PromiseLike<unknown> & { cancel(): unknown } {
  return pool.exec("work", [task]);
}

test("tasks are counted by outcome, and timed while they wait and while they run", async () => {
  const pool = newPool();
  expect(await Promise.all([1, 2, 3].map((answer) => run(pool, { answer })))).toEqual([1, 2, 3]);
  await expect(run(pool, { fail: "told to" })).rejects.toThrow("told to");
  expect(await figures.ended()).toEqual([3, 1]);
  expect(await figures.count("kernel.task.wait.duration")).toBe(4);
  expect(await figures.count("kernel.task.run.duration")).toBe(3);
  expect(await figures.count("kernel.task.run.duration", "Error")).toBe(1);
});

test("waiting tasks, running tasks and workers are reported at each collection", async () => {
  const pool = newPool({ minWorkers: 2, maxWorkers: 2 });
  const door = newGate();
  const running = [1, 2].map((answer) => run(pool, { gate: door.gate, answer }));
  const waiting = [3, 4, 5].map((answer) => run(pool, { answer }));
  expect(await figures.now()).toEqual({ queued: 3, workers: 2, utilization: 1 });
  door.open();
  expect(await Promise.all([...running, ...waiting])).toEqual([1, 2, 3, 4, 5]);
  expect(await figures.now()).toEqual({ queued: 0, workers: 2, utilization: 0 });
  expect(await figures.count("kernel.task.wait.duration")).toBe(5);
});

test("a terminated pool is left out, until its next task", async () => {
  await expectEndedPoolLeftOut([newPool(), newPool()], run, (pool) => pool.terminate());
});

test("a function is one task, and a pool without a script has the library's name", async () => {
  const pool = newPool({}, null);
  expect(await pool.exec((a: number, b: number) => a + b, [1, 2])).toBe(3);
  expect(await figures.ended("workerpool")).toEqual([1, 0]);
});

test("a task that is cancelled has failed, whether it runs or waits", async () => {
  const pool = newPool({ workerTerminateTimeout: 10 });
  const running = run(pool, { gate: newGate().gate });
  const waiting = run(pool, {});
  waiting.cancel();
  running.cancel();
  await expect(waiting).rejects.toMatchObject({ name: "CancellationError" });
  await expect(running).rejects.toMatchObject({ name: "CancellationError" });
  expect(await figures.ended()).toEqual([0, 2]);
  expect(await figures.count("kernel.task.wait.duration")).toBe(1);
  expect(await figures.count("kernel.task.run.duration", "CancellationError")).toBe(1);
});

test("a worker that exits during a task fails that task", async () => {
  const pool = newPool();
  await expect(run(pool, { exit: 3 })).rejects.toThrow(/terminated/i);
  expect(await figures.ended()).toEqual([0, 1]);
  expect(await run(pool, { answer: "again" })).toBe("again");
  expect(await figures.ended()).toEqual([1, 1]);
});

test("tasks refused by the pool are refused as before, and not counted", async () => {
  const pool = newPool({ maxQueueSize: 1 });
  const door = newGate();
  const tasks = [run(pool, { gate: door.gate }), run(pool, {})];
  expect(() => run(pool, {})).toThrow("Max queue size of 1 reached");
  expect(() => Reflect.apply(Reflect.get(pool, "exec"), pool, [1])).toThrow(TypeError);
  door.open();
  await Promise.all(tasks);
  expect(await figures.ended()).toEqual([2, 0]);
});

test("processes as workers are a pool too", async () => {
  const pool = newPool({ workerType: "process" });
  expect(await run(pool, { answer: "from a process" })).toBe("from a process");
  expect(await figures.ended()).toEqual([1, 0]);
});

test("an unhandled rejection is not reported, as before", async () => {
  const pool = newPool();
  void run(pool, { fail: "told to" });
  await vi.waitFor(async () => expect(await figures.ended()).toEqual([0, 1]));
  // Vitest fails the run on an unhandled rejection.
  await setImmediate();
});

test("after a restart, the pools are still there", async () => {
  const pool = newPool();
  await expectPoolKept(
    (task) => run(pool, task),
    () => restarted(instrumentation, instrumented, begin, {}),
  );
});

test("disabling restores the original functions, and exports no pool any more", async () => {
  const pool = newPool();
  await run(pool, {});
  expect([Reflect.get(pool, "exec").name, Reflect.get(pool, "exec").length]).toEqual(["", 3]);
  instrumentation.disable();
  expect(Reflect.get(prototype, "exec")).toBe(nodesExec);
  await run(pool, {});
  expect(await figures.ended()).toEqual([1, 0]);
  expect(await collecting.points("kernel.pool.workers")).toEqual([]);
});
