/** What hooks of worker pools record, as tests ask for it; and tasks that wait to be let through. */
import { type Attributes, diag } from "@opentelemetry/api";
import { afterEach, beforeEach, expect } from "vitest";
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

/** Has all tests of a file record pools of `tasks.cjs`, with figures of their own each; gives the pools to be closed. */
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

/** Expects two workers of `tasks.cjs` that have done two tasks and failed at one. */
export function expectThreeTasks(text: string): void {
  expect(samples(text, "kernel_pool_tasks_total")).toEqual([
    'kernel_pool_tasks_total{kernel_pool_name="tasks.cjs",outcome="success"} 2',
    'kernel_pool_tasks_total{kernel_pool_name="tasks.cjs",outcome="failure"} 1',
  ]);
  expect(samples(text, "kernel_pool_workers")).toEqual([
    'kernel_pool_workers{kernel_pool_name="tasks.cjs"} 2',
  ]);
}

/** What is rejected and handled by nobody while `run` runs, which waits until it is there. */
export async function unhandledDuring(
  run: (unhandled: readonly unknown[]) => Promise<void>,
): Promise<readonly unknown[]> {
  const unhandled: unknown[] = [];
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (reason) => unhandled.push(reason));
  try {
    await run(unhandled);
    return unhandled;
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
  }
}

/** What was recorded, of the pools of `tasks.cjs` unless another name is asked for. */
export const figures = {
  /** How many tasks have ended, `[successes, failures]`. */
  async ended(name = NAME): Promise<readonly [unknown, unknown]> {
    const of = (outcome: string): Promise<unknown> =>
      collecting.point("kernel.pool.tasks", { "kernel.pool.name": name, outcome });
    return [(await of("success")) ?? 0, (await of("failure")) ?? 0];
  },

  /** How many tasks a histogram has: those that succeeded, or those that failed with this `error.type`. */
  async count(histogram: string, errorType?: string): Promise<number> {
    const attributes: Attributes = { "kernel.pool.name": NAME };
    if (errorType !== undefined) attributes["error.type"] = errorType;
    return countOf(await collecting.point(histogram, attributes)) ?? 0;
  },

  /** What the pools tell of themselves now. */
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
