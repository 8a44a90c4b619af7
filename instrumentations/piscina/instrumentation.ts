import { clockMillis, readClock } from "../shared/clock.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isObject, isRecord } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { PoolConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { type PoolTasks, threadPoolFrom, WorkerPools } from "../shared/worker-pools.ts";
import { POOLS_FILE } from "./index.ts";

// A task is an `AsyncResource` whose trigger is its pool. Times are milliseconds of `performance.now()`; `started` is
// 0 until a worker takes the task.
interface Task {
  readonly created: number;
  readonly started: number;
  triggerAsyncId(): number;
}

interface KnownPool {
  readonly tasks: PoolTasks;
  /** Tasks started earlier are ignored: they may not have been counted as running. */
  readonly sinceMillis: number;
  running: number;
}

/** Records the tasks of pools of the `piscina` package: their wait and run times, and their outcomes. */
export function begin(recording: Recording<PoolConfig>): Attach {
  const pools = new WorkerPools(recording, "piscina");
  const seen = new WeakSet<object>();
  // Pools by the async ids that their tasks have as triggers.
  const byAsyncId = new Map<number, KnownPool>();
  const gone = new FinalizationRegistry<number>((asyncId) => byAsyncId.delete(asyncId));
  const see = (given: object): void => {
    seen.add(given);
    const asyncId = fieldOf(given, "asyncId");
    const pool = threadPoolFrom(given);
    if (typeof asyncId !== "number") throw new TypeError("a pool is not as expected");
    const known: KnownPool = {
      tasks: pools.addThreads(pool, () => known.running),
      sinceMillis: performance.now(),
      running: 0,
    };
    byAsyncId.set(asyncId, known);
    gone.register(pool, asyncId);
  };
  return (exports, { path }) => {
    if (path === POOLS_FILE) {
      // A pool is registered with its first task.
      const prototype = prototypeOf(exports, "Piscina");
      recording.before(prototype, "run", (self) => {
        if (isObject(self) && !seen.has(self)) see(self);
      });
      for (const name of ["destroy", "close"]) pools.removeAfter(prototype, name, seen);
      return;
    }
    const task = prototypeOf(exports, "TaskInfo");
    // `releaseTask` hands a task to a worker; `done` is called once with the error, or `null`.
    recording.before(task, "releaseTask", (self) => isTask(self) && started(self, byAsyncId));
    recording.before(task, "done", (self, error) => isTask(self) && ended(self, error, byAsyncId));
  };
}

function started(task: Task, pools: ReadonlyMap<number, KnownPool>): void {
  const pool = pools.get(task.triggerAsyncId());
  if (pool === undefined) return;
  pool.running++;
  pool.tasks.waited(Math.round((task.started - task.created) * 1e6));
}

function ended(task: Task, error: unknown, pools: ReadonlyMap<number, KnownPool>): void {
  const pool = pools.get(task.triggerAsyncId());
  if (pool === undefined) return;
  let runNanos: number | undefined;
  if (task.started > 0) {
    if (task.started < pool.sinceMillis) return;
    pool.running--;
    readClock();
    runNanos = Math.round((clockMillis[0]! - task.started) * 1e6);
  }
  if (error === null || error === undefined) pool.tasks.ended(runNanos);
  else pool.tasks.ended(runNanos, { error });
}

function isTask(value: unknown): value is Task {
  return (
    isRecord(value) &&
    typeof value["created"] === "number" &&
    typeof value["started"] === "number" &&
    hasMethods(value, "triggerAsyncId")
  );
}
