// Pools of workers and their tasks.
import { basename } from "node:path";
import type { Attributes, Histogram, Meter } from "@opentelemetry/api";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { BoundedNames } from "../../src/recording/bounded-names.ts";
import { type BoundCounter, boundCounter, type BoundRecorder, boundNanos } from "../../src/recording/bind.ts";
import { fieldOf, isObject } from "./fields.ts";
import { counter, histogram, observableGauge } from "./instruments.ts";
import { LiveObjects } from "./live-objects.ts";
import { ChosenName } from "./names.ts";
import type { PoolConfig } from "./options.ts";
import { outliving } from "./outliving.ts";
import type { Recording } from "./recording.ts";

const MAX_NAMES = 100;
const MAX_NAME_LENGTH = 100;

/** State of one pool at one moment. */
export interface PoolReading {
  /** Number of waiting tasks. */
  readonly queued: number;
  readonly workers: number;
  /** Number of running tasks. */
  readonly running: number;
  /** Maximum number of tasks that run at the same time. */
  readonly capacity: number;
}

/** Public fields of pools of `piscina` and `tinypool` that are read. */
export interface ThreadPool {
  readonly queueSize: number;
  readonly threads: readonly unknown[];
  readonly options: {
    readonly filename: string | null;
    readonly maxThreads: number;
    readonly concurrentTasksPerWorker: number;
  };
}

/** @throws TypeError if `pool` lacks these fields. */
export function threadPoolFrom(pool: unknown): ThreadPool {
  if (isThreadPool(pool)) return pool;
  throw new TypeError("a pool is not as expected");
}

function isThreadPool(pool: unknown): pool is ThreadPool {
  return (
    typeof fieldOf(pool, "queueSize") === "number" &&
    Array.isArray(fieldOf(pool, "threads")) &&
    isObject(fieldOf(pool, "options"))
  );
}

interface LivePool {
  readonly script: string | undefined;
  readonly read: () => PoolReading;
}

// A value in a WeakMap does not keep its own key alive.
const stateOf = outliving(() => ({ live: new LiveObjects(), pools: new WeakMap<object, LivePool>() }));

/** The pools of one instrumentation, referenced weakly, with those of its earlier recordings. */
export class WorkerPools {
  readonly #recording: Recording<PoolConfig>;
  readonly #library: string;
  readonly #names = new BoundedNames(MAX_NAMES);
  readonly #tasks = new Map<string, PoolTasks>();
  readonly #tasksByPool = new WeakMap<object, PoolTasks>();
  /** The pools that are alive and not removed. */
  readonly live: LiveObjects<object>;
  readonly #pools: WeakMap<object, LivePool>;
  readonly #chosen: ChosenName<string | undefined>;

