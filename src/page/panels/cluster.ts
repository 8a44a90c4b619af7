// Panels of the processes and threads of an application: coordination, kernels, health, network checks.
import { type Panel, panel } from "./panel.ts";
import { classicQuantiles, errorShare } from "./queries.ts";

const HEALTH = { 0: "unknown", 1: "healthy", 2: "degraded", 3: "unhealthy" };
const KERNEL = "{{kernel_id}}";

/** Panels of processes and threads. */
export const CLUSTER: readonly Panel[] = [
  panel({
    id: "coordination-nodes",
    area: "coordination",
    aspect: "state",
    title: "Active nodes",
    description: "Nodes that are members of the cluster.",
    unit: "{node}",
    queries: [{ expression: "max(coordination_active_nodes)", legend: "nodes" }],
    // The gauge is 0 in an application that has no nodes.
    needs: ["coordination_messages_total", "coordination_leader_changes_total"],
    overview: true,
  }),
  panel({
    id: "coordination-leader",
    area: "coordination",
    aspect: "rate",
    title: "Changes of the leader",
    description: "Changes of the leader in the last hour.",
    unit: "{change}",
    queries: [{ expression: "sum(increase(coordination_leader_changes_total[1h]))", legend: "changes" }],
    needs: ["coordination_leader_changes_total"],
    overview: true,
  }),
  panel({
    id: "coordination-elected",
    area: "coordination",
    aspect: "state",
    title: "Leader of each election",
    description: "Whether an instance is the leader.",
    unit: "1",
    kind: "state",
    states: { 0: "not elected", 1: "leader" },
    queries: [
      {
        expression: "max by (coordination_election_name, instance) (coordination_is_leader)",
        legend: "{{coordination_election_name}} {{instance}}",
      },
    ],
    needs: ["coordination_is_leader"],
  }),
  panel({
    id: "coordination-messages",
    area: "coordination",
    aspect: "rate",
    title: "Coordination messages",
    description: "Messages between nodes per second, by type.",
    unit: "{message}/s",
    queries: [
      {
        expression:
          "topk(10, sum by (coordination_message_type) (rate(coordination_messages_total[$range])))",
        legend: "{{coordination_message_type}}",
      },
    ],
    needs: ["coordination_messages_total"],
  }),
  panel({
    id: "coordination-latency",
    area: "coordination",
    aspect: "duration",
    title: "Latency between nodes",
    description: "Latency of the messages between nodes: median, 95th and 99th percentile.",
    unit: "s",
    queries: classicQuantiles("coordination_message_latency_seconds"),
    needs: ["coordination_message_latency_seconds_count"],
  }),
  panel({
    id: "coordination-lock-wait",
    area: "coordination",
    aspect: "duration",
    title: "Waiting for locks",
    description: "95th percentile of the time until a lock is acquired, by lock.",
    unit: "s",
    queries: [
      {
        expression:
          "topk(5, histogram_quantile(0.95, sum by (coordination_lock_name, le) (rate(coordination_lock_wait_duration_seconds_bucket[$range]))))",
        legend: "{{coordination_lock_name}}",
      },
    ],
    needs: ["coordination_lock_wait_duration_seconds_count"],
  }),
  panel({
    id: "kernels-states",
    area: "kernels",
    aspect: "state",
    title: "Kernels",
    description: "State of each worker.",
    unit: "1",
    kind: "state",
    states: { 0: "unknown", 1: "launched", 2: "active", 3: "inactive", 4: "terminated" },
    queries: [{ expression: "max by (kernel_id) (kernel_state)", legend: KERNEL }],
    needs: ["kernel_state"],
    overview: true,
  }),
  panel({
    id: "kernels-processed",
    area: "kernels",
    aspect: "rate",
    title: "Messages processed by kernels",
    description: "Messages per second: the ten workers with the highest rate.",
    unit: "{message}/s",
    queries: [
      {
        expression: "topk(10, sum by (kernel_id) (rate(kernel_messages_processed_total[$range])))",
        legend: KERNEL,
      },
    ],
    needs: ["kernel_messages_processed_total"],
  }),
  panel({
    id: "kernels-utilization",
    area: "kernels",
    aspect: "utilization",
    title: "Utilization of kernels",
    description: "Share of the time in which a worker is busy: the ten with the highest share.",
    unit: "1",
    queries: [{ expression: "topk(10, max by (kernel_id) (kernel_utilization))", legend: KERNEL }],
    needs: ["kernel_utilization"],
  }),
  panel({
    id: "kernels-queues",
    area: "kernels",
    aspect: "saturation",
    title: "Queues of kernels",
    description: "Messages that wait for a worker, or for its responses to be taken: the ten longest queues.",
    unit: "{message}",
    queries: [
      {
        expression: "topk(10, max by (kernel_id, kernel_queue) (kernel_queue_size))",
        legend: "{{kernel_id}} {{kernel_queue}}",
      },
    ],
    needs: ["kernel_queue_size"],
  }),
  panel({
    id: "kernels-errors",
    area: "kernels",
    aspect: "errors",
    title: "Errors of kernels",
    description: "Errors of workers per second, by type.",
    unit: "{error}/s",
    queries: [
      { expression: "sum by (error_type) (rate(kernel_errors_total[$range]))", legend: "{{error_type}}" },
    ],
    needs: ["kernel_errors_total"],
  }),
  panel({
    id: "kernels-pools",
    area: "kernels",
    aspect: "utilization",
    title: "Utilization of pools",
    description: "Share of a pool's workers that are busy.",
    unit: "1",
    queries: [
      { expression: "max by (kernel_pool_name) (kernel_pool_utilization)", legend: "{{kernel_pool_name}}" },
    ],
    needs: ["kernel_pool_utilization"],
    overview: true,
  }),
  panel({
    id: "kernels-pool-queue",
    area: "kernels",
    aspect: "saturation",
    title: "Queues of pools",
    description: "Tasks that wait for a worker of a pool.",
    unit: "{task}",
    queries: [
      { expression: "sum by (kernel_pool_name) (kernel_pool_queue_size)", legend: "{{kernel_pool_name}}" },
    ],
    needs: ["kernel_pool_queue_size"],
  }),
  panel({
    id: "health-components",
    area: "health",
    aspect: "state",
    title: "Components",
    description: "Health of each component.",
    unit: "1",
    kind: "state",
    states: HEALTH,
    queries: [
      { expression: "max by (health_component) (health_component_status)", legend: "{{health_component}}" },
    ],
    needs: ["health_component_status"],
    overview: true,
  }),
  panel({
    id: "health-checks",
    area: "health",
    aspect: "duration",
    title: "Duration of health checks",
    description: "Mean duration of a check, by component.",
    unit: "s",
    queries: [
      {
        expression:
          "sum by (health_component) (rate(health_check_duration_seconds_sum[$range])) / sum by (health_component) (rate(health_check_duration_seconds_count[$range]))",
        legend: "{{health_component}}",
      },
    ],
    needs: ["health_check_duration_seconds_count"],
  }),
  panel({
    id: "network-checks",
    area: "network",
    aspect: "errors",
    title: "Failed network checks",
    description: "Share of the checks that failed, by target.",
    unit: "1",
    queries: [
      {
        expression: errorShare("network_checks_total", 'outcome="failure"', "network_target"),
        legend: "{{network_target}}",
      },
    ],
    needs: ["network_checks_total"],
  }),
  panel({
    id: "network-duration",
    area: "network",
    aspect: "duration",
    title: "Duration of network checks",
    description: "95th percentile of the duration of HTTP checks, by target.",
    unit: "s",
    queries: [
      {
        expression:
          'histogram_quantile(0.95, sum by (network_target, le) (rate(network_http_request_duration_seconds_bucket{network_phase="total"}[$range])))',
        legend: "{{network_target}}",
      },
    ],
    needs: ["network_http_request_duration_seconds_count"],
  }),
  panel({
    id: "network-pools",
    area: "network",
    aspect: "saturation",
    title: "Connection pools",
    description: "Calls that wait for a connection of a pool.",
    unit: "{connection}",
    queries: [
      {
        expression: "max by (connection_pool_name) (connection_pool_waiting)",
        legend: "{{connection_pool_name}}",
      },
    ],
    needs: ["connection_pool_waiting"],
  }),
];
