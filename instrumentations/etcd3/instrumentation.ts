// Locks, elections and leases of the `etcd3` package.
import {
  type Attach,
  COORDINATION_OPTIONS,
  type CoordinationConfig,
  type InstrumentedFile,
  LibraryInstrumentation,
  Locks,
  type OptionChecks,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { EtcdElections } from "./elections.ts";
import { attachToLeases } from "./leases.ts";
import { attachToLocks } from "./locks.ts";

/** `name` names locks and elections; default: ids in their names are `*`. */
export type Etcd3InstrumentationConfig = CoordinationConfig;

const NAMESPACE = "lib/namespace.js";
const LOCK = "lib/lock.js";
const ELECTION = "lib/election.js";
const LEASE = "lib/lease.js";

/**
 * Records who leads, how long locks are waited for and held, and which leases are lost.
 *
 * @example
 * new Etcd3Instrumentation({ coordination });
 */
export class Etcd3Instrumentation extends LibraryInstrumentation<Etcd3InstrumentationConfig> {
  static readonly options: OptionChecks<Etcd3InstrumentationConfig> = COORDINATION_OPTIONS;

  constructor(config: Etcd3InstrumentationConfig = {}) {
    super("etcd3", config, Etcd3Instrumentation.options);
  }

  protected override files(): readonly InstrumentedFile[] {
    return [NAMESPACE, LOCK, ELECTION, LEASE].map((path) => ({
      library: "etcd3",
      path,
      versions: [">=1.1.0 <2"],
    }));
  }

  protected override begin(recording: Recording<Etcd3InstrumentationConfig>): Attach {
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
}
