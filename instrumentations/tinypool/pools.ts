// The pools of `tinypool` and their tasks, by what these tell of themselves.
import {
  isObject,
  type PoolConfig,
  type PoolTasks,
  type Recording,
  threadPoolFrom,
  WorkerPools,
} from "../shared/index.ts";

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

  /** Finds each pool by its first task. */
  watch(prototype: object): void {
    const recording = this.#recording;
    const follow = (pool: unknown, task: unknown, startMillis: number): unknown =>
      this.#follow(pool, task, startMillis);
    recording.wrap(prototype, "run", (run) => {
      return function (...args) {
        const startMillis = performance.now();
        const task = Reflect.apply(run, this, args);
        return recording.safely(() => follow(this, task, startMillis)) ?? task;
      };
    });
  }

  // The pool keeps nothing that tells when a task has ended.
  #follow(pool: unknown, task: unknown, startMillis: number): unknown {
    if (!(task instanceof Promise)) return task;
    const known = this.#knownPool(pool);
    const end = (failure?: { readonly error: unknown }): void => {
      known.unfinished--;
      known.tasks.endedAsAWhole((performance.now() - startMillis) / 1000, failure);
    };
    known.unfinished++;
    return this.#recording.observed(task, { fulfilled: () => end(), rejected: (error) => end({ error }) });
  }

  #knownPool(given: unknown): KnownPool {
    const before = isObject(given) ? this.#known.get(given) : undefined;
    if (before !== undefined) return before;
    const pool = threadPoolFrom(given);
    const known: KnownPool = {
      // Tasks that neither wait nor have ended. Those for workers that start are not in the package's queue.
      tasks: this.#pools.addThreads(pool, (queued, capacity) =>
        Math.min(Math.max(known.unfinished - queued, 0), capacity),
      ),
      unfinished: 0,
    };
    this.#known.set(pool, known);
    return known;
  }
}
