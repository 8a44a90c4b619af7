// Connection pools, by OpenTelemetry's semantic conventions for database clients.
import type { BatchObservableCallback } from "@opentelemetry/api";
import { BoundedNames } from "../../src/recording/bounded-names.ts";
import { boundCounter, type BoundCounter, boundNanos, type BoundRecorder } from "../../src/recording/bind.ts";
import { attached, Itself } from "./attached.ts";
import { nanosSince, nowMillis } from "./clock.ts";
import type { DatabaseTarget } from "./database-operations.ts";
import { fieldOf, isObject, portFrom } from "./fields.ts";
import { counter, histogram, observableUpDownCounter } from "./instruments.ts";
import { LiveObjects } from "./live-objects.ts";
import { type Callback, callbackAt, isCallback, observed, type Outcome } from "./observed.ts";
import { outliving } from "./outliving.ts";
import type { Recording } from "./recording.ts";
import type { Wrap } from "../../src/recording/replace-method.ts";

/** State and limits of one pool at one moment. A limit is `undefined` if the pool has none. */
export interface ConnectionPoolFigures {
  readonly idle: number;
  readonly used: number;
  /** Requests that wait for a connection. */
  readonly pending: number;
  /** Maximum number of connections. */
  readonly max: number | undefined;
  /** Minimum number of connections that stay open while they are idle. */
  readonly idleMin?: number | undefined;
  /** Maximum number of idle connections. */
  readonly idleMax?: number | undefined;
}

/** Reads the pools of one library. */
export interface ConnectionPoolReader {
  /** Name of pools whose database is not known. By default they are not recorded: they may not be of connections. */
  readonly library?: string;
  /** Returns the database of a pool; `undefined` if it is not known yet. */
  target(pool: object): DatabaseTarget | undefined;
  /** Returns the current state of a pool; `undefined` if it has ended. */
  figures(pool: object): ConnectionPoolFigures | undefined;
}

interface PoolTimes {
  readonly created: BoundRecorder;
  readonly waited: BoundRecorder;
  readonly used: BoundRecorder;
  readonly timeouts: BoundCounter;
}

// An application that creates a pool for each tenant has many; one that creates a pool for each request has a defect.
const poolsOf = outliving(() => new LiveObjects(1_000));
const MAX_NAMES = 100;
// A property: V8 adds a private field to a function more slowly.
const SEEN = Symbol("seen");

interface SeenCallback extends Callback {
  [SEEN]?: true;
}

/** A connection that a pool has lent, as noted by one recording. A store of its own, like that of HTTP's connections. */
class Lent extends Itself {
  #by: ConnectionPools | undefined;
  #millis = 0;

  static note(connection: object, by: ConnectionPools, millis: number): void {
    const lent = #by in connection ? connection : new Lent(connection);
    lent.#by = by;
    lent.#millis = millis;
  }

