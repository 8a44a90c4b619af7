// The pools of `piscina` and their tasks, by what these tell of themselves.
import {
  fieldOf,
  hasMethods,
  isObject,
  isRecord,
  nowMillis,
  type PoolConfig,
  type PoolTasks,
  type Recording,
  threadPoolFrom,
  WorkerPools,
} from "../shared/index.ts";

// A task is an `AsyncResource` whose trigger is its pool. Milliseconds of `performance.now()`; `started` is 0 for one
// that no worker has.
interface Task {
  readonly created: number;
  readonly started: number;
  triggerAsyncId(): number;
}

interface KnownPool {
  readonly tasks: PoolTasks;
  /** Tasks that were started before are left out: they may not have been counted as running. */
  readonly sinceMillis: number;
  running: number;
}

/** The pools of the process, by the ids under which their tasks name them. */
export class PiscinaPools {
  readonly #recording: Recording<PoolConfig>;
  readonly #pools: WorkerPools;
  readonly #seen = new WeakSet<object>();
  readonly #byAsyncId = new Map<number, KnownPool>();
  readonly #gone = new FinalizationRegistry<number>((asyncId) => this.#byAsyncId.delete(asyncId));

  constructor(recording: Recording<PoolConfig>) {
    this.#recording = recording;
    this.#pools = new WorkerPools(recording, "piscina");
  }

  /** Finds each pool by its first task. */
  watchPools(prototype: object): void {
    this.#recording.before(prototype, "run", (self) => {
      if (isObject(self) && !this.#seen.has(self)) this.#see(self);
    });
  }

  /** `releaseTask` gives a task to a worker; `done` is called once with the error, `null` without one. */
  watchTasks(prototype: object): void {
    this.#recording.before(prototype, "releaseTask", (task) => {
      if (isTask(task)) started(task, this.#byAsyncId);
    });
    this.#recording.before(prototype, "done", (task, [error]) => {
      if (isTask(task)) ended(task, error, this.#byAsyncId);
    });
  }

  #see(given: object): void {
    this.#seen.add(given);
    const asyncId = fieldOf(given, "asyncId");
    const pool = threadPoolFrom(given);
    if (typeof asyncId !== "number") throw new TypeError("a pool is not as expected");
    const known: KnownPool = {
      tasks: this.#pools.addThreads(pool, () => known.running),
      sinceMillis: performance.now(),
      running: 0,
    };
    this.#byAsyncId.set(asyncId, known);
    this.#gone.register(pool, asyncId);
  }
}

function started(task: Task, pools: ReadonlyMap<number, KnownPool>): void {
  const pool = pools.get(task.triggerAsyncId());
  if (pool === undefined) return;
  pool.running++;
  pool.tasks.waited((task.started - task.created) / 1000);
}

function ended(task: Task, error: unknown, pools: ReadonlyMap<number, KnownPool>): void {
  const pool = pools.get(task.triggerAsyncId());
  if (pool === undefined) return;
  let runSeconds: number | undefined;
  if (task.started > 0) {
    if (task.started < pool.sinceMillis) return;
    pool.running--;
    runSeconds = (nowMillis() - task.started) / 1000;
  }
  if (error === null || error === undefined) pool.tasks.ended(runSeconds);
  else pool.tasks.ended(runSeconds, { error });
}

function isTask(value: unknown): value is Task {
  return (
    isRecord(value) &&
    typeof value["created"] === "number" &&
    typeof value["started"] === "number" &&
    hasMethods(value, "triggerAsyncId")
  );
}
