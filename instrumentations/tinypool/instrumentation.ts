import { prototypeOf } from "../shared/exports.ts";
import { isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { Outcome } from "../shared/observed.ts";
import type { PoolConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { type PoolTasks, threadPoolFrom, WorkerPools } from "../shared/worker-pools.ts";

interface KnownPool {
  readonly tasks: PoolTasks;
  unfinished: number;
}

/** Records the tasks of pools of the `tinypool` package: their total times and their outcomes. */
export function begin(recording: Recording<PoolConfig>): Attach {
  const pools = new WorkerPools(recording, "tinypool");
  const byPool = new WeakMap<object, KnownPool>();
  const poolOf = (given: unknown): KnownPool => {
    const before = isObject(given) ? byPool.get(given) : undefined;
    if (before !== undefined) return before;
    const pool = threadPoolFrom(given);
    const known: KnownPool = {
      // Tasks that neither wait nor have ended. Tasks for starting workers are not in the package's queue.
      tasks: pools.addThreads(pool, (queued, capacity) =>
        Math.min(Math.max(known.unfinished - queued, 0), capacity),
      ),
      unfinished: 0,
    };
    byPool.set(pool, known);
    return known;
  };
  // The pool has no field that shows when a task has ended.
  const begun = (given: unknown, startMillis: number): Outcome => {
    const pool = poolOf(given);
    const end = (failure?: { readonly error: unknown }): void => {
      pool.unfinished--;
      pool.tasks.endedAsAWhole((performance.now() - startMillis) / 1000, failure);
    };
    pool.unfinished++;
    return { fulfilled: () => end(), rejected: (error) => end({ error }) };
  };
  return (exports) => {
    const prototype = prototypeOf(exports, "Tinypool");
    pools.removeAfter(prototype, "destroy", byPool);
    recording.wrap(prototype, "run", (run) => {
      return function (...args) {
        const startMillis = performance.now();
        const task = Reflect.apply(run, this, args);
        if (!(task instanceof Promise)) return task;
        const outcome = recording.safely(() => begun(this, startMillis));
        return outcome === undefined ? task : recording.observed(task, outcome);
      };
    });
  };
}
