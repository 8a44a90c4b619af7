import type { Instrumented } from "../shared/instrumented.ts";
import { LOCKS_OPTIONS, type LocksConfig } from "../shared/options.ts";

export const NAMESPACE = "lib/namespace.js";
export const LOCK = "lib/lock.js";
export const ELECTION = "lib/election.js";
const LEASE = "lib/lease.js";

/**
 * The instrumentation of `etcd3`. `name` names locks and elections; default: the given name with ids replaced by `*`.
 */
export const etcd3: Instrumented<LocksConfig> = {
  name: "etcd3",
  options: LOCKS_OPTIONS,
  files: [NAMESPACE, LOCK, ELECTION, LEASE].map((path) => ({
    library: "etcd3",
    path,
    versions: [">=1.1.0 <2"],
  })),
};
