// Locks, elections and leases of the `etcd3` package.
import {
  type Attach,
  isObject,
  LibraryInstrumentation,
  Locks,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { EtcdElections } from "./elections.ts";
import { attachToLeases, attachToLocks } from "./locks.ts";
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
      recording.after(prototypeOf(exports, "Namespace"), "lock", (_, [key], lock) => {
        if (isObject(lock)) keys.set(lock, String(key));
      });
    } else if (path === LOCK) attachToLocks(prototypeOf(exports, "Lock"), { recording, locks, keys });
    else if (path === ELECTION) elections.attachTo(exports);
    else attachToLeases(prototypeOf(exports, "Lease"), { recording, locks });
  };
}
