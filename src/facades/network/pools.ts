import type { Meter, Observable } from "@opentelemetry/api";
import { ObservedInstruments } from "../../host/instruments.ts";
import { asked } from "../../recording/asked.ts";
import type { FacadeMeter } from "../../recording/facade-meter.ts";
import { Members, type Shared, type KindOfState } from "../../recording/shared-state.ts";
import type { PoolFigures } from "./pool-figures.ts";

const STATE: KindOfState<Members<ConnectionPools>, [ConnectionPools]> = {
  kind: "pools",
  create: (pools: ConnectionPools) => new Members(pools),
  observe: observePools,
};
const MAX_POOLS = 1_000;
const REMEDY = "use at most 1,000 pools, or remove those that are gone";
const POOL_NAME = "connection.pool.name";

const FIGURES = ["size", "idle", "waiting"] as const;

type Figure = (typeof FIGURES)[number];

interface NamedFigures {
  readonly name: string;
  readonly figures: ReadonlyMap<Figure, number>;
}

/**
 * Pools exported as `connection.pool.*`, at most 1,000 for each facade. A later pool of a name replaces an earlier one.
 * Pools of one name on several facades of a provider are added up.
 */
export class ConnectionPools {
  readonly #meter: FacadeMeter;
  readonly #pools = new Map<string, () => PoolFigures>();

  constructor(meter: FacadeMeter) {
    this.#meter = meter;
    meter.share(STATE, this);
  }

  /** Adds a pool. Returns a function that removes this pool only. */
  add(name: string, pool: () => PoolFigures): () => void {
    // Creates the instruments once there is a provider.
    this.#meter.meter();
    if (this.#pools.size >= MAX_POOLS && !this.#pools.has(name)) {
      this.#meter.dropped.measurement("connection.pool.size", "invalid_name", name, REMEDY);
      return () => {};
    }
    this.#pools.set(name, pool);
    return () => {
      if (this.#pools.get(name) === pool) this.#pools.delete(name);
    };
  }

  /** Returns the current finite figures of all pools. */
  figures(): readonly NamedFigures[] {
    // A copy, since a called function may add and remove pools.
    return [...this.#pools].flatMap(([name, pool]) => {
      const figures = asked("connection.pool.size", this.#meter.dropped, pool, (answer) =>
        this.#read(Object(answer)),
      );
      return figures === undefined ? [] : [{ name, figures }];
    });
  }

  #read(answer: object): ReadonlyMap<Figure, number> {
    const figures = new Map<Figure, number>();
    for (const key of FIGURES) {
      const value: unknown = Reflect.get(answer, key);
      if (typeof value === "number" && Number.isFinite(value)) figures.set(key, value);
      else this.#meter.dropped.measurement(`connection.pool.${key}`, "not_a_number", value);
    }
    return figures;
  }
}

function observePools(meter: Meter, shared: Shared<Members<ConnectionPools>>): void {
  const instruments = new ObservedInstruments(meter);
  const gauge = (name: string, description: string): Observable =>
    instruments.gauge(name, "{connection}", description);
  const gauges: Readonly<Record<Figure, Observable>> = {
    size: gauge("connection.pool.size", "Connections of a pool, those in use included."),
    idle: gauge("connection.pool.idle", "Unused connections of a pool."),
    waiting: gauge("connection.pool.waiting", "Requests that wait for a connection of a pool."),
  };
  instruments.observe((result) => {
    const pools = shared.state.flatMap((member) => member.figures());
    for (const key of FIGURES) {
      const sums = new Map<string, number>();
      for (const { name, figures } of pools) {
        const value = figures.get(key);
        if (value !== undefined) sums.set(name, (sums.get(name) ?? 0) + value);
      }
      for (const [name, sum] of sums) result.observe(gauges[key], sum, { [POOL_NAME]: name });
    }
  });
}
