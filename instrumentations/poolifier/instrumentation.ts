import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { Outcome } from "../shared/observed.ts";
import type { PoolConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { type PoolReading, type PoolTasks, WorkerPools } from "../shared/worker-pools.ts";

/** Records the tasks of pools of the `poolifier` package: their total times and their outcomes. */
export function begin(recording: Recording<PoolConfig>): Attach {
  const pools = new WorkerPools(recording, "poolifier");
  const tasksOf = (pool: unknown): PoolTasks => {
    if (!isObject(pool)) throw new TypeError("a pool is not as expected");
    return pools.tasksOf(pool) ?? pools.add(pool, scriptOf(pool), read);
  };
  return (exports) => {
    // The superclass of all pools is not exported. `execute` and `mapExecute` await this method for each task.
    const pool: object = Object.getPrototypeOf(prototypeOf(exports, "FixedThreadPool"));
    const begun = (self: unknown): Outcome => {
      const startMillis = performance.now();
      const tasks = tasksOf(self);
      const end = (failure?: { readonly error: unknown }): void =>
        tasks.endedAsAWhole((performance.now() - startMillis) / 1000, failure);
      return { fulfilled: () => end(), rejected: (error) => end({ error }) };
    };
    pools.removeAfter(pool, "destroy");
    recording.outcome(pool, "internalExecute", begun, "aside");
  };
}

function scriptOf(pool: object): string | undefined {
  const path = fieldOf(pool, "filePath");
  return typeof path === "string" ? path : undefined;
}

function read(pool: object): PoolReading {
  const info = fieldOf(pool, "info");
  const busy = numberIn(info, "busyWorkerNodes");
  const queued = fieldOf(info, "queuedTasks");
  return {
    // Without a queue of the pool, tasks wait at their workers.
    queued: typeof queued === "number" ? queued : Math.max(numberIn(info, "executingTasks") - busy, 0),
    workers: numberIn(info, "workerNodes"),
    running: busy,
    capacity: numberIn(info, "maxSize"),
  };
}

function numberIn(info: unknown, field: string): number {
  const value = fieldOf(info, field);
  if (typeof value !== "number") throw new TypeError(`a pool has no "${field}" in its info`);
  return value;
}
