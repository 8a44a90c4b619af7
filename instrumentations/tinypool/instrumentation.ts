import { prototypeOf } from "../shared/exports.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { Outcome } from "../shared/observed.ts";
import type { PoolConfig } from "../shared/options.ts";
import { outliving } from "../shared/outliving.ts";
import type { Recording } from "../shared/recording.ts";
import { threadPoolFrom, WorkerPools } from "../shared/worker-pools.ts";

// The number of unfinished tasks of each pool, in an object since they may end in a later recording.
const countsOf = outliving(() => new WeakMap<object, { unfinished: number }>());

/** Records the tasks of pools of the `tinypool` package: their total times and their outcomes. */
export function begin(recording: Recording<PoolConfig>): Attach {
  const pools = new WorkerPools(recording, "tinypool");
  const counts = countsOf(recording);
  // The pool has no field that shows when a task has ended.
  const begun = (given: unknown, startMillis: number): Outcome => {
    const pool = threadPoolFrom(given);
    const count = counts.get(pool) ?? { unfinished: 0 };
    counts.set(pool, count);
    // Tasks that neither wait nor have ended. Tasks for starting workers are not in the package's queue.
    const tasks =
      pools.tasksOf(pool) ??
      pools.addThreads(pool, (queued, capacity) =>
        Math.min(Math.max(count.unfinished - queued, 0), capacity),
      );
    const end = (failure?: { readonly error: unknown }): void => {
      count.unfinished--;
      tasks.endedAsAWhole((performance.now() - startMillis) / 1000, failure);
    };
    count.unfinished++;
    return { fulfilled: () => end(), rejected: (error) => end({ error }) };
  };
  return (exports) => {
    const prototype = prototypeOf(exports, "Tinypool");
    pools.removeAfter(prototype, "destroy");
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
