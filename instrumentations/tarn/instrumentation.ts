import { nowMillis } from "../shared/clock.ts";
import {
  type ConnectionPoolFigures,
  ConnectionPools,
  targetOfConnection,
} from "../shared/connection-pools.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, listIn } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { LiveValues } from "../shared/live-values.ts";
import type { Outcome } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";

/** Records the pools of the `tarn` package, from the events that they have from their first request on. */
export function begin(recording: Recording<unknown>): Attach {
  const pools = new ConnectionPools(recording, {
    library: "tarn",
    target: (pool) => {
      const [first] = [...listIn(pool, "free"), ...listIn(pool, "used")];
      return targetOfConnection(fieldOf(first, "resource"));
    },
    figures: figuresOf,
  });
  const listening = new LiveValues<object, () => void>();
  recording.onEnd(() => {
    for (const [, stop] of listening.take()) stop();
  });
  return (exports) =>
    recording.before(prototypeOf(exports, "Pool"), "acquire", (pool) => {
      if (hasMethods(pool, "on", "removeListener") && !listening.has(pool)) {
        listening.set(pool, listen(recording, pools, pool));
      }
    });
}

interface Emitter {
  on(event: string, listener: Listener): unknown;
  removeListener(event: string, listener: Listener): unknown;
}

type Listener = (first: unknown, second: unknown) => void;

// Each request and each creation has a number. Listeners are called with it, or with a connection alone.
function listen(recording: Recording<unknown>, pools: ConnectionPools, pool: Emitter): () => void {
  const requests = new Map<unknown, Required<Outcome>>();
  const creations = new Map<unknown, number>();
  const listeners: Readonly<Record<string, Listener>> = {
    acquireRequest: (number) => requests.set(number, pools.request(pool)),
    acquireSuccess: (number, connection) => {
      requests.get(number)?.fulfilled(connection);
      requests.delete(number);
    },
    acquireFail: (number, error) => {
      requests.get(number)?.rejected(error);
      requests.delete(number);
    },
    release: (connection) => pools.returned(pool, connection),
    createRequest: (number) => creations.set(number, nowMillis()),
    createSuccess: (number, connection) => {
      pools.created(pool, connection, creations.get(number));
      creations.delete(number);
    },
    createFail: (number) => creations.delete(number),
  };
  const safe = Object.entries(listeners).map(([event, see]): readonly [string, Listener] => [
    event,
    (first, second) => recording.safely(() => see(first, second)),
  ]);
  for (const [event, listener] of safe) pool.on(event, listener);
  return () => {
    for (const [event, listener] of safe) pool.removeListener(event, listener);
  };
}

function figuresOf(pool: object): ConnectionPoolFigures | undefined {
  if (fieldOf(pool, "destroyed") === true) return undefined;
  return {
    idle: listIn(pool, "free").length,
    used: listIn(pool, "used").length,
    pending: listIn(pool, "pendingAcquires").length,
    max: Number(fieldOf(pool, "max")),
    idleMin: Number(fieldOf(pool, "min")),
  };
}
