// A small shop on a simulated clock: clients, a dependency, a queue with two workers and a cache. Faults change its state.
import { MeterProvider } from "tachymeter/metrics";
import { inSlices } from "../../../src/io/yield.ts";
import { LiveColumns } from "../../../src/query/live/live-columns.ts";
import type { Source } from "../../../src/query/source.ts";
import { SnapshotReader } from "../../../src/readers/reader.ts";
import { Random } from "../../kit/random.ts";

/** The state that a fault changes. */
export interface ShopState {
  billingMillis: number;
  isLeaking: boolean;
  /** Jobs that a tenant adds each 100 ms. */
  readonly jobs: Map<string, number>;
  readonly liveWorkers: Set<string>;
  lockMillis: number;
  retries: number;
}

// Work that is due at a time. It yields the time until it is due again.
interface Actor {
  dueMillis: number;
  readonly work: Generator<number>;
}

const TENANTS = ["a", "b", "c"];
// Metrics that have nothing to do with the faults.
const OTHERS = 40;
const EACH_MILLIS = 100;
const CLIENTS = 10;
const USUAL_MILLIS = 5;
const BOUNDS = { unit: "s", advice: { explicitBucketBoundaries: [0.01, 0.1, 1] } };

/** A shop, and the samples of its metrics. */
export class Shop {
  readonly state: ShopState = {
    billingMillis: USUAL_MILLIS,
    isLeaking: false,
    jobs: new Map(TENANTS.map((tenant) => [tenant, 1])),
    liveWorkers: new Set(["1", "2"]),
    lockMillis: 2,
    retries: 0,
  };
  readonly #random: Random;
  readonly #reader = new SnapshotReader();
  readonly #meter = new MeterProvider({ readers: [this.#reader] }).getMeter("shop");
  readonly #columns = new LiveColumns({ maxBytes: 64 * 1024 ** 2, translation: {} });
  readonly #actors: readonly Actor[];
  #nowMillis = 0;

  constructor(random: Random) {
    this.#random = random;
    const repeated = [...this.#jobs(), this.#cache()].map((act) => this.#repeated(act));
    const all = [...this.#clients(), ...repeated];
    this.#actors = all.map((work) => ({ work, dueMillis: this.#pause() }));
    for (let i = 0; i < OTHERS; i++) {
      let walk = 0;
      this.#gauge(`other.${i}`, () => (i % 2 === 0 ? random.share() : (walk += random.share() - 0.5)));
    }
  }

  /** The collections so far. */
  get source(): Source {
    return this.#columns;
  }

  /** Lets time go by. The duration counts from the last call. */
  run(millis: number): void {
    const end = this.#nowMillis + millis;
    for (;;) {
      const next = this.#actors.reduce((first, each) => (each.dueMillis < first.dueMillis ? each : first));
      if (next.dueMillis > end) break;
      this.#nowMillis = next.dueMillis;
      next.dueMillis += Number(next.work.next().value);
    }
    this.#nowMillis = end;
  }

  /** Collects all metrics, with the time of `Date`. */
  async collect(): Promise<void> {
    await this.#reader.collected(async (collection) => await inSlices(this.#columns.append(collection)));
  }

  // Each waits for its response, and then for a while. Calls of the dependencies follow each other.
  #clients(): readonly Generator<number>[] {
    const requests = this.#meter.createHistogram("shop.request.duration", BOUNDS);
    const dependency = this.#meter.createHistogram("dependency.duration", BOUNDS);
    const locks = this.#meter.createHistogram("lock.hold.duration", BOUNDS);
    const tries = this.#meter.createCounter("dependency.tries");
    const secondsSince = (millis: number): number => (this.#nowMillis - millis) / 1_000;
    const call = function* (this: Shop, name: string, count: number, millis: number): Generator<number> {
      const begun = this.#nowMillis;
      for (let i = 0; i < count; i++) {
        tries.add(1, { dependency: name });
        yield this.#about(millis);
      }
      dependency.record(secondsSince(begun), { dependency: name });
    }.bind(this);
    const client = function* (this: Shop): Generator<number> {
      for (;;) {
        const begun = this.#nowMillis;
        yield this.#about(this.state.lockMillis);
        locks.record(secondsSince(begun));
        yield* call("stock", 1, USUAL_MILLIS);
        yield* call("billing", 1 + this.state.retries, this.state.billingMillis);
        requests.record(secondsSince(begun));
        yield this.#pause();
      }
    }.bind(this);
    return Array.from({ length: CLIENTS }, () => client());
  }

  #jobs(): readonly (() => void)[] {
    const waits = this.#meter.createHistogram("job.wait.duration", BOUNDS);
    const added = this.#meter.createCounter("jobs.added");
    const worked = this.#meter.createCounter("jobs.worked");
    // Times at which they were added.
    const queue: number[] = [];
    this.#gauge("queue.size", () => queue.length);
    const tenants = (): void => {
      for (const [tenant, count] of this.state.jobs) {
        for (let i = 0; i < count; i++) queue.push(this.#nowMillis);
        added.add(count, { tenant });
      }
    };
    const worker = (name: string) => (): void => {
      const jobs = this.state.liveWorkers.has(name) ? queue.splice(0, 2) : [];
      for (const addedMillis of jobs) {
        waits.record((this.#nowMillis - addedMillis) / 1_000);
        worked.add(1, { worker: name });
      }
    };
    return [tenants, worker("1"), worker("2")];
  }

  #cache(): () => void {
    let entries = 0;
    this.#gauge("cache.entries", () => entries);
    this.#gauge("cache.bytes", () => entries * 200_000);
    return () => {
      if (this.state.isLeaking) entries++;
    };
  }

  *#repeated(act: () => void): Generator<number> {
    for (;;) {
      act();
      yield this.#pause();
    }
  }

  #gauge(name: string, read: () => number): void {
    this.#meter.createObservableGauge(name).addCallback((result) => result.observe(read()));
  }

  #pause(): number {
    return EACH_MILLIS * (0.6 + 0.8 * this.#random.share());
  }

  // A little more than a duration.
  #about(millis: number): number {
    return millis * (1 + 0.3 * this.#random.share());
  }
}
