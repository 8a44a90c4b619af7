// Figures of connection pools, by OpenTelemetry's semantic conventions for database clients.
import type { BatchObservableCallback } from "@opentelemetry/api";
import type { DatabaseTarget } from "./database-operations.ts";
import { observableUpDownCounter } from "./instruments.ts";
import { LiveObjects } from "./live-objects.ts";
import type { Recording } from "./recording.ts";

/** Figures of one pool at one moment. */
export interface ConnectionPoolFigures {
  readonly idle: number;
  readonly used: number;
  /** Requests that wait for a connection. */
  readonly pending: number;
  /** Maximum number of connections; `undefined` without a limit. */
  readonly max: number | undefined;
}

/** A pool's target and figures. */
export interface ConnectionPoolReading {
  readonly target: DatabaseTarget;
  readonly figures: ConnectionPoolFigures;
}

// An application that makes a pool for each tenant has many; one that makes one for each request has a fault.
const MAX_POOLS = 1_000;

/**
 * Observes `db.client.connection.count`, `.pending_requests` and `.max` of the pools that are passed to {@link watch}.
 * A pool's name is its server's address and port, and its database. Pools of one name are added up.
 */
export class ConnectionPools {
  readonly #recording: Recording<unknown>;
  readonly #read: (pool: object) => ConnectionPoolReading;
  readonly #pools = new LiveObjects(MAX_POOLS);

  constructor(recording: Recording<unknown>, read: (pool: object) => ConnectionPoolReading) {
    this.#recording = recording;
    this.#read = read;
    const { meter } = recording;
    const count = observableUpDownCounter(meter, "db.client.connection.count");
    const pending = observableUpDownCounter(meter, "db.client.connection.pending_requests");
    const max = observableUpDownCounter(meter, "db.client.connection.max");
    const instruments = [count, pending, max];
    const callback: BatchObservableCallback = (result) =>
      recording.safely(() => {
        for (const [name, figures] of this.#figuresByName()) {
          const attributes = { "db.client.connection.pool.name": name };
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
    this.#pools.add(pool);
  }

  #figuresByName(): Map<string, ConnectionPoolFigures> {
    const byName = new Map<string, ConnectionPoolFigures>();
    for (const pool of this.#pools) {
      const read = this.#recording.safely(() => this.#read(pool));
      if (read === undefined) continue;
      const { address, port, namespace } = read.target;
      const name = `${address}:${port}/${namespace}`;
      const before = byName.get(name);
      byName.set(name, before === undefined ? read.figures : sum(before, read.figures));
    }
    return byName;
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
