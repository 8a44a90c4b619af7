import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { PoolConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { type PoolReading, type PoolTasks, WorkerPools } from "../shared/worker-pools.ts";
import { POOLS_FILE } from "./index.ts";

// Public fields of a pool that are read.
interface Pool {
  readonly script: string | null;
  readonly maxWorkers: number;
  stats(): { readonly totalWorkers: number; readonly busyWorkers: number; readonly pendingTasks: number };
}

// The package's own promise, which does not report unhandled rejections, so that a listener hides none.
interface TaskPromise {
  then(onSuccess: () => void, onFailure: (error: unknown) => void): unknown;
}

// Times are milliseconds of `performance.now()`; `startedMillis` is `undefined` until a worker takes the task.
interface Task {
  readonly tasks: PoolTasks;
  readonly createdMillis: number;
  startedMillis: number | undefined;
}

/** Records the tasks of pools of the `workerpool` package: their wait and run times, and their outcomes. */
export function begin(recording: Recording<PoolConfig>): Attach {
  const pools = new WorkerPools(recording, "workerpool");
  const taskByPromise = new WeakMap<object, Task>();
  // A task that does not wait is passed to a worker before its promise is returned.
  let latest: { readonly promise: object; readonly startedMillis: number } | undefined;

  const handedIn = (pool: unknown, promise: unknown, createdMillis: number): void => {
    if (!isPool(pool) || !isTaskPromise(promise)) throw new TypeError("a pool is not as expected");
    const startedMillis = latest?.promise === promise ? latest.startedMillis : undefined;
    latest = undefined;
    const task: Task = {
      tasks: pools.add(pool, pool.script ?? undefined, read),
      createdMillis,
      startedMillis,
    };
    taskByPromise.set(promise, task);
    if (startedMillis !== undefined) task.tasks.waited((startedMillis - createdMillis) * 1e6);
    promise.then(
      () => recording.safely(() => ended(task)),
      (error) => recording.safely(() => ended(task, { error })),
    );
  };
  const started = (promise: object): void => {
    const startedMillis = performance.now();
    const task = taskByPromise.get(promise);
    if (task === undefined) latest = { promise, startedMillis };
    else {
      task.startedMillis = startedMillis;
      task.tasks.waited((startedMillis - task.createdMillis) * 1e6);
    }
  };

  return (exports, { path }) => {
    const prototype = prototypeOf(exports);
    if (path !== POOLS_FILE) {
      // A worker receives a task by `exec(method, params, resolver)`.
      recording.before(prototype, "exec", (_, _task, _options, resolver) => {
        const promise = fieldOf(resolver, "promise");
        if (isObject(promise)) started(promise);
      });
      return;
    }
    // A pool is registered with its first task. `exec` of a function calls `exec` of the method that runs functions.
    pools.removeAfter(prototype, "terminate");
    recording.wrap(prototype, "exec", (exec) => {
      return function (...args) {
        if (typeof args[0] !== "string") return Reflect.apply(exec, this, args);
        const createdMillis = performance.now();
        const promise = Reflect.apply(exec, this, args);
        recording.safely(() => handedIn(this, promise, createdMillis));
        return promise;
      };
    });
  };
}

function read(pool: Pool): PoolReading {
  const { pendingTasks: queued, totalWorkers: workers, busyWorkers: running } = pool.stats();
  return { queued, workers, running, capacity: pool.maxWorkers };
}

function ended({ tasks, startedMillis }: Task, failure?: { readonly error: unknown }): void {
  const nanos = startedMillis === undefined ? undefined : (performance.now() - startedMillis) * 1e6;
  tasks.ended(nanos, failure);
}

function isPool(value: unknown): value is Pool {
  return hasMethods(value, "stats") && "maxWorkers" in value && "script" in value;
}

function isTaskPromise(value: unknown): value is TaskPromise {
  return hasMethods(value, "then");
}
