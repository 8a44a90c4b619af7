// The pools of `workerpool` and their tasks, by what these tell of themselves.
import {
  fieldOf,
  hasMethods,
  isObject,
  type PoolConfig,
  type PoolTasks,
  type Recording,
  WorkerPools,
} from "../shared/index.ts";

// The public fields of a pool that are read.
interface Pool {
  readonly script: string | null;
  readonly maxWorkers: number;
  stats(): { readonly totalWorkers: number; readonly busyWorkers: number; readonly pendingTasks: number };
}

// The package's own promise, which reports no unhandled rejections: so a listener of ours hides none.
interface TaskPromise {
  then(onSuccess: () => void, onFailure: (error: unknown) => void): unknown;
}

// Milliseconds of `performance.now()`; `startedMillis` is `undefined` while no worker has it.
interface Task {
  readonly tasks: PoolTasks;
  readonly createdMillis: number;
  startedMillis: number | undefined;
}

/** The pools of the process, and their tasks by their promises. */
export class WorkerpoolPools {
  readonly #recording: Recording<PoolConfig>;
  readonly #pools: WorkerPools;
  readonly #known = new WeakMap<object, PoolTasks>();
  readonly #tasks = new WeakMap<object, Task>();
  // A task that need not wait gets to a worker before its promise is returned.
  #latest: { readonly promise: object; readonly startedMillis: number } | undefined;

  constructor(recording: Recording<PoolConfig>) {
    this.#recording = recording;
    this.#pools = new WorkerPools(recording, "workerpool");
  }

  /** Finds each pool by its first task; `exec` of a function is `exec` of the method that runs functions. */
  watchPools(prototype: object): void {
    const recording = this.#recording;
    const handedIn = (pool: unknown, promise: unknown, createdMillis: number): void =>
      this.#handedIn(pool, promise, createdMillis);
    recording.wrap(prototype, "exec", (exec) => {
      return function (...args) {
        if (typeof args[0] !== "string") return Reflect.apply(exec, this, args);
        const createdMillis = performance.now();
        const promise = Reflect.apply(exec, this, args);
        recording.safely(() => handedIn(this, promise, createdMillis));
        return promise;
      };
    });
  }

  /** A worker gets a task by `exec(method, params, resolver)`. */
  watchWorkers(prototype: object): void {
    this.#recording.before(prototype, "exec", (_, [, , resolver]) => this.#started(resolver));
  }

  #handedIn(pool: unknown, promise: unknown, createdMillis: number): void {
    if (!isPool(pool) || !isTaskPromise(promise)) throw new TypeError("a pool is not as expected");
    const startedMillis = this.#latest?.promise === promise ? this.#latest.startedMillis : undefined;
    this.#latest = undefined;
    const task: Task = { tasks: this.#tasksOf(pool), createdMillis, startedMillis };
    this.#tasks.set(promise, task);
    if (startedMillis !== undefined) task.tasks.waited((startedMillis - createdMillis) / 1000);
    promise.then(
      () => this.#recording.safely(() => ended(task)),
      (error) => this.#recording.safely(() => ended(task, { error })),
    );
  }

  #started(resolver: unknown): void {
    const promise = fieldOf(resolver, "promise");
    if (!isObject(promise)) return;
    const startedMillis = performance.now();
    const task = this.#tasks.get(promise);
    if (task === undefined) this.#latest = { promise, startedMillis };
    else {
      task.startedMillis = startedMillis;
      task.tasks.waited((startedMillis - task.createdMillis) / 1000);
    }
  }

  #tasksOf(pool: Pool): PoolTasks {
    const known = this.#known.get(pool);
    if (known !== undefined) return known;
    const tasks = this.#pools.add(pool, pool.script ?? undefined, (there) => {
      const { pendingTasks, totalWorkers, busyWorkers } = there.stats();
      return {
        queued: pendingTasks,
        workers: totalWorkers,
        running: busyWorkers,
        capacity: there.maxWorkers,
      };
    });
    this.#known.set(pool, tasks);
    return tasks;
  }
}

function ended({ tasks, startedMillis }: Task, failure?: { readonly error: unknown }): void {
  const seconds = startedMillis === undefined ? undefined : (performance.now() - startedMillis) / 1000;
  tasks.ended(seconds, failure);
}

function isPool(value: unknown): value is Pool {
  return hasMethods(value, "stats") && "maxWorkers" in value && "script" in value;
}

function isTaskPromise(value: unknown): value is TaskPromise {
  return hasMethods(value, "then");
}
