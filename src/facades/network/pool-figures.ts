/** Figures of a connection pool, for `Network.watchPool`. */
export interface PoolFigures {
  /** Number of connections, including those in use. */
  readonly size: number;
  /** Number of unused connections. */
  readonly idle: number;
  /** Number of requests that wait for a connection. */
  readonly waiting: number;
}

/**
 * Reads a pool of `pg`.
 *
 * @example
 * network.watchPool("orders", pgPool(new pg.Pool()));
 */
export function pgPool(pool: {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}): () => PoolFigures {
  return () => ({ size: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount });
}

/**
 * Reads a pool of `mysql2`, with callbacks or promises, from its private fields. If a future version lacks them, the
 * pool is not exported, and this is logged.
 *
 * @example
 * network.watchPool("orders", mysqlPool(mysql.createPool({ host: "127.0.0.1" })));
 */
export function mysqlPool(pool: object): () => PoolFigures {
  const inner: unknown = Reflect.get(pool, "pool");
  const core = typeof inner === "object" && inner !== null ? inner : pool;
  return () => ({
    size: lengthOf(core, "_allConnections"),
    idle: lengthOf(core, "_freeConnections"),
    waiting: lengthOf(core, "_connectionQueue"),
  });
}

/**
 * Reads a `Pool` or `Client` of `undici`, whose connections may pipeline requests.
 *
 * @example
 * network.watchPool("search", undiciPool(new Pool("http://search:9200", { connections: 10 })));
 */
export function undiciPool(pool: {
  readonly stats: {
    readonly connected: number | boolean;
    readonly free?: number;
    readonly queued?: number;
    readonly running: number;
    readonly pending: number;
  };
}): () => PoolFigures {
  return () => {
    const { connected, free, queued, running, pending } = pool.stats;
    const size = Number(connected);
    return { size, idle: free ?? Math.max(0, size - Math.min(size, running)), waiting: queued ?? pending };
  };
}

/**
 * Reads an agent of `node:http` or `node:https`; all hosts are added up.
 *
 * @example
 * network.watchPool("outgoing", httpAgent(http.globalAgent));
 */
export function httpAgent(agent: {
  readonly sockets: NodeJS.ReadOnlyDict<readonly unknown[]>;
  readonly freeSockets: NodeJS.ReadOnlyDict<readonly unknown[]>;
  readonly requests: NodeJS.ReadOnlyDict<readonly unknown[]>;
}): () => PoolFigures {
  return () => {
    const idle = total(agent.freeSockets);
    return { size: total(agent.sockets) + idle, idle, waiting: total(agent.requests) };
  };
}

function total(byHost: NodeJS.ReadOnlyDict<readonly unknown[]>): number {
  return Object.values(byHost).reduce((sum, list) => sum + (list?.length ?? 0), 0);
}

function lengthOf(pool: object, key: string): number {
  const length: unknown = Reflect.get(Object(Reflect.get(pool, key)), "length");
  return typeof length === "number" ? length : Number.NaN;
}
