// Pools of clients of the `redis` package, from version 5 on.
import { nowMillis } from "../shared/clock.ts";
import { type ConnectionPoolFigures, ConnectionPools } from "../shared/connection-pools.ts";
import type { DatabaseTarget } from "../shared/database-operations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf } from "../shared/fields.ts";
import { type Callback, isCallback } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import { targetOfClient } from "./durations.ts";

// Only clients have a pool's server, and only its creation has its options.
const targets = new WeakMap<object, DatabaseTarget>();
const limits = new WeakMap<object, Pick<ConnectionPoolFigures, "max" | "idleMin">>();

/** Measures the pools, and the connections that they create. */
export class RedisPools {
  readonly #recording: Recording<unknown>;
  readonly #pools: ConnectionPools;
  // The pool whose method runs.
  #current: object | undefined;

  constructor(recording: Recording<unknown>) {
    this.#recording = recording;
    this.#pools = new ConnectionPools(recording, {
      library: "redis",
      target: (pool) => targets.get(pool),
      figures: figuresOf,
    });
  }

  /** Wraps the methods of the pools' class. */
  measure(exports: unknown): void {
    const prototype = prototypeOf(exports, "RedisClientPool");
    const { constructor } = prototype;
    this.#recording.after(constructor, "create", (_, pool, _options, options) => {
      const [max, idleMin] = [fieldOf(options, "maximum") ?? 100, fieldOf(options, "minimum") ?? 1];
      limits.set(poolOf(pool), { max: Number(max), idleMin: Number(idleMin) });
    });
    this.#recording.wrap(prototype, "connect", (connect) => {
      const during = this.#during.bind(this);
      return function (...args) {
        return during(poolOf(this), () => Reflect.apply(connect, this, args));
      };
    });
    this.#recording.wrap(prototype, "execute", (execute) => {
      const measured = this.#execute.bind(this);
      return function (...args) {
        const [use] = args;
        const call = (own: readonly unknown[]): unknown => Reflect.apply(execute, this, own);
        return isCallback(use) ? measured(poolOf(this), use, (seen) => call(args.with(0, seen))) : call(args);
      };
    });
  }

  /** Wraps the method `connect` of the clients' class, which also clients without a pool have. */
  measureConnections(prototype: object): void {
    this.#recording.wrap(prototype, "connect", (connect) => {
      const current = (): object | undefined => this.#current;
      const [recording, pools] = [this.#recording, this.#pools];
      return function (...args) {
        const pool = current();
        const startMillis = nowMillis();
        const result: unknown = Reflect.apply(connect, this, args);
        if (pool === undefined) return result;
        return recording.observedAside(result, {
          fulfilled: () => {
            learnTarget(pool, this);
            pools.created(pool, this, startMillis);
          },
        });
      };
    });
  }

  // The pool calls `use` with a client, at once or later, and takes the client back when the promise of `use` settles.
  #execute(pool: object, use: Callback, execute: (seen: Callback) => unknown): unknown {
    const { fulfilled, rejected } = this.#pools.request(pool);
    let isObtained = false;
    const obtained = (client: unknown): void => {
      isObtained = true;
      this.#recording.safely(() => learnTarget(pool, client));
      fulfilled(client);
    };
    const during = this.#during.bind(this);
    const [recording, pools] = [this.#recording, this.#pools];
    const result = this.#during(pool, () =>
      execute(function (...given) {
        const [client] = given;
        obtained(client);
        const back = (): void => recording.safely(() => pools.returned(pool, client));
        let used: unknown;
        try {
          used = during(undefined, () => Reflect.apply(use, this, given));
        } catch (error) {
          back();
          throw error;
        }
        if (used instanceof Promise)
          return recording.observedAside(used, { fulfilled: back, rejected: back });
        back();
        return used;
      }),
    );
    if (isObtained) return result;
    return recording.observed(result, {
      rejected: (error) => {
        if (!isObtained) rejected(error);
      },
    });
  }

  #during<Result>(pool: object | undefined, act: () => Result): Result {
    const before = this.#current;
    this.#current = pool;
    try {
      return act();
    } finally {
      this.#current = before;
    }
  }
}

function learnTarget(pool: object, client: unknown): void {
  if (!targets.has(pool)) targets.set(pool, targetOfClient(client));
}

// A pool with its own options for some commands is derived from another pool.
function poolOf(pool: unknown): object {
  return Object(fieldOf(pool, "_self") ?? pool);
}

function figuresOf(pool: object): ConnectionPoolFigures | undefined {
  if (fieldOf(pool, "isOpen") !== true) return undefined;
  return {
    idle: Number(fieldOf(pool, "idleClients")),
    used: Number(fieldOf(pool, "clientsInUse")),
    pending: Number(fieldOf(pool, "tasksQueueLength")),
    max: undefined,
    ...limits.get(pool),
  };
}
