// The gauges of connection pools, read at collection.
import type { BatchObservableResult, Meter, ObservableGauge } from "@opentelemetry/api";
import type { FacadeMeter } from "../facade-meter.ts";
import type { PoolFigures } from "./pool-figures.ts";

const MAX_POOLS = 1_000;
const POOL_NAME = "connection.pool.name";

interface PoolGauges {
  readonly size: ObservableGauge;
  readonly idle: ObservableGauge;
  readonly waiting: ObservableGauge;
}

/** The pools behind `connection.pool.*`. Of one name there is one: a later one takes its place. At most 1,000. */
export class Pools {
  readonly #meter: FacadeMeter;
  readonly #pools = new Map<string, () => PoolFigures>();

  constructor(meter: FacadeMeter) {
    this.#meter = meter;
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
    for (const [name, pool] of this.#pools) {
      const figures = this.#ask(pool);
      if (figures === undefined) continue;
      const attributes = { [POOL_NAME]: name };
      for (const [key, gauge] of Object.entries(gauges)) {
        const value: unknown = Reflect.get(figures, key);
        if (typeof value === "number" && Number.isFinite(value)) result.observe(gauge, value, attributes);
        else this.#meter.drops.measurement(`connection.pool.${key}`, "not_a_number", value);
      }
    }
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