  /** @param library the name of pools without a script. */
  constructor(recording: Recording<PoolConfig>, library: string) {
    this.#recording = recording;
    this.#library = library;
    ({ live: this.live, pools: this.#pools } = stateOf(recording));
    this.#chosen = new ChosenName(
      recording,
      "name",
      recording.config.name,
      "pools are named by their scripts",
    );
    const { meter } = recording;
    const observe = (
      name: Parameters<typeof observableGauge>[1],
      figure: (reading: PoolReading) => number,
    ): void =>
      recording.observe(observableGauge(meter, name), (result) => {
        for (const [attributes, reading] of this.#readings()) result.observe(figure(reading), attributes);
      });
    observe("kernel.pool.queue.size", ({ queued }) => queued);
    observe("kernel.pool.workers", ({ workers }) => workers);
    observe("kernel.pool.utilization", ({ running, capacity }) => (capacity > 0 ? running / capacity : 0));
  }

  /** Returns the recorder of a pool's tasks; `undefined` if the pool was not added, or was removed. */
  tasksOf(pool: object): PoolTasks | undefined {
    const known = this.#tasksByPool.get(pool);
    if (known !== undefined) return known;
    const live = this.#pools.get(pool);
    return live && this.#begun(pool, live);
  }

  /**
   * Adds a pool whose workers run `script`, and returns the recorder of its tasks. `read` is called at each
   * collection, as long as the pool is alive and not removed. Pools with the same name are added up. Does nothing if
   * the pool was added before.
   */
  add<Pool extends object>(
    pool: Pool,
    script: string | undefined,
    read: (pool: Pool) => PoolReading,
  ): PoolTasks {
    const known = this.tasksOf(pool);
    if (known !== undefined) return known;
    this.live.add(pool);
    const live = { script, read: () => read(pool) };
    this.#pools.set(pool, live);
    return this.#begun(pool, live);
  }

  #begun(pool: object, { script }: LivePool): PoolTasks {
    const name = this.#names.of(this.#nameOf(script));
    const tasks = this.#tasks.get(name) ?? new PoolTasks(this.#recording.meter, name);
    this.#tasks.set(name, tasks);
    this.#tasksByPool.set(pool, tasks);
    return tasks;
  }

  /** Adds a pool of `piscina` or `tinypool`; `running` returns how many of its tasks run. */
  addThreads(pool: ThreadPool, running: (queued: number, capacity: number) => number): PoolTasks {
    return this.add(pool, pool.options.filename ?? undefined, ({ queueSize, threads, options }) => {
      const capacity = options.maxThreads * options.concurrentTasksPerWorker;
      return { queued: queueSize, workers: threads.length, running: running(queueSize, capacity), capacity };
    });
  }

  /** Removes a pool once method `name` of `prototype` has ended it. It can be added again if it is used again. */
  removeAfter(prototype: object, name: string): void {
    this.#recording.outcome(prototype, name, (pool) => ({
      fulfilled: () => {
        if (!isObject(pool)) return;
        this.live.delete(pool);
        this.#pools.delete(pool);
        this.#tasksByPool.delete(pool);
      },
    }));
  }

  #readings(): ReadonlyMap<Attributes, PoolReading> {
    const readings = new Map<Attributes, PoolReading>();
    for (const pool of this.live) {
      const attributes = this.tasksOf(pool)?.attributes;
      const reading = this.#recording.safely(() => this.#pools.get(pool)?.read());
      if (attributes === undefined || reading === undefined) continue;
      const before = readings.get(attributes);
      readings.set(attributes, before ? sum(before, reading) : reading);
    }
    return readings;
  }

  #nameOf(script: string | undefined): string {
    const chosen = this.#chosen.of(script);
    if (chosen !== undefined) return chosen;
    return script === undefined ? this.#library : basename(script).slice(0, MAX_NAME_LENGTH);
  }
}

function sum(a: PoolReading, b: PoolReading): PoolReading {
  return {
    queued: a.queued + b.queued,
    workers: a.workers + b.workers,
    running: a.running + b.running,
    capacity: a.capacity + b.capacity,
  };
}

/** Tasks of pools with the same name. Recording looks nothing up, and allocates only for failed tasks. */
export class PoolTasks {
  readonly attributes: Attributes;
  readonly #meter: Meter;
  readonly #runs: Histogram;
  readonly #wait: BoundRecorder;
  readonly #run: BoundRecorder;
  readonly #successes: BoundCounter;
  readonly #failures: BoundCounter;
  #whole: Histogram | undefined;

  constructor(meter: Meter, name: string) {
    this.attributes = Object.freeze({ "kernel.pool.name": name });
    this.#meter = meter;
    const tasks = counter(meter, "kernel.pool.tasks");
    this.#runs = histogram(meter, "kernel.task.run.duration");
    this.#wait = boundNanos(histogram(meter, "kernel.task.wait.duration"), this.attributes);
    this.#run = boundNanos(this.#runs, this.attributes);
    this.#successes = boundCounter(tasks, { ...this.attributes, outcome: "success" });
    this.#failures = boundCounter(tasks, { ...this.attributes, outcome: "failure" });
  }

  /** Records the time until a worker took a task. Whole nanoseconds below 2 ** 31 (2 s) leave no garbage. */
  waited(nanos: number): void {
    this.#wait.record(nanos);
  }

  /** Records the end of a task. `nanos` is its run time, as above; `undefined` if no worker ever took it. */
  ended(nanos: number | undefined, failure?: { readonly error: unknown }): void {
    if (failure === undefined) {
      this.#successes.add(1);
      if (nanos !== undefined) this.#run.record(nanos);
    } else {
      this.#failures.add(1);
      if (nanos !== undefined) this.#runs.record(nanos / 1e9, this.#failed(failure.error));
    }
  }

  /** Records the end of a task of which only the total time is known. */
  endedAsAWhole(seconds: number, failure?: { readonly error: unknown }): void {
    this.ended(undefined, failure);
    this.#whole ??= histogram(this.#meter, "kernel.task.duration");
    this.#whole.record(seconds, failure === undefined ? this.attributes : this.#failed(failure.error));
  }

  #failed(error: unknown): Attributes {
    return { ...this.attributes, "error.type": errorTypeOf(error) };
  }
}
