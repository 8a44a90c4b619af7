import { clockMillis, readClock } from "../shared/clock.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isObject, isRecord } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { PoolConfig } from "../shared/options.ts";
import { outliving } from "../shared/outliving.ts";
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
  tasks: PoolTasks;
  readonly running: Set<Task>;
  /** The running tasks, while nothing is recorded. */
  left: readonly WeakRef<Task>[];
}

// Pools, also by the async ids that their tasks have as triggers.
const knownOf = outliving(() => {
  const byAsyncId = new Map<number, KnownPool>();
  const gone = new FinalizationRegistry<number>((asyncId) => byAsyncId.delete(asyncId));
  return { byPool: new WeakMap<object, KnownPool>(), byAsyncId, gone };
});

/** Records the tasks of pools of the `piscina` package: their wait and run times, and their outcomes. */
export function begin(recording: Recording<PoolConfig>): Attach {
  const pools = new WorkerPools(recording, "piscina");
  const { byPool, byAsyncId, gone } = knownOf(recording);
  for (const pool of pools.live) {
    const [known, tasks] = [byPool.get(pool), pools.tasksOf(pool)];
    if (known === undefined || tasks === undefined) continue;
    known.tasks = tasks;
    for (const reference of known.left) {
      const task = reference.deref();
      if (task !== undefined && isRunning(task)) known.running.add(task);
    }
    known.left = [];
  }
  recording.onEnd(() => {
    for (const known of byAsyncId.values()) {
      known.left = Array.from(known.running, (task) => new WeakRef(task));
      known.running.clear();
    }
  });
  const see = (given: object): void => {
    const asyncId = fieldOf(given, "asyncId");
    const pool = threadPoolFrom(given);
    if (typeof asyncId !== "number") throw new TypeError("a pool is not as expected");
    const running = new Set<Task>();
    const known: KnownPool = { tasks: pools.addThreads(pool, () => running.size), running, left: [] };
    byPool.set(pool, known);
    byAsyncId.set(asyncId, known);
    gone.register(pool, asyncId);
  };
  return (exports, { path }) => {
    if (path === POOLS_FILE) {
      // A pool is registered with its first task.
      const prototype = prototypeOf(exports, "Piscina");
      recording.before(prototype, "run", (self) => {
        if (isObject(self) && pools.tasksOf(self) === undefined) see(self);
      });
      for (const name of ["destroy", "close"]) pools.removeAfter(prototype, name);
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
  pool.running.add(task);
  pool.tasks.waited(Math.round((task.started - task.created) * 1e6));
}

function ended(task: Task, error: unknown, pools: ReadonlyMap<number, KnownPool>): void {
  const pool = pools.get(task.triggerAsyncId());
  if (pool === undefined) return;
  const wasRunning = pool.running.delete(task);
  let runNanos: number | undefined;
  if (task.started > 0) {
    // Its start was not seen.
    if (!wasRunning) return;
    readClock();
    runNanos = Math.round((clockMillis[0]! - task.started) * 1e6);
  }
  if (error === null || error === undefined) pool.tasks.ended(runNanos);
  else pool.tasks.ended(runNanos, { error });
}

// Whether a worker still has the task, which may have ended while nothing was recorded.
function isRunning(task: Task): boolean {
  const tasks = fieldOf(fieldOf(task, "workerInfo"), "taskInfos");
  return tasks instanceof Map && tasks.get(fieldOf(task, "taskId")) === task;
}

function isTask(value: unknown): value is Task {
  return (
    isRecord(value) &&
    typeof value["created"] === "number" &&
    typeof value["started"] === "number" &&
    hasMethods(value, "triggerAsyncId")
  );
}
