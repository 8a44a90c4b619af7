// Locks: what is behind one is a lease, and a key that only one lease may create.
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { isObject, type Locks, observed, type Recording } from "../shared/index.ts";

const HELD_BY_ANOTHER = "EtcdLockFailedError";
const UNKNOWN = "unknown";

/** Where locks are recorded. */
export interface LockRecording {
  readonly recording: Recording<unknown>;
  readonly locks: Locks;
  /** Of the locks their keys, which they do not tell. */
  readonly keys: WeakMap<object, string>;
}

/** Has the locks of this prototype recorded. */
export function attachToLocks(prototype: object, { recording, locks, keys }: LockRecording): void {
  recording.wrap(
    prototype,
    "acquire",
    (acquire) =>
      function (...args) {
        const sinceMillis = performance.now();
        return observed(Reflect.apply(acquire, this, args), {
          fulfilled: () =>
            recording.safely(() => {
              if (isObject(this)) locks.acquired(this, keys.get(this) ?? UNKNOWN, sinceMillis);
            }),
          rejected: (error) =>
            recording.safely(() => {
              const key = (isObject(this) ? keys.get(this) : undefined) ?? UNKNOWN;
              if (errorTypeOf(error) === HELD_BY_ANOTHER) locks.contended(key);
              locks.failed(key, error);
            }),
        });
      },
  );
  recording.wrap(
    prototype,
    "release",
    (release) =>
      function (...args) {
        return observed(Reflect.apply(release, this, args), {
          fulfilled: () =>
            recording.safely(() => {
              if (isObject(this)) locks.released(this);
            }),
          rejected: () => {},
        });
      },
  );
}