  // Returns since when it is lent, and forgets it; -1 if `by` has not noted it.
  static end(connection: object, by: ConnectionPools): number {
    if (!(#by in connection) || connection.#by !== by) return -1;
    connection.#by = undefined;
    return connection.#millis;
  }
}

/**
 * Records `db.client.connection.*` of the pools of one library. The state of known pools is observed until the application
 * drops them or they have ended. A pool is named by its server's address and port and its database. Pools with the same
 * name are added up. Times are recorded by the first 100 names, and as `_other` beyond.
 */
export class ConnectionPools {
  readonly #recording: Recording<unknown>;
  readonly #reader: ConnectionPoolReader;
  readonly #pools: LiveObjects<object>;
  readonly #names = new WeakMap<object, string>();
  readonly #timedNames = new BoundedNames(MAX_NAMES);
  readonly #times = new Map<string, PoolTimes>();
  readonly #timesOfPools = new WeakMap<object, PoolTimes>();
  readonly #connectingSince = attached<number>();

  constructor(recording: Recording<unknown>, reader: ConnectionPoolReader) {
    this.#recording = recording;
    this.#reader = reader;
    this.#pools = poolsOf(recording);
    this.#observe();
  }

  /** Begins a request for a connection of a pool; one of the returned functions is called at its end. */
  request(pool: object): Required<Outcome> {
    const startMillis = this.#begin(pool);
    return {
      fulfilled: (connection) => this.#ended(pool, startMillis, undefined, connection),
      rejected: (error) => this.#ended(pool, startMillis, error ?? "undefined", undefined),
    };
  }

  /** Wraps the method of a pool that gets a connection, for a callback among its arguments or as a promise. */
  requested(): Wrap {
    const by = (pool: object, callback: Callback): Callback => this.#requestBy(pool, callback);
    const request = (pool: object): Outcome => this.request(pool);
    return (method) =>
      function (...args) {
        const pool = Object(this);
        const position = callbackAt(args);
        const callback = args[position];
        if (isCallback(callback)) return Reflect.apply(method, this, args.with(position, by(pool, callback)));
        const outcome = request(pool);
        return observed(Reflect.apply(method, this, args), outcome);
      };
  }

  // Begins a request that ends when the returned callback is called, with an error or a connection. A callback that this
  // has returned is part of its first request only: libraries pass it on if a connection was lost.
  #requestBy(pool: object, callback: SeenCallback): Callback {
    if (callback[SEEN] === true) return callback;
    const startMillis = this.#begin(pool);
    const ended = this.#ended;
    const seen: SeenCallback = function (...answer) {
      ended(pool, startMillis, answer[0], answer[1]);
      return Reflect.apply(callback, this, answer);
    };
    seen[SEEN] = true;
    return seen;
  }

  #begin(pool: object): number {
    this.#pools.add(pool);
    return nowMillis();
  }

  readonly #ended = (pool: object, startMillis: number, error: unknown, connection: unknown): void => {
    try {
      if (error === undefined || error === null) {
        const now = nowMillis();
        if (isObject(connection)) Lent.note(connection, this, now);
        this.#timesOf(pool)?.waited.record(Math.round((now - startMillis) * 1e6));
      } else if (isTimeout(error)) this.#timesOf(pool)?.timeouts.add(1);
    } catch (failure) {
      this.#recording.failed(failure);
    }
  };

  /** Records that a connection is back in its pool, or closed, if this recording has seen its request. */
  returned(pool: object, connection: unknown): void {
    if (!isObject(connection)) return;
    const sinceMillis = Lent.end(connection, this);
    if (sinceMillis >= 0) this.#timesOf(pool)?.used.record(nanosSince(sinceMillis));
  }

  /** Records a new connection, whose creation began at `startMillis`, or with {@link connecting}. */
  created(pool: object, connection: unknown, startMillis?: number): void {
    const start = startMillis ?? this.#connectingSince.get(Object(connection));
    if (start !== undefined) this.#timesOf(pool)?.created.record(nanosSince(start));
  }

  /** Begins a connection; it may turn out that it is not of a pool. */
  connecting(connection: unknown): void {
    if (isObject(connection)) this.#connectingSince.set(connection, nowMillis());
  }

  #nameOf(pool: object): string | undefined {
    const known = this.#names.get(pool);
    if (known !== undefined) return known;
    const target = this.#reader.target(pool);
    if (target === undefined) return this.#reader.library;
    const name = poolName(target);
    this.#names.set(pool, name);
    return name;
  }

  #timesOf(pool: object): PoolTimes | undefined {
    const known = this.#timesOfPools.get(pool);
    if (known !== undefined) return known;
    const name = this.#nameOf(pool);
    if (name === undefined) return undefined;
    const times = this.#timesBy(this.#timedNames.of(name));
    // Its name may change once its database is known.
    if (this.#names.has(pool)) this.#timesOfPools.set(pool, times);
    return times;
  }

  #timesBy(name: string): PoolTimes {
    const known = this.#times.get(name);
    if (known !== undefined) return known;
    const { meter } = this.#recording;
    const attributes = { "db.client.connection.pool.name": name };
    const times = {
      created: boundNanos(histogram(meter, "db.client.connection.create_time"), attributes),
      waited: boundNanos(histogram(meter, "db.client.connection.wait_time"), attributes),
      used: boundNanos(histogram(meter, "db.client.connection.use_time"), attributes),
      timeouts: boundCounter(counter(meter, "db.client.connection.timeouts"), attributes),
    };
    this.#times.set(name, times);
    return times;
  }

  #observe(): void {
    const { meter } = this.#recording;
    const count = observableUpDownCounter(meter, "db.client.connection.count");
    const byFigure = {
      pending: observableUpDownCounter(meter, "db.client.connection.pending_requests"),
      max: observableUpDownCounter(meter, "db.client.connection.limit"),
      idleMin: observableUpDownCounter(meter, "db.client.connection.idle.min"),
      idleMax: observableUpDownCounter(meter, "db.client.connection.idle.max"),
    };
    const instruments = [count, ...Object.values(byFigure)];
    const callback: BatchObservableCallback = (result) =>
      this.#recording.safely(() => {
        for (const [name, figures] of this.#figuresByName()) {
          const attributes = { "db.client.connection.pool.name": name };
          result.observe(count, figures.idle, { ...attributes, "db.client.connection.state": "idle" });
          result.observe(count, figures.used, { ...attributes, "db.client.connection.state": "used" });
          for (const figure of ["pending", "max", "idleMin", "idleMax"] as const) {
            const value = figures[figure];
            if (value !== undefined) result.observe(byFigure[figure], value, attributes);
          }
        }
      });
    meter.addBatchObservableCallback(callback, instruments);
    this.#recording.onEnd(() => meter.removeBatchObservableCallback(callback, instruments));
  }

  #figuresByName(): ReadonlyMap<string, ConnectionPoolFigures> {
    const byName = new Map<string, ConnectionPoolFigures>();
    for (const pool of this.#pools) {
      const figures = this.#recording.safely(() => this.#reader.figures(pool) ?? this.#pools.delete(pool));
      const name = this.#recording.safely(() => this.#nameOf(pool));
      if (figures === undefined || name === undefined) continue;
      const before = byName.get(name);
      byName.set(name, before === undefined ? figures : sum(before, figures));
    }
    return byName;
  }
}

