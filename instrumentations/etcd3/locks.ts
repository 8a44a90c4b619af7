// Locks and leases: a lock is a lease, and a key that only one lease may create.
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { isObject, type Locks, type Recording } from "../shared/index.ts";

const HELD_BY_ANOTHER = "EtcdLockFailedError";
const UNKNOWN = "unknown";
// The type of the messages that keep a lease alive.
const KEEP_ALIVE = "lease.keepalive";

/** Where locks are recorded. */
export interface LockRecording {
  readonly recording: Recording<unknown>;
  readonly locks: Locks;
  /** The keys of the locks, which these do not have. */
  readonly keys: WeakMap<object, string>;
}

/** Records the locks of this prototype. */
export function attachToLocks(prototype: object, { recording, locks, keys }: LockRecording): void {
  recording.wrap(prototype, "acquire", (acquire) => {
    return function (...args) {
      const sinceMillis = performance.now();
      const key = (isObject(this) ? keys.get(this) : undefined) ?? UNKNOWN;
      return recording.observed(Reflect.apply(acquire, this, args), {
        fulfilled: () => {
          if (isObject(this)) locks.acquired(this, key, sinceMillis);
        },
        rejected: (error) => {
          if (errorTypeOf(error) === HELD_BY_ANOTHER) locks.contended(key);
          locks.failed(key, error);
        },
      });
    };
  });
  recording.wrap(prototype, "release", (release) => {
    return function (...args) {
      return recording.observed(Reflect.apply(release, this, args), {
        fulfilled: () => {
          if (isObject(this)) locks.released(this);
        },
      });
    };
  });
}

/** Records the leases of this prototype, by what they emit. */
export function attachToLeases(
  prototype: object,
  { recording, locks }: Pick<LockRecording, "recording" | "locks">,
): void {
  const firedMillis = new WeakMap<object, number>();
  const lost = new WeakSet<object>();
  recording.before(prototype, "emit", (lease, [event]) => {
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
