import { createRequire } from "node:module";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { piscina as instrumented } from "../../../instrumentations/piscina/index.ts";
import { begin } from "../../../instrumentations/piscina/instrumentation.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { unhandledDuring } from "../../kit/unhandled-during.ts";
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
// Required after the instrumentation is enabled, which is what an application's `import "piscina"` amounts to.
const { Piscina }: typeof import("piscina") = createRequire(import.meta.url)("piscina");
type Pool = InstanceType<typeof Piscina>;
const nodesRun: unknown = (instrumentation.disable(), Reflect.get(Piscina.prototype, "run"));

const filename = join(import.meta.dirname, "tasks.cjs");

const pools = measurePools(instrumentation, (pool: Pool) => pool.destroy());

function newPool(options: object = {}): Pool {
  const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1, ...options });
  pools.push(pool);
  return pool;
}

test("tasks are counted by outcome, and timed while they wait and while they run", async () => {
  const pool = newPool();
  expect(await Promise.all([1, 2, 3].map((answer) => pool.run({ answer })))).toEqual([1, 2, 3]);
  await expect(pool.run({ fail: "told to" })).rejects.toThrow(new RangeError("told to"));
  expect(await figures.ended()).toEqual([3, 1]);
  expect(await figures.count("kernel.task.wait.duration")).toBe(4);
  expect(await figures.count("kernel.task.run.duration")).toBe(3);
  expect(await figures.count("kernel.task.run.duration", "RangeError")).toBe(1);
});

test("waiting tasks, running tasks and workers are reported at each collection", async () => {
  const pool = newPool({ minThreads: 2, maxThreads: 2 });
  const door = newGate();
  const running = [1, 2].map((answer) => pool.run({ gate: door.gate, answer }));
  await vi.waitFor(async () =>
    expect(await figures.now()).toEqual({ queued: 0, workers: 2, utilization: 1 }),
  );
  const waiting = [3, 4, 5].map((answer) => pool.run({ answer }));
  expect(await figures.now()).toEqual({ queued: 3, workers: 2, utilization: 1 });
  door.open();
  expect(await Promise.all([...running, ...waiting])).toEqual([1, 2, 3, 4, 5]);
  expect(await figures.now()).toEqual({ queued: 0, workers: 2, utilization: 0 });
});

test.each(["destroy", "close"] as const)("a pool is left out after %s, until its next task", async (end) => {
  await expectEndedPoolLeftOut(
    [newPool(), newPool()],
    (pool, task) => pool.run(task),
    (pool) => pool[end](),
  );
});

test("pools of one script share figures, others are separate, and one without a script has the library's name", async () => {
  const together = [newPool(), newPool()];
  const without = newPool({ filename: null });
  await Promise.all(together.map((pool) => pool.run({})));
  await without.run({}, { filename });
  expect(await figures.now()).toEqual({ queued: 0, workers: 2, utilization: 0 });
  expect(await figures.now("piscina")).toEqual({ queued: 0, workers: 1, utilization: 0 });
  expect(await figures.ended()).toEqual([2, 0]);
  expect(await figures.ended("piscina")).toEqual([1, 0]);
});

test("a pool's name can be chosen, with the default name if choosing fails", async () => {
  const warnings = collectWarnings();
  instrumentation.setConfig({ name: (script) => `of ${script?.length}` });
  await newPool().run({});
  expect(await figures.ended(`of ${filename.length}`)).toEqual([1, 0]);
  instrumentation.setConfig({
    name: () => {
      throw new Error("no name");
    },
  });
  await newPool().run({});
  await newPool().run({});
  expect(await figures.ended()).toEqual([2, 0]);
  expect(warnings).toEqual([expect.stringContaining('option "name" failed')]);
});

test("a worker that exits during a task fails that task", async () => {
  const pool = newPool();
  pool.on("error", () => {});
  await expect(pool.run({ exit: 3 })).rejects.toThrow(/exit/i);
  expect(await figures.ended()).toEqual([0, 1]);
  expect(await pool.run({ answer: "again" })).toBe("again");
  expect(await figures.ended()).toEqual([1, 1]);
  expect(await figures.now()).toEqual({ queued: 0, workers: 1, utilization: 0 });
});

test("a task that is aborted while it runs has failed, and is not running any more", async () => {
  const pool = newPool();
  const controller = new AbortController();
  const aborted = pool.run({ gate: newGate().gate }, { signal: controller.signal });
  await vi.waitFor(async () => expect(await figures.now()).toMatchObject({ utilization: 1 }));
  controller.abort();
  await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
  expect(await figures.ended()).toEqual([0, 1]);
  expect(await figures.now()).toMatchObject({ utilization: 0 });
});

test("a task that cannot be posted, and tasks of a pool that is destroyed, have failed", async () => {
  const pool = newPool();
  await expect(pool.run({ answer: () => {} })).rejects.toMatchObject({ name: "DataCloneError" });
  const door = newGate();
  const tasks = [pool.run({ gate: door.gate }), pool.run({})];
  const outcomes = Promise.allSettled(tasks);
  await vi.waitFor(async () => expect(await figures.now()).toMatchObject({ queued: 1, utilization: 1 }));
  await pool.destroy();
  expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await figures.ended()).toEqual([0, 3]);
  // Two of them had a worker.
  expect(await figures.count("kernel.task.wait.duration")).toBe(2);
});

test("an unhandled rejection stays unhandled", async () => {
  const unhandled = await unhandledDuring(async (seen) => {
    void newPool().run({ fail: "told to" });
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    await setImmediate();
  });
  expect(unhandled).toEqual([new RangeError("told to")]);
});

test("after a restart, the pools are still there", async () => {
  const pool = newPool();
  await expectPoolKept(
    (task) => pool.run(task),
    () => restarted(instrumentation, instrumented, begin, {}),
  );
});

test("disabling restores the original functions, and exports no pool any more", async () => {
  const pool = newPool();
  await pool.run({});
  expect([Reflect.get(pool, "run").name, Reflect.get(pool, "run").length]).toEqual(["run", 1]);
  instrumentation.disable();
  expect(Reflect.get(Piscina.prototype, "run")).toBe(nodesRun);
  await pool.run({});
  expect(await figures.ended()).toEqual([1, 0]);
  expect(await collecting.points("kernel.pool.workers")).toEqual([]);
});