/** Returns the database that a connection of any client leads to; `undefined` if it has no host. */
export function targetOfConnection(connection: unknown): DatabaseTarget | undefined {
  const [config, options] = [fieldOf(connection, "config"), fieldOf(connection, "options")];
  // `pg`; `mysql2` and `tedious`; `ioredis`; `redis`.
  for (const place of [connection, config, options, fieldOf(options, "socket")]) {
    const address = fieldOf(place, "host") ?? fieldOf(place, "server");
    if (typeof address !== "string") continue;
    const further = place === config ? fieldOf(config, "options") : options;
    const [port, database] = ["port", "database"].map(
      (name) => fieldOf(place, name) ?? fieldOf(further, name),
    );
    const namespace = typeof database === "string" || typeof database === "number" ? String(database) : "";
    return { address, port: portFrom(port, 0), namespace };
  }
  return undefined;
}

function poolName({ address, port, namespace }: DatabaseTarget): string {
  const host = address.includes(":") && port > 0 ? `[${address}]` : address;
  return `${host}${port > 0 ? `:${port}` : ""}${namespace === "" ? "" : `/${namespace}`}`;
}

function sum(one: ConnectionPoolFigures, other: ConnectionPoolFigures): ConnectionPoolFigures {
  return {
    idle: one.idle + other.idle,
    used: one.used + other.used,
    pending: one.pending + other.pending,
    max: sumOfLimits(one.max, other.max),
    idleMin: sumOfLimits(one.idleMin, other.idleMin),
    idleMax: sumOfLimits(one.idleMax, other.idleMax),
  };
}

function sumOfLimits(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}

// The pools' errors have no common code or class.
function isTimeout(error: unknown): boolean {
  const words = ["name", "code", "message"].map((field) => String(fieldOf(error, field)));
  return /time(?:d )?out|ETIMEDOUT/i.test(words.join(" "));
}
