/** Recorded metrics of worker pools, and tasks that wait at a gate. */
import { type Attributes, diag } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { samples } from "./applications.ts";
import { countOf } from "./histogram-figures.ts";

interface PoolInstrumentation {
  setConfig(config: object): void;
  setMeterProvider(provider: Collecting["provider"]): void;
  enable(): void;
  disable(): void;
}

const NAME = "tasks.cjs";

export let collecting: Collecting;

/**
 * Records pools of `tasks.cjs` in all tests of a file, each with its own figures; returns the list of pools to close.
 */
export function measurePools<P>(instrumentation: PoolInstrumentation, close: (pool: P) => unknown): P[] {
  const pools: P[] = [];
  beforeEach(() => {
    collecting = collectingProvider();
    instrumentation.setConfig({});
    instrumentation.setMeterProvider(collecting.provider);
    instrumentation.enable();
  });
  afterEach(async () => {
    await Promise.all(pools.splice(0).map(close));
    instrumentation.disable();
    diag.disable();
  });
  return pools;
}

/** Expects two workers of `tasks.cjs` that have completed two tasks and failed one. */
export function expectThreeTasks(text: string): void {
  // They end in any order.
  expect(samples(text, "kernel_pool_tasks_total").toSorted()).toEqual([
    'kernel_pool_tasks_total{kernel_pool_name="tasks.cjs",outcome="failure"} 1',
    'kernel_pool_tasks_total{kernel_pool_name="tasks.cjs",outcome="success"} 2',
  ]);
  expect(samples(text, "kernel_pool_workers")).toEqual([
    'kernel_pool_workers{kernel_pool_name="tasks.cjs"} 2',
  ]);
}

/** Expects that the first of two pools of one worker is left out once it has ended, until it is used again. */
export async function expectEndedPoolLeftOut<P>(
  [first, second]: readonly [P, P],
  run: (pool: P, task: object) => PromiseLike<unknown>,
  end: (pool: P) => unknown,
): Promise<void> {
  await Promise.all([run(first, {}), run(second, {})]);
  await end(first);
  const door = newGate();
  const running = run(second, { gate: door.gate });
  await vi.waitFor(async () =>
    expect(await figures.now()).toEqual({ queued: 0, workers: 1, utilization: 1 }),
  );
  await run(first, {});
  expect(await figures.now()).toEqual({ queued: 0, workers: 2, utilization: 0.5 });
  door.open();
  await running;
  expect(await figures.ended()).toEqual([4, 0]);
}

/** Expects that a restart keeps a pool of one worker with a running and a waiting task. */
export async function expectPoolKept(
  run: (task: object) => PromiseLike<unknown>,
  restart: () => (truth: Readonly<Record<string, unknown>>) => Promise<void>,
): Promise<void> {
  const truth = (queued: number, running: number): Readonly<Record<string, unknown>> => ({
    "kernel.pool.queue.size": queued,
    "kernel.pool.workers": 1,
    "kernel.pool.utilization": running,
  });
  await run({});
  const door = newGate();
  const tasks = [run({ gate: door.gate }), run({})];
  await vi.waitFor(async () =>
    expect(await figures.now()).toEqual({ queued: 1, workers: 1, utilization: 1 }),
  );
  const expectGauges = restart();
  await expectGauges(truth(1, 1));
  door.open();
  await Promise.all(tasks);
  await expectGauges(truth(0, 0));
}

/** Recorded figures of the pools of `tasks.cjs`, or of another name. */
export const figures = {
  /** Returns the number of ended tasks, `[successes, failures]`. */
  async ended(name = NAME): Promise<readonly [unknown, unknown]> {
    const of = (outcome: string): Promise<unknown> =>
      collecting.point("kernel.pool.tasks", { "kernel.pool.name": name, outcome });
    return [(await of("success")) ?? 0, (await of("failure")) ?? 0];
  },

  /**
   * Returns the number of tasks in a histogram: those that succeeded, or those that failed with this `error.type`.
   */
  async count(histogram: string, errorType?: string): Promise<number> {
    const attributes: Attributes = { "kernel.pool.name": NAME };
    if (errorType !== undefined) attributes["error.type"] = errorType;
    return countOf(await collecting.point(histogram, attributes)) ?? 0;
  },

  /** Returns the current figures of the pools. */
  async now(name = NAME): Promise<Readonly<Record<string, unknown>>> {
    const of = (metric: string): Promise<unknown> =>
      collecting.point(`kernel.pool.${metric}`, { "kernel.pool.name": name });
    return {
      queued: await of("queue.size"),
      workers: await of("workers"),
      utilization: await of("utilization"),
    };
  },
};

/** Holds up the workers that wait at `gate`, until it is opened. */
export function newGate(): { readonly gate: Int32Array; open(): void } {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  return {
    gate,
    open() {
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
    },
  };
}
