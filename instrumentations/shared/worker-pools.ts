// Pools of workers, and what becomes of their tasks.
import { basename } from "node:path";
import type { Attributes, Histogram, Meter } from "@opentelemetry/api";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { BoundedNames } from "../../src/recording/bounded-names.ts";
import { type BoundCounter, boundCounter, type BoundHistogram, boundHistogram } from "./bound.ts";
import { ChosenName } from "./chosen-name.ts";
import {
  poolQueueGauge,
  poolTaskCounter,
  poolUtilizationGauge,
  poolWorkersGauge,
  taskHistogram,
  taskRunHistogram,
  taskWaitHistogram,
} from "./pool-instruments.ts";
import type { PoolConfig } from "./option-sets.ts";
import type { Recording } from "./recording.ts";

const MAX_NAMES = 100;
const MAX_NAME_LENGTH = 100;

/** What a pool tells of itself at a collection. */
export interface PoolReading {
  /** Tasks that wait. */
  readonly queued: number;
  readonly workers: number;
  /** Tasks that run. */
  readonly running: number;
  /** Tasks that the pool may run at a time. */
  readonly capacity: number;
}

interface LivePool {
  readonly attributes: Attributes;
  readonly pool: WeakRef<object>;
  /** `undefined` once the pool is gone. */
  readonly read: () => PoolReading | undefined;
}

/** The pools of one instrumentation. Knows them without keeping them: one that the application drops is dropped here too. */
export class WorkerPools {
  readonly #recording: Recording<PoolConfig>;
  readonly #library: string;
  readonly #names = new BoundedNames(MAX_NAMES);
  readonly #tasks = new Map<string, PoolTasks>();
  #live: readonly LivePool[] = [];
  readonly #chosen: ChosenName<string | undefined>;

  /** @param library the name of pools without a script. */
  constructor(recording: Recording<PoolConfig>, library: string) {
    this.#recording = recording;
    this.#library = library;
    this.#chosen = new ChosenName({
      instrumentation: recording.name,
      option: "name",
      choose: recording.config.name,
      otherwise: "pools are named by their scripts",
    });
    const { meter } = recording;
    recording.observe(poolQueueGauge(meter), (result) => {
      for (const [attributes, { queued }] of this.#readings()) result.observe(queued, attributes);
    });
    recording.observe(poolWorkersGauge(meter), (result) => {
      for (const [attributes, { workers }] of this.#readings()) result.observe(workers, attributes);
    });
    recording.observe(poolUtilizationGauge(meter), (result) => {
      for (const [attributes, { running, capacity }] of this.#readings()) {
        result.observe(capacity > 0 ? running / capacity : 0, attributes);
      }
    });
  }

  /**
   * A pool that was not known so far, whose workers run `script`; `read` is asked at each collection, as long as there
   * is the pool. Pools of one name are added up. Gives what its tasks are recorded with.
   */
  add<Pool extends object>(
    pool: Pool,
    script: string | undefined,
    read: (pool: Pool) => PoolReading,
  ): PoolTasks {
    const name = this.#names.of(this.#nameOf(script));
    const tasks = this.#tasks.get(name) ?? new PoolTasks(this.#recording.meter, name);
    this.#tasks.set(name, tasks);
    const weak = new WeakRef(pool);
    const readIfThere = (): PoolReading | undefined => {
      const there = weak.deref();
      return there === undefined ? undefined : read(there);
    };
    this.#live = [
      ...this.#live.filter((known) => known.pool.deref() !== undefined),
      { attributes: tasks.attributes, pool: weak, read: readIfThere },
    ];
    return tasks;
  }

  #readings(): ReadonlyMap<Attributes, PoolReading> {
    const readings = new Map<Attributes, PoolReading>();
    for (const { attributes, read } of this.#live) {
      const reading = this.#recording.safely(read);
      const before = readings.get(attributes);
      if (reading !== undefined) readings.set(attributes, before ? sum(before, reading) : reading);
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

/** The tasks of pools of one name. Looks nothing up, and allocates nothing but for tasks that fail. */
export class PoolTasks {
  readonly attributes: Attributes;
  readonly #meter: Meter;
  readonly #runs: Histogram;
  readonly #wait: BoundHistogram;
  readonly #run: BoundHistogram;
  readonly #successes: BoundCounter;
  readonly #failures: BoundCounter;
  #whole: Histogram | undefined;

  constructor(meter: Meter, name: string) {
    this.attributes = Object.freeze({ "kernel.pool.name": name });
    this.#meter = meter;
    const tasks = poolTaskCounter(meter);
    this.#runs = taskRunHistogram(meter);
    this.#wait = boundHistogram(taskWaitHistogram(meter), this.attributes);
    this.#run = boundHistogram(this.#runs, this.attributes);
    this.#successes = boundCounter(tasks, { ...this.attributes, outcome: "success" });
    this.#failures = boundCounter(tasks, { ...this.attributes, outcome: "failure" });
  }

  /** A task is handed to a worker after this time. */
  waited(seconds: number): void {
    this.#wait.record(seconds);
  }

  /** A task has ended. `seconds` is how long it ran, `undefined` where no worker ever had it. */
  ended(seconds: number | undefined, failure?: { readonly error: unknown }): void {
    if (failure === undefined) {
      this.#successes.add(1);
      if (seconds !== undefined) this.#run.record(seconds);
    } else {
      this.#failures.add(1);
      if (seconds !== undefined) this.#runs.record(seconds, this.#failed(failure.error));
    }
  }

  /** A task has ended of which only the whole time is known. */
  endedAsAWhole(seconds: number, failure?: { readonly error: unknown }): void {
    this.ended(undefined, failure);
    this.#whole ??= taskHistogram(this.#meter);
    this.#whole.record(seconds, failure === undefined ? this.attributes : this.#failed(failure.error));
  }

  #failed(error: unknown): Attributes {
    return { ...this.attributes, "error.type": errorTypeOf(error) };
  }
}
