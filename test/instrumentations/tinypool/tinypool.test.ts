import { createRequire } from "node:module";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { tinypool as instrumented } from "../../../instrumentations/tinypool/index.ts";
import { unhandledDuring } from "../../kit/unhandled-during.ts";
import { begin } from "../../../instrumentations/tinypool/instrumentation.ts";
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
// Required, since Vitest's own import bypasses the hooks; `applications.test.ts` tests imports of ES modules.
const { Tinypool }: typeof import("tinypool") = createRequire(import.meta.url)("tinypool");
type Pool = InstanceType<typeof Tinypool>;
const nodesRun: unknown = (instrumentation.disable(), Reflect.get(Tinypool.prototype, "run"));

const filename = join(import.meta.dirname, "tasks.cjs");

const pools = measurePools(instrumentation, (pool: Pool) => pool.destroy());

function newPool(options: object = {}): Pool {
  const pool = new Tinypool({ filename, minThreads: 1, maxThreads: 1, ...options });
  pools.push(pool);
  return pool;
}

test("tasks are counted by outcome, and timed as a whole", async () => {
  const pool = newPool();
  expect(await Promise.all([1, 2, 3].map((answer) => pool.run({ answer })))).toEqual([1, 2, 3]);
  await expect(pool.run({ fail: "told to" })).rejects.toThrow(new RangeError("told to"));
  expect(await figures.ended()).toEqual([3, 1]);
  expect(await figures.count("kernel.task.duration")).toBe(3);
  expect(await figures.count("kernel.task.duration", "RangeError")).toBe(1);
});

test("waiting tasks, running tasks and workers are reported at each collection", async () => {
  const pool = newPool({ minThreads: 2, maxThreads: 2 });
  const door = newGate();
  const tasks = [1, 2, 3, 4, 5].map((answer) => pool.run({ gate: door.gate, answer }));
  expect(await figures.now()).toEqual({ queued: 3, workers: 2, utilization: 1 });
  door.open();
  expect(await Promise.all(tasks)).toEqual([1, 2, 3, 4, 5]);
  expect(await figures.now()).toEqual({ queued: 0, workers: 2, utilization: 0 });
});

test("a destroyed pool is left out, until its next task", async () => {
  await expectEndedPoolLeftOut(
    [newPool(), newPool()],
    (pool, task) => pool.run(task),
    (pool) => pool.destroy(),
  );
});

test("a pool of processes is one too, and one without a script has the library's name", async () => {
  const pool = newPool({ filename: undefined, runtime: "child_process" });
  expect(await pool.run({ answer: "from a process" }, { filename })).toBe("from a process");
  expect(await figures.ended("tinypool")).toEqual([1, 0]);
});

test("an aborted task, and tasks of a destroyed pool, have failed", async () => {
  const pool = newPool();
  const controller = new AbortController();
  const tasks = [
    pool.run({ gate: newGate().gate }),
    pool.run({}, { signal: controller.signal }),
    pool.run({}),
  ];
  const outcomes = Promise.allSettled(tasks);
  controller.abort();
  await expect(tasks[1]).rejects.toMatchObject({ name: "AbortError" });
  await pool.destroy();
  expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(await figures.ended()).toEqual([0, 3]);
  expect(await figures.now()).toEqual({ queued: undefined, workers: undefined, utilization: undefined });
});

test("an unhandled rejection stays unhandled, and a handled one stays handled", async () => {
  const unhandled = await unhandledDuring(async (seen) => {
    const pool = newPool();
    await expect(pool.run({ fail: "handled" })).rejects.toThrow("handled");
    void pool.run({ fail: "forgotten" });
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    await setImmediate();
  });
  expect(unhandled).toEqual([new RangeError("forgotten")]);
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
  expect(Reflect.get(Tinypool.prototype, "run")).toBe(nodesRun);
  await pool.run({});
  expect(await figures.ended()).toEqual([1, 0]);
  expect(await collecting.points("kernel.pool.workers")).toEqual([]);
});
