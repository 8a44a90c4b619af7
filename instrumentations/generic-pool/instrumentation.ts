import { nowMillis } from "../shared/clock.ts";
import {
  type ConnectionPoolFigures,
  ConnectionPools,
  targetOfConnection,
} from "../shared/connection-pools.ts";
import type { DatabaseTarget } from "../shared/database-operations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { Recording } from "../shared/recording.ts";

// Shared by all recordings: a pool may hold its connections for a long time.
const targets = new WeakMap<object, DatabaseTarget>();

/**
 * Records the pools of the `generic-pool` package whose resources are connections: they have a host. A resource may be
 * anything else, such as a browser.
 */
export function begin(recording: Recording<unknown>): Attach {
  const pools = new ConnectionPools(recording, { target: (pool) => targets.get(pool), figures: figuresOf });
  const created = (pool: object, connection: unknown, startMillis: number): void => {
    const target = targets.get(pool) ?? targetOfConnection(connection);
    if (target !== undefined) targets.set(pool, target);
    pools.created(pool, connection, startMillis);
  };
  return (exports) => {
    const prototype = prototypeOf(exports);
    recording.outcome(prototype, "acquire", (pool) => pools.request(Object(pool)));
    for (const name of ["release", "destroy"]) {
      recording.before(prototype, name, (pool, connection) => pools.returned(Object(pool), connection));
    }
    recording.wrap(prototype, "_createResource", (create) => {
      return function (...args) {
        const factory = fieldOf(this, "_factory");
        if (!isObject(this) || !isObject(factory)) return Reflect.apply(create, this, args);
        const startMillis = nowMillis();
        const fulfilled = (connection: unknown): void => created(this, connection, startMillis);
        const seen = (): unknown =>
          recording.observedAside(Reflect.apply(Reflect.get(factory, "create"), factory, []), { fulfilled });
        // The application's object is not changed.
        Reflect.set(this, "_factory", Object.create(factory, { create: { value: seen } }));
        try {
          return Reflect.apply(create, this, args);
        } finally {
          Reflect.set(this, "_factory", factory);
        }
      };
    });
  };
}

function figuresOf(pool: object): ConnectionPoolFigures | undefined {
  const figure = (name: string): number => Number(fieldOf(pool, name));
  const [size, used] = [figure("size"), figure("borrowed")];
  if (fieldOf(pool, "_draining") === true && size === 0) return undefined;
  // A pool that was cleared still has its former connections in its list.
  const idle = Math.min(figure("available"), size - used);
  return { idle, used, pending: figure("pending"), max: figure("max"), idleMin: figure("min") };
}
