import { count, multiple, range, seconds, share } from "./kinds.ts";
import { fromFirstEvent, fromStart, type Monitor, monitor } from "./monitor.ts";
import { increased, percentileAbove } from "./ratios.ts";

const LOCK = "{{ $labels.coordination_lock_name }}";
const ACTIVE = "max by (job, instance) (coordination_active_nodes)";
const ELECTION = "{{ $labels.coordination_election_name }}";

/** Monitors of nodes, leaders and locks. */
export const COORDINATION: readonly Monitor[] = [
  monitor("nodesLost", "warning", {
    needs: fromStart("coordination_active_nodes"),
    fires:
      "fewer than `threshold` of the nodes that were active within `window` are active, since others crashed or sent no heartbeat any more. Nodes that left do not count",
    for: "2m",
    parameters: { threshold: share(0.75), window: range("30m") },
    // Lost nodes may have joined again.
    expr: ({ threshold, window }) => `${ACTIVE}
  / (${ACTIVE} + sum by (job, instance) ${increased("coordination_nodes_lost_total", window)})
  < ${threshold}
  and ${ACTIVE} / max by (job, instance) (max_over_time(coordination_active_nodes[${window}])) < ${threshold}
  and ${ACTIVE} > 0`,
    summary: "Nodes are lost",
    description: `Only {{ $value | humanizePercentage }} of the nodes of the last {window} are active. The others carry their work. Look whether the missing ones run, and whether they reach the network.`,
  }),
  monitor("noActiveNodes", "critical", {
    needs: fromStart("coordination_active_nodes"),
    fires: "no node is active, and one was within `window`",
    for: "1m",
    parameters: { window: range("1h") },
    // A process without coordination never has active nodes, and does not fire.
    expr: ({ window }) => `max by (job, instance) (coordination_active_nodes) == 0
  and max by (job, instance) (max_over_time(coordination_active_nodes[${window}])) > 0`,
    summary: "No node is active any more",
    description: `There was no join and no heartbeat lately, and there were within {window}. No work is done. Look at the nodes' logs and at the network between them.`,
  }),
  monitor("leaderFlapping", "warning", {
    needs: fromFirstEvent("coordination_leader_changes_total"),
    fires: "the leader has changed more than `threshold` times in `window`",
    for: "1m",
    keepFiringFor: "5m",
    parameters: { threshold: count(3), window: range("10m") },
    expr: ({ threshold, window }) =>
      `sum by (job, instance) ${increased("coordination_leader_changes_total", window)} > ${threshold}`,
    summary: "The leader changes too often",
    description: `The leader has changed {{ $value | humanize }} times in {window}, and its work stops each time. Look for lost heartbeats, long pauses and a full event loop.`,
  }),
  monitor("noLeader", "critical", {
    needs: fromFirstEvent("coordination_is_leader"),
    fires: "all known candidates of an election have lost it",
    for: "2m",
    // One process alone knows only its own candidate.
    parameters: {},
    expr: `max by (job, coordination_election_name) (coordination_is_leader) == 0
  and count by (job, coordination_election_name) (coordination_is_leader) > 1`,
    summary: `Election ${ELECTION} has no leader`,
    description: `No candidate of ${ELECTION} is elected, and its work is not done. Look whether etcd can be reached and has a quorum.`,
  }),
  monitor("severalLeaders", "critical", {
    needs: fromFirstEvent("coordination_is_leader"),
    fires:
      "an election has several leaders. Values of processes that were not measured within `window` do not count. Values at longer intervals count for up to 4 windows, if there are several leaders for as long",
    for: "2m",
    parameters: { window: range("90s") },
    // The last value of a leader that crashed is used for five minutes if its metrics were pushed.
    expr: ({ window }) => `${leaders(window)} > 1
  or min_over_time(${leaders(multiple(window, 4))}[${multiple(window, 4)}:${window}]) > 1`,
    summary: `Election ${ELECTION} has several leaders`,
    description: `{{ $value | humanize }} processes believe that they lead ${ELECTION}, and do its work at the same time. Restart all but one, and look for paused processes whose lease expired.`,
  }),
  monitor("leasesLost", "warning", {
    needs: fromFirstEvent("coordination_leases_lost_total"),
    fires: "at least `threshold` leases were lost in `window`",
    parameters: { threshold: count(2), window: range("10m") },
    expr: ({ threshold, window }) =>
      `sum by (job, instance) ${increased("coordination_leases_lost_total", window)} >= ${threshold}`,
    summary: "Leases are lost",
    description: `{{ $value | humanize }} leases were lost in {window}, with their locks and elections. Look for a blocked event loop, and for a slow connection to the lock's server.`,
  }),
  monitor("lockWaitLong", "warning", {
    needs: fromFirstEvent("coordination_lock_wait_duration_seconds_count"),
    fires:
      "the 95th percentile of the wait for a lock is above `threshold`, with at least `events` waits in `window`",
    for: "5m",
    parameters: { threshold: seconds(5), window: range("10m"), events: count(5) },
    expr: (values) =>
      percentileAbove({
        ...values,
        histogram: "coordination_lock_wait_duration_seconds",
        by: "coordination_lock_name",
        quantile: 0.95,
      }),
    summary: `Lock ${LOCK} is contended`,
    description: `One in twenty waits for ${LOCK} takes {{ $value | humanizeDuration }} or longer. Hold it for a shorter time, or split it.`,
  }),
  monitor("lockHeldLong", "warning", {
    needs: fromFirstEvent("coordination_lock_hold_duration_seconds_count"),
    fires:
      "the 95th percentile of the time that a lock is held is above `threshold`, with at least `events` in `window`",
    for: "5m",
    parameters: { threshold: seconds(7.5), window: range("10m"), events: count(5) },
    expr: (values) =>
      percentileAbove({
        ...values,
        histogram: "coordination_lock_hold_duration_seconds",
        by: "coordination_lock_name",
        quantile: 0.95,
      }),
    summary: `Lock ${LOCK} is held for long`,
    description: `One in twenty holders of ${LOCK} keeps it for {{ $value | humanizeDuration }} or longer. Others wait, and the lease may expire meanwhile. Do less while holding it.`,
  }),
  monitor("coordinationSlow", "warning", {
    needs: fromFirstEvent("coordination_message_latency_seconds_count"),
    fires:
      "the 95th percentile of the latency of messages is above `threshold`, with at least `events` in `window`",
    for: "5m",
    parameters: { threshold: seconds(1), window: range("5m"), events: count(10) },
    expr: (values) =>
      percentileAbove({
        ...values,
        histogram: "coordination_message_latency_seconds",
        by: "coordination_message_type",
        quantile: 0.95,
      }),
    summary: "Coordination messages {{ $labels.coordination_message_type }} are slow",
    description:
      "One in twenty replies takes {{ $value | humanizeDuration }} or longer. Heartbeats that are so late cost the leader its place. Look at the network and the event loops.",
  }),
];

function leaders(window: string): string {
  return `sum by (job, coordination_election_name) (last_over_time(coordination_is_leader[${window}]))`;
}
