// State of connection pools, by OpenTelemetry's semantic conventions for database clients.
import type { BatchObservableCallback } from "@opentelemetry/api";
import type { DatabaseTarget } from "./database-operations.ts";
import { observableUpDownCounter } from "./instruments.ts";
import { LiveObjects } from "./live-objects.ts";
import { outliving } from "./outliving.ts";
import type { Recording } from "./recording.ts";

/** State of one pool at one moment. */
export interface ConnectionPoolFigures {
  readonly idle: number;
  readonly used: number;
  /** Requests that wait for a connection. */
  readonly pending: number;
  /** Maximum number of connections; `undefined` if there is no limit. */
  readonly max: number | undefined;
}

/** Target and state of a pool. */
export interface ConnectionPoolReading {
  readonly target: DatabaseTarget;
  readonly figures: ConnectionPoolFigures;
}

// An application that creates a pool for each tenant has many; one that creates a pool for each request has a defect.
const poolsOf = outliving(() => new LiveObjects(1_000));

/**
 * Returns a function that registers a pool. `db.client.connection.count`, `.pending_requests` and `.max` of
 * registered pools are observed until the application drops them, or until `read` returns `undefined`, for an ended
 * pool. A pool is named by its server's address and port and its database. Pools with the same name are added up.
 */
export function connectionPools(
  recording: Recording<unknown>,
  read: (pool: object) => ConnectionPoolReading | undefined,
): (pool: object) => void {
  const { meter } = recording;
  const pools = poolsOf(recording);
  const count = observableUpDownCounter(meter, "db.client.connection.count");
  const pending = observableUpDownCounter(meter, "db.client.connection.pending_requests");
  const max = observableUpDownCounter(meter, "db.client.connection.limit");
  const instruments = [count, pending, max];
  const figuresByName = (): Map<string, ConnectionPoolFigures> => {
    const byName = new Map<string, ConnectionPoolFigures>();
    for (const pool of pools) {
      const reading = recording.safely(() => read(pool) ?? pools.delete(pool));
      if (reading === undefined) continue;
      const { address, port, namespace } = reading.target;
      const name = `${address}${port > 0 ? `:${port}` : ""}/${namespace}`;
      const before = byName.get(name);
      byName.set(name, before === undefined ? reading.figures : sum(before, reading.figures));
    }
    return byName;
  };
  const callback: BatchObservableCallback = (result) =>
    recording.safely(() => {
      for (const [name, figures] of figuresByName()) {
        const attributes = { "db.client.connection.pool.name": name };
        result.observe(count, figures.idle, { ...attributes, "db.client.connection.state": "idle" });
        result.observe(count, figures.used, { ...attributes, "db.client.connection.state": "used" });
        result.observe(pending, figures.pending, attributes);
        if (figures.max !== undefined) result.observe(max, figures.max, attributes);
      }
    });
  meter.addBatchObservableCallback(callback, instruments);
  recording.onEnd(() => meter.removeBatchObservableCallback(callback, instruments));
  return (pool) => pools.add(pool);
}

function sum(one: ConnectionPoolFigures, other: ConnectionPoolFigures): ConnectionPoolFigures {
  return {
    idle: one.idle + other.idle,
    used: one.used + other.used,
    pending: one.pending + other.pending,
    max: one.max === undefined || other.max === undefined ? undefined : one.max + other.max,
  };
}
