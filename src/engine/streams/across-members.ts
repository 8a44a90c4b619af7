/** Policies of gauges in a group of threads and processes: one value from those of all members. */
import type { AcrossMembers } from "../../options/group.ts";

export type { AcrossMembers };

/**
 * Policies of the gauges that this package creates, by name. A name that ends with a dot is the beginning of names. The
 * comment above each group is its reason.
 */
export const OWN_POLICIES: ReadonlyMap<string, AcrossMembers> = new Map<string, AcrossMembers>([
  // The slowest event loop is the one that users notice. A percentile of all cannot be calculated from percentiles.
  ["nodejs.eventloop.delay.min", "min"],
  ["nodejs.eventloop.delay.max", "max"],
  ["nodejs.eventloop.delay.mean", "max"],
  ["nodejs.eventloop.delay.stddev", "max"],
  ["nodejs.eventloop.delay.p50", "max"],
  ["nodejs.eventloop.delay.p90", "max"],
  ["nodejs.eventloop.delay.p99", "max"],
  ["nodejs.eventloop.utilization", "max"],
  ["v8js.resource.active", "sum"],
  ["nodejs.active_resources", "sum"],
  // There is one machine, and one container.
  ["system.", "last"],
  ["hw.", "last"],
  ["container.", "last"],
  // Shares of the same CPUs and of the same memory add up. The oldest process is as old as the application.
  ["process.cpu.utilization", "sum"],
  ["process.memory.utilization", "sum"],
  ["process.uptime", "max"],
  // One process evaluates the rules and watches the series.
  ["alerts.active", "last"],
  ["anomaly.", "last"],
  // Health is that of the worst member: 0 unknown, 1 healthy, 2 degraded, 3 unhealthy.
  ["health.status", "max"],
  ["health.component.status", "max"],
  ["health.check.interval", "max"],
  // Members may know the same nodes, and one leader is enough.
  ["coordination.active_nodes", "max"],
  ["coordination.is_leader", "max"],
  // Each member has queues, pools, connections and children of its own.
  ["message.queue.size", "sum"],
  ["message.connections", "sum"],
  ["connection.pool.size", "sum"],
  ["connection.pool.idle", "sum"],
  ["connection.pool.waiting", "sum"],
  ["commands.running", "sum"],
  ["kernel.pool.queue.size", "sum"],
  ["kernel.pool.workers", "sum"],
  ["kernel.pool.utilization", "max"],
  // Each process has a runtime of Temporal.
  ["temporal_num_pollers", "sum"],
  ["temporal_sticky_cache_size", "sum"],
  ["temporal_worker_task_slots_available", "sum"],
  ["temporal_worker_task_slots_used", "sum"],
  // All members read the same queue in Redis.
  ["bullmq.queue.jobs", "last"],
  // Kernels of one name in several members are added up; shares and times are those of the most extreme.
  ["kernel.queue.size", "sum"],
  ["kernel.memory.usage", "sum"],
  ["kernel.throughput", "sum"],
  ["kernel.error_rate", "max"],
  ["kernel.utilization", "max"],
  ["kernel.uptime", "max"],
  ["kernel.start.time", "min"],
  ["kernel.last_message.time", "max"],
  ["message.last_processed.time", "max"],
  // The latest by definition.
  ["kernel.state", "last"],
  ["network.throughput", "last"],
  // Monitors wait for the rarest checks.
  ["network.check.interval", "max"],
  // Readers exist in one member only; during a takeover its successor is right.
  ["telemetry.collection.duration", "last"],
  ["telemetry.metrics.count", "last"],
  ["telemetry.outbox.size", "last"],
  ["telemetry.outbox.age", "last"],
  ["telemetry.group.", "last"],
]);

/**
 * Returns the policy of a gauge: of its view, else the one that this package has for its own gauges, else `fallback`.
 *
 * @param name of the instrument, not of a stream that a view has renamed
 */
export function policyOf(
  name: string,
  configured: AcrossMembers | undefined,
  fallback: AcrossMembers,
): AcrossMembers {
  return configured ?? ownPolicyOf(name) ?? fallback;
}

function ownPolicyOf(name: string): AcrossMembers | undefined {
  const policy = OWN_POLICIES.get(name);
  if (policy !== undefined) return policy;
  for (const [known, ofPrefix] of OWN_POLICIES) {
    if (known.endsWith(".") && name.startsWith(known)) return ofPrefix;
  }
  return undefined;
}
