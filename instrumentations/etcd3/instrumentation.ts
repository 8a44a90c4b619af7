// Locks, elections and leases of the `etcd3` package.
import { type Attach, LibraryInstrumentation, Locks, prototypeOf, type Recording } from "../shared/index.ts";
import { EtcdElections } from "./elections.ts";
import { attachToLeases } from "./leases.ts";
import { attachToLocks } from "./locks.ts";
import { ELECTION, etcd3, type Etcd3InstrumentationConfig, LOCK, NAMESPACE } from "./index.ts";

/**
 * Records who leads, how long locks are waited for and held, and which leases are lost.
 *
 * @example
 * new Etcd3Instrumentation({ coordination });
 */
export class Etcd3Instrumentation extends LibraryInstrumentation<Etcd3InstrumentationConfig> {
  constructor(config: Etcd3InstrumentationConfig = {}) {
    super(etcd3, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<Etcd3InstrumentationConfig>): Attach {
  const locks = new Locks(recording);
  const elections = new EtcdElections(recording, locks);
  const keys = new WeakMap<object, string>();
  return (exports, { path }) => {
    if (path === NAMESPACE) {
      recording.wrap(
        prototypeOf(exports, "Namespace"),
        "lock",
        (lock) =>
          function (...args) {
            const made = Reflect.apply(lock, this, args);
            if (typeof made === "object" && made !== null) keys.set(made, String(args[0]));
            return made;
          },
      );
    } else if (path === LOCK) attachToLocks(prototypeOf(exports, "Lock"), { recording, locks, keys });
    else if (path === ELECTION) elections.attachTo(exports);
    else attachToLeases(prototypeOf(exports, "Lease"), { recording, locks });
  };
}
