import { errorTypeOf } from "../../src/recording/error-type.ts";
import { prototypeOf } from "../shared/exports.ts";
import { isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { Locks } from "../shared/locks.ts";
import type { Outcome } from "../shared/observed.ts";
import type { LocksConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { electionWatch } from "./elections.ts";
import { ELECTION, LOCK, NAMESPACE } from "./index.ts";

const HELD_BY_ANOTHER = "EtcdLockFailedError";
const UNKNOWN = "unknown";
// Message type of a lease's keep-alive.
const KEEP_ALIVE = "lease.keepalive";

/** Records leaders, the wait and hold times of locks of the `etcd3` package, and lost leases. */
export function begin(recording: Recording<LocksConfig>): Attach {
  const locks = new Locks(recording);
  const watchElections = electionWatch(recording, locks);
  // Keys of the locks, which the lock objects do not expose.
  const keys = new WeakMap<object, string>();
  return (exports, { path }) => {
    if (path === NAMESPACE) {
      recording.after(prototypeOf(exports, "Namespace"), "lock", (_, lock, key) => {
        if (isObject(lock)) keys.set(lock, String(key));
      });
    } else if (path === LOCK) watchLocks(recording, locks, keys, prototypeOf(exports, "Lock"));
    else if (path === ELECTION) watchElections(exports);
    else watchLeases(recording, locks, prototypeOf(exports, "Lease"));
  };
}

// A lock consists of a lease and a key that only one lease may create.
function watchLocks(
  recording: Recording<unknown>,
  locks: Locks,
  keys: WeakMap<object, string>,
  prototype: object,
): void {
  const acquiring = (lock: object): Outcome => {
    const sinceMillis = performance.now();
    const key = keys.get(lock) ?? UNKNOWN;
    return {
      fulfilled: () => locks.acquired(lock, key, sinceMillis),
      rejected: (error) => {
        if (errorTypeOf(error) === HELD_BY_ANOTHER) locks.contended(key);
        locks.failed(key, error);
      },
    };
  };
  recording.outcome(prototype, "acquire", (lock) => (isObject(lock) ? acquiring(lock) : {}));
  recording.outcome(prototype, "release", (lock) => ({
    fulfilled: () => isObject(lock) && locks.released(lock),
  }));
}

// Records leases by the events that they emit.
function watchLeases(recording: Recording<unknown>, locks: Locks, prototype: object): void {
  const firedMillis = new WeakMap<object, number>();
  const lost = new WeakSet<object>();
  recording.before(prototype, "emit", (lease, event) => {
    if (!isObject(lease)) return;
    if (event === "keepaliveFired") firedMillis.set(lease, performance.now());
    else if (event === "keepaliveSucceeded") {
      const fired = firedMillis.get(lease);
      firedMillis.delete(lease);
      const latency = fired === undefined ? undefined : (performance.now() - fired) / 1_000;
      locks.coordination.message(KEEP_ALIVE, { latency });
    } else if (event === "lost" && !lost.has(lease)) {
      lost.add(lease);
      locks.lostLease();
    }
  });
}
