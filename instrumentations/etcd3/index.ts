import type { Instrumented } from "../shared/instrumented.ts";
import { COORDINATION_OPTIONS, type CoordinationConfig } from "../shared/option-sets.ts";

export const NAMESPACE = "lib/namespace.js";
export const LOCK = "lib/lock.js";
export const ELECTION = "lib/election.js";
const LEASE = "lib/lease.js";

/** `name` names locks and elections; default: ids in their names are `*`. */
export type Etcd3InstrumentationConfig = CoordinationConfig;

/** Files and options of the instrumentation of `etcd3`. */
export const etcd3: Instrumented<Etcd3InstrumentationConfig> = {
  name: "etcd3",
  options: COORDINATION_OPTIONS,
  files: [NAMESPACE, LOCK, ELECTION, LEASE].map((path) => ({
    library: "etcd3",
    path,
    versions: [">=1.1.0 <2"],
  })),
};
