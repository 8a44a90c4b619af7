// What piscina's pools and tasks tell of themselves.
import { nowMillis, type PoolConfig, type PoolTasks, type Recording, WorkerPools } from "../shared/index.ts";

// The public fields of a pool that are asked for.
interface Pool {
  readonly asyncId: number;
  readonly queueSize: number;
  readonly threads: readonly unknown[];
  readonly options: {
    readonly filename: string | null;
    readonly maxThreads: number;
    readonly concurrentTasksPerWorker: number;
  };
}

// A task, which is an `AsyncResource` whose trigger is its pool. Milliseconds of `performance.now()`; `started` is 0
// for one that no worker has.
interface Task {
  readonly created: number;
  readonly started: number;
  triggerAsyncId(): number;
}

interface KnownPool {
  readonly tasks: PoolTasks;
  /** Tasks that were started before are not told of: nobody knows whether they were counted as running. */
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

  /** Gets to know each pool with its first task. */
  watchPools(prototype: object): void {
    const recording = this.#recording;
    const seen = this.#seen;
    const see = (pool: object): void => this.#see(pool);
    recording.wrap(
      prototype,
      "run",
      (run) =>
        function (...args) {
          try {
            if (typeof this === "object" && this !== null && !seen.has(this)) see(this);
          } catch (error) {
            recording.failed(error);
          }
          return Reflect.apply(run, this, args);
        },
    );
  }

  /** A worker is given what `releaseTask` gives; `done` is called once with the error, `null` where there is none. */
  watchTasks(prototype: object): void {
    const recording = this.#recording;
    const pools = this.#byAsyncId;
    recording.wrap(
      prototype,
      "releaseTask",
      (releaseTask) =>
        function (...args) {
          try {
            if (isTask(this)) started(this, pools);
          } catch (error) {
            recording.failed(error);
          }
          return Reflect.apply(releaseTask, this, args);
        },
    );
    recording.wrap(
      prototype,
      "done",
      (done) =>
        function (...args) {
          try {
            if (isTask(this)) ended(this, args[0], pools);
          } catch (error) {
            recording.failed(error);
          }
          return Reflect.apply(done, this, args);
        },
    );
  }

  #see(pool: object): void {
    this.#seen.add(pool);
    if (!isPool(pool)) throw new TypeError("a pool is not as expected");
    const { asyncId } = pool;
    const known: KnownPool = {
      tasks: this.#pools.add(pool, pool.options.filename ?? undefined, (there) => ({
        queued: there.queueSize,
        workers: there.threads.length,
        running: known.running,
        capacity: there.options.maxThreads * there.options.concurrentTasksPerWorker,
      })),
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
    typeof value === "object" &&
    value !== null &&
    "created" in value &&
    typeof value.created === "number" &&
    "started" in value &&
    typeof value.started === "number" &&
    "triggerAsyncId" in value
  );
}

function isPool(value: object): value is Pool {
  return (
    typeof Reflect.get(value, "asyncId") === "number" &&
    typeof Reflect.get(value, "queueSize") === "number" &&
    Array.isArray(Reflect.get(value, "threads")) &&
    typeof Reflect.get(value, "options") === "object"
  );
}
