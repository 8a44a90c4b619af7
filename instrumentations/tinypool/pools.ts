// What tinypool's pools and tasks tell of themselves.
import { type PoolConfig, type PoolTasks, type Recording, WorkerPools } from "../shared/index.ts";

// The public fields of a pool that are asked for.
interface Pool {
  readonly queueSize: number;
  readonly threads: readonly unknown[];
  readonly options: {
    readonly filename: string | null;
    readonly maxThreads: number;
    readonly concurrentTasksPerWorker: number;
  };
}

interface KnownPool {
  readonly tasks: PoolTasks;
  unfinished: number;
}

/** The pools of the process. */
export class TinypoolPools {
  readonly #recording: Recording<PoolConfig>;
  readonly #pools: WorkerPools;
  readonly #known = new WeakMap<object, KnownPool>();

  constructor(recording: Recording<PoolConfig>) {
    this.#recording = recording;
    this.#pools = new WorkerPools(recording, "tinypool");
  }

  /** Gets to know each pool with its first task. */
  watch(prototype: object): void {
    const recording = this.#recording;
    const follow = (pool: unknown, task: unknown, startMillis: number): unknown =>
      this.#follow(pool, task, startMillis);
    recording.wrap(
      prototype,
      "run",
      (run) =>
        function (...args) {
          const startMillis = performance.now();
          const task = Reflect.apply(run, this, args);
          try {
            return follow(this, task, startMillis);
          } catch (error) {
            recording.failed(error);
            return task;
          }
        },
    );
  }

  // A promise that follows the pool's own, in its place: a listener beside it would hide a rejection that nobody
  // handles, and the pool keeps nothing else that tells when a task has ended.
  #follow(pool: unknown, task: unknown, startMillis: number): unknown {
    if (!(task instanceof Promise)) return task;
    const known = this.#knownPool(pool);
    const end = (failure?: { readonly error: unknown }): void => {
      known.unfinished--;
      known.tasks.endedAsAWhole((performance.now() - startMillis) / 1000, failure);
    };
    known.unfinished++;
    return task.then(
      (result: unknown) => {
        this.#recording.safely(() => end());
        return result;
      },
      (error: unknown) => {
        this.#recording.safely(() => end({ error }));
        throw error;
      },
    );
  }

  #knownPool(pool: unknown): KnownPool {
    if (!isPool(pool)) throw new TypeError("a pool is not as expected");
    const before = this.#known.get(pool);
    if (before !== undefined) return before;
    const known: KnownPool = {
      tasks: this.#pools.add(pool, pool.options.filename ?? undefined, (there) => {
        const { queueSize, options } = there;
        const capacity = options.maxThreads * options.concurrentTasksPerWorker;
        // Those that neither wait nor have ended. Tasks for workers that start are no queue to the package.
        const running = Math.min(Math.max(known.unfinished - queueSize, 0), capacity);
        return { queued: queueSize, workers: there.threads.length, running, capacity };
      }),
      unfinished: 0,
    };
    this.#known.set(pool, known);
    return known;
  }
}

function isPool(value: unknown): value is Pool {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof Reflect.get(value, "queueSize") === "number" &&
    Array.isArray(Reflect.get(value, "threads")) &&
    typeof Reflect.get(value, "options") === "object"
  );
}
