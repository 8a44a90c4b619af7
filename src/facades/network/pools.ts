// The gauges of connection pools, read at collection.
import type { BatchObservableResult, Meter, ObservableGauge } from "@opentelemetry/api";
import type { FacadeMeter } from "../facade-meter.ts";
import { Members, type Shared, StateOfProviders } from "../shared-state.ts";
import type { PoolFigures } from "./pool-figures.ts";

const STATES = new StateOfProviders<Members<Pools>>();
const MAX_POOLS = 1_000;
const POOL_NAME = "connection.pool.name";

const FIGURES = ["size", "idle", "waiting"] as const;

type PoolGauges = Readonly<Record<(typeof FIGURES)[number], ObservableGauge>>;

/**
 * The pools behind `connection.pool.*`. A later pool of a name takes the place of the earlier one; pools of one name on
 * other facades of the provider are added up. At most 1,000 in a facade.
 */
export class Pools {
  readonly #meter: FacadeMeter;
  readonly #pools = new Map<string, () => PoolFigures>();
  readonly #shared: Shared<Members<Pools>>;

  constructor(meter: FacadeMeter) {
    this.#meter = meter;
    this.#shared = meter.share(STATES, new Members<Pools>(this));
    meter.observe((otel) => this.#register(otel));
  }

  /** Has the pool observed; gives the removal of just this one. */
  add(name: string, pool: () => PoolFigures): () => void {
    // The instruments are made once there is a provider.
    this.#meter.meter();
    if (this.#pools.size >= MAX_POOLS && !this.#pools.has(name)) {
      this.#meter.drops.measurement("connection.pool.size", "invalid_name", name);
      return () => {};
    }
    this.#pools.set(name, pool);
    return () => {
      if (this.#pools.get(name) === pool) this.#pools.delete(name);
    };
  }

  #register(otel: Meter): void {
    const gauges: PoolGauges = {
      size: otel.createObservableGauge("connection.pool.size", {
        unit: "{connection}",
        description: "Connections of a pool, those in use included.",
      }),
      idle: otel.createObservableGauge("connection.pool.idle", {
        unit: "{connection}",
        description: "Connections of a pool that nobody uses.",
      }),
      waiting: otel.createObservableGauge("connection.pool.waiting", {
        unit: "{connection}",
        description: "Requests that wait for a connection of a pool.",
      }),
    };
    otel.addBatchObservableCallback((result) => this.#observe(result, gauges), Object.values(gauges));
  }

  #observe(result: BatchObservableResult, gauges: PoolGauges): void {
    const pools = this.#shared.state.flatMap((member) => member.#figures());
    for (const key of FIGURES) {
      const sums = new Map<string, number>();
      for (const [name, figures] of pools) {
        const value: unknown = Reflect.get(figures, key);
        if (typeof value === "number" && Number.isFinite(value))
          sums.set(name, (sums.get(name) ?? 0) + value);
        else this.#meter.drops.measurement(`connection.pool.${key}`, "not_a_number", value);
      }
      for (const [name, sum] of sums) result.observe(gauges[key], sum, { [POOL_NAME]: name });
    }
  }

  #figures(): readonly (readonly [name: string, figures: object])[] {
    // A copy, since a pool that is asked may add and remove.
    return [...this.#pools].flatMap(([name, pool]) => {
      const figures = this.#ask(pool);
      return figures === undefined ? [] : [[name, figures] as const];
    });
  }

  #ask(pool: () => PoolFigures): object | undefined {
    try {
      return Object(pool());
    } catch (error) {
      this.#meter.drops.measurement("connection.pool.size", "callback_error", error);
      return undefined;
    }
  }
}
