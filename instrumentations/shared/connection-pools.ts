// Figures of connection pools, by OpenTelemetry's semantic conventions for database clients.
import type { Attributes, BatchObservableCallback } from "@opentelemetry/api";
import type { DatabaseTarget } from "./database-operations.ts";
import type { Recording } from "./recording.ts";

/** Figures of one pool at one moment. */
export interface ConnectionPoolFigures {
  readonly idle: number;
  readonly used: number;
  /** Requests that wait for a connection. */
  readonly pending: number;
  /** The most connections that there may be; `undefined` without a limit. */
  readonly max: number | undefined;
}

/** A pool's name and figures, read from the library's pool. */
export interface ReadPool {
  (pool: object): { readonly target: DatabaseTarget; readonly figures: ConnectionPoolFigures };
}

// An application that makes a pool for each tenant has many; one that makes one for each request has a fault.
const MAX_POOLS = 1_000;

/**
 * Observes `db.client.connection.count`, `.pending_requests` and `.max` of the pools that are passed to {@link watch}.
 * A pool's name is its server's address and port, and its database. Pools of one name are added up.
 */
export class ConnectionPools {
  readonly #recording: Recording<unknown>;
  readonly #read: ReadPool;
  readonly #known = new WeakSet<object>();
  readonly #pools = new Set<WeakRef<object>>();

  constructor(recording: Recording<unknown>, read: ReadPool) {
    this.#recording = recording;
    this.#read = read;
    const { meter } = recording;
    const count = meter.createObservableUpDownCounter("db.client.connection.count", {
      unit: "{connection}",
      description: "Connections of a pool, by state.",
    });
    const pending = meter.createObservableUpDownCounter("db.client.connection.pending_requests", {
      unit: "{request}",
      description: "Requests that wait for a connection of a pool.",
    });
    const max = meter.createObservableUpDownCounter("db.client.connection.max", {
      unit: "{connection}",
      description: "Maximum number of connections of a pool.",
    });
    const instruments = [count, pending, max];
    const callback: BatchObservableCallback = (result) =>
      recording.safely(() => {
        for (const [name, figures] of this.#figuresByName()) {
          const attributes: Attributes = { "db.client.connection.pool.name": name };
          result.observe(count, figures.idle, { ...attributes, "db.client.connection.state": "idle" });
          result.observe(count, figures.used, { ...attributes, "db.client.connection.state": "used" });
          result.observe(pending, figures.pending, attributes);
          if (figures.max !== undefined) result.observe(max, figures.max, attributes);
        }
      });
    meter.addBatchObservableCallback(callback, instruments);
    recording.onEnd(() => meter.removeBatchObservableCallback(callback, instruments));
  }

  /** Observes a pool from now on, until the application drops it. */
  watch(pool: object): void {
    if (this.#known.has(pool)) return;
    this.#known.add(pool);
    if (this.#pools.size >= MAX_POOLS) this.#forgetDropped();
    if (this.#pools.size < MAX_POOLS) this.#pools.add(new WeakRef(pool));
  }

  #figuresByName(): Map<string, ConnectionPoolFigures> {
    const byName = new Map<string, ConnectionPoolFigures>();
    this.#forgetDropped();
    for (const reference of this.#pools) {
      const pool = reference.deref();
      const read = pool && this.#recording.safely(() => this.#read(pool));
      if (read === undefined) continue;
      const { address, port, namespace } = read.target;
      const name = `${address}:${port}/${namespace}`;
      const before = byName.get(name);
      byName.set(name, before === undefined ? read.figures : sum(before, read.figures));
    }
    return byName;
  }

  #forgetDropped(): void {
    for (const reference of this.#pools) if (reference.deref() === undefined) this.#pools.delete(reference);
  }
}

function sum(one: ConnectionPoolFigures, other: ConnectionPoolFigures): ConnectionPoolFigures {
  return {
    idle: one.idle + other.idle,
    used: one.used + other.used,
    pending: one.pending + other.pending,
    max: one.max === undefined || other.max === undefined ? undefined : one.max + other.max,
  };
}
