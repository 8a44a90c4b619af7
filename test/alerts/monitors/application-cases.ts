// Faults of what an application does: queues, commands, coordination, health, kernels, connections, and Tachymeter itself.
import { buckets, durations, type MonitorCase, UP } from "./monitor-case.ts";
import { birth, gap, growth, level, levels, rate, slopes, visit } from "./timelines.ts";

const QUEUE = { messaging_system: "bullmq", messaging_destination_name: "jobs" };
const Q = `messaging_system="bullmq",messaging_destination_name="jobs"`;

/** A case for each monitor; some have several. */
export const APPLICATION_CASES: readonly MonitorCase[] = [
  {
    monitor: "queueGrowing",
    labels: QUEUE,
    series: { [`message_queue_size{${Q}}`]: growth(120, 10) },
  },
  {
    monitor: "queueSizeMissing",
    labels: QUEUE,
    series: { ...UP, [`message_queue_size{${Q}}`]: gap(3) },
  },
  {
    monitor: "consumerStuck",
    labels: QUEUE,
    series: {
      [`message_queue_size{${Q}}`]: level(0, 20),
      [`messages_received_total{${Q}}`]: rate(10, 0),
      [`message_processing_duration_seconds_count{${Q}}`]: rate(10, 0),
      [`message_processing_duration_seconds_sum{${Q}}`]: rate(1, 0),
    },
  },
  {
    monitor: "messagesHanging",
    labels: QUEUE,
    series: {
      [`messages_in_flight{${Q}}`]: level(0, 3),
      [`message_processing_duration_seconds_count{${Q}}`]: rate(10, 0),
    },
  },
  {
    monitor: "messagesSlower",
    labels: QUEUE,
    series: durations("message_processing_duration_seconds", Q, 30, 0.1, 0.4),
  },
  {
    monitor: "messageErrors",
    labels: QUEUE,
    series: {
      [`message_processing_duration_seconds_count{${Q}}`]: rate(100, 80),
      [`message_processing_duration_seconds_count{${Q},error_type="TypeError"}`]: rate(1, 20),
    },
  },
  {
    monitor: "messagesRedelivered",
    labels: QUEUE,
    series: {
      [`messages_received_total{${Q}}`]: rate(100, 100),
      [`messages_retried_total{${Q}}`]: rate(1, 60),
    },
  },
  {
    monitor: "brokerReconnects",
    labels: { messaging_system: "bullmq" },
    series: { 'message_client_reconnects_total{messaging_system="bullmq"}': rate(0.05, 1) },
  },
  {
    monitor: "brokerReconnects",
    labels: { messaging_system: "kafka" },
    series: { 'message_client_reconnects_total{messaging_system="kafka"}': birth(5) },
    minutes: { quiet: 59, fires: 65, clears: 80 },
  },
  {
    monitor: "commandsFailing",
    labels: { command_name: "git" },
    series: {
      'commands_executed_total{command_name="git",outcome="success"}': rate(5, 1),
      'commands_executed_total{command_name="git",outcome="failure"}': rate(0.1, 4),
    },
  },
  {
    monitor: "commandsSlower",
    labels: { command_name: "git" },
    series: durations("command_duration_seconds", 'command_name="git"', 10, 0.2, 1),
  },
  {
    monitor: "nodesLost",
    series: { coordination_active_nodes: level(5, 3) },
    minutes: { quiet: 59, fires: 80, clears: 230 },
  },
  {
    monitor: "noActiveNodes",
    series: { coordination_active_nodes: level(3, 0) },
  },
  {
    monitor: "leaderFlapping",
    series: { coordination_leader_changes_total: rate(0.01, 1) },
  },
  {
    monitor: "noLeader",
    isOfJob: true,
    labels: { coordination_election_name: "scheduler" },
    series: {
      'coordination_is_leader{coordination_election_name="scheduler"}': {
        faulty: level(1, 0).faulty,
        healthy: levels([0, 240]),
      },
    },
  },
  {
    monitor: "severalLeaders",
    isOfJob: true,
    labels: { coordination_election_name: "scheduler" },
    series: {
      'coordination_is_leader{coordination_election_name="scheduler"}': {
        faulty: level(0, 1).faulty,
        healthy: levels([1, 240]),
      },
    },
  },
  {
    monitor: "leasesLost",
    series: { coordination_leases_lost_total: rate(0.01, 1) },
  },
  {
    monitor: "lockWaitLong",
    labels: { coordination_lock_name: "stock" },
    series: buckets(
      "coordination_lock_wait_duration_seconds",
      'coordination_lock_name="stock"',
      0.1,
      10,
      1,
      0.5,
    ),
  },
  {
    monitor: "lockHeldLong",
    labels: { coordination_lock_name: "stock" },
    series: buckets(
      "coordination_lock_hold_duration_seconds",
      'coordination_lock_name="stock"',
      0.1,
      10,
      1,
      0.1,
    ),
  },
  {
    monitor: "coordinationSlow",
    labels: { coordination_message_type: "heartbeat" },
    series: buckets(
      "coordination_message_latency_seconds",
      'coordination_message_type="heartbeat"',
      0.1,
      30,
      1,
      0.5,
    ),
  },
  { monitor: "applicationUnhealthy", series: { health_status: level(1, 3) } },
  {
    monitor: "componentUnhealthy",
    labels: { health_component: "broker" },
    series: { 'health_component_status{health_component="broker"}': level(1, 3) },
  },
  {
    monitor: "healthFlapping",
    labels: { health_component: "broker" },
    series: {
      'health_component_status{health_component="broker"}': {
        faulty: `${levels([1, 60])} ${Array.from({ length: 30 }, () => "2 1").join(" ")} ${levels([1, 120])}`,
        healthy: levels([1, 240]),
      },
    },
  },
  {
    monitor: "healthCheckSlow",
    labels: { health_component: "broker" },
    series: durations("health_check_duration_seconds", 'health_component="broker"', 2, 0.1, 4),
  },
  {
    monitor: "healthChecksStopped",
    labels: { health_component: "broker" },
    series: { 'health_checks_total{health_component="broker",health_result="healthy"}': rate(2, 0) },
  },
  {
    monitor: "kernelStuck",
    labels: { kernel_id: "hash#0" },
    series: {
      'kernel_state{kernel_id="hash#0"}': level(2, 2),
      'kernel_messages_received_total{kernel_id="hash#0"}': rate(10, 10),
      'kernel_messages_processed_total{kernel_id="hash#0"}': rate(10, 0),
      // Never replies.
      'kernel_state{kernel_id="log#0"}': level(2, 2),
      'kernel_messages_received_total{kernel_id="log#0"}': rate(10, 10),
      'kernel_messages_processed_total{kernel_id="log#0"}': level(0, 0),
    },
  },
  {
    monitor: "kernelRestarting",
    labels: { kernel_id: "hash#0" },
    series: { 'kernel_start_time_seconds{kernel_id="hash#0"}': growth(1_000, 60) },
  },
  {
    monitor: "kernelErrors",
    labels: { kernel_id: "hash#0" },
    series: {
      'kernel_errors_total{kernel_id="hash#0",error_type="Error"}': rate(0.1, 5),
      'kernel_messages_processed_total{kernel_id="hash#0"}': rate(20, 15),
    },
  },
  {
    monitor: "poolSaturated",
    labels: { kernel_pool_name: "tasks.cjs" },
    series: {
      'kernel_pool_queue_size{kernel_pool_name="tasks.cjs"}': level(0, 5),
      'kernel_pool_utilization{kernel_pool_name="tasks.cjs"}': level(0.5, 1),
    },
  },
  {
    monitor: "poolTasksFailing",
    labels: { kernel_pool_name: "tasks.cjs" },
    series: {
      'kernel_pool_tasks_total{kernel_pool_name="tasks.cjs",outcome="success"}': rate(50, 30),
      'kernel_pool_tasks_total{kernel_pool_name="tasks.cjs",outcome="failure"}': rate(0.1, 20),
    },
  },
  {
    monitor: "connectionPoolWaiting",
    labels: { connection_pool_name: "main" },
    series: { 'connection_pool_waiting{connection_pool_name="main"}': level(0, 4) },
  },
  {
    monitor: "connectionPoolWaiting",
    labels: { db_client_connection_pool_name: "127.0.0.1:5432/shop" },
    series: {
      'db_client_connection_pending_requests{db_client_connection_pool_name="127.0.0.1:5432/shop"}': level(
        0,
        4,
      ),
    },
  },
  {
    monitor: "connectionPoolExhausted",
    labels: { db_client_connection_pool_name: "shop" },
    series: {
      'db_client_connection_count{db_client_connection_pool_name="shop",db_client_connection_state="used"}':
        level(2, 10),
      'db_client_connection_count{db_client_connection_pool_name="shop",db_client_connection_state="idle"}':
        level(8, 0),
      'db_client_connection_max{db_client_connection_pool_name="shop"}': level(10, 10),
    },
  },
  {
    monitor: "probeFailing",
    labels: { network_target: "db:5432" },
    series: {
      'network_checks_total{network_target="db:5432",outcome="success"}': rate(2, 0),
      'network_checks_total{network_target="db:5432",outcome="failure"}': rate(0.01, 2),
    },
  },
  { monitor: "collectionStopped", series: { telemetry_collection_runs_total: rate(4, 0) } },
  { monitor: "collectionSlow", series: { telemetry_collection_duration_seconds: level(0.02, 12) } },
  {
    // The counter appears with its first value.
    monitor: "measurementsDropped",
    labels: { reason: "negative" },
    series: { 'telemetry_dropped_total{reason="negative"}': birth(3) },
    minutes: { quiet: 59, fires: 65, clears: 80 },
  },
  {
    monitor: "measurementsDropped",
    labels: { reason: "not_a_number" },
    series: { 'telemetry_dropped_total{reason="not_a_number"}': rate(0, 1) },
  },
  {
    monitor: "seriesOverflowing",
    labels: { metric: "shop_orders_total" },
    series: {
      'shop_orders_total{otel_metric_overflow="true"}': visit(5),
      'shop_orders_total{shop="1"}': rate(1, 1),
    },
  },
  {
    monitor: "seriesOverflowing",
    labels: { metric: "shop_order_duration_seconds" },
    series: {
      'shop_order_duration_seconds_bucket{otel_metric_overflow="true",le="+Inf"}': visit(5),
      'shop_order_duration_seconds_count{otel_metric_overflow="true"}': visit(5),
      'shop_order_duration_seconds_sum{otel_metric_overflow="true"}': visit(5),
    },
  },
  {
    monitor: "eventsDropped",
    labels: { reason: "hook_error" },
    series: {
      'telemetry_events_dropped_total{reason="hook_error"}': birth(1),
      'telemetry_events_dropped_total{reason="buffer_full"}': rate(100, 100),
    },
    minutes: { quiet: 59, fires: 65, clears: 80 },
  },
  { monitor: "outboxOld", series: { telemetry_outbox_age_seconds: growth(0, 60) } },
  {
    monitor: "outboxDropped",
    labels: { reason: "full" },
    series: { 'telemetry_outbox_dropped_total{reason="full"}': birth(500) },
    minutes: { quiet: 59, fires: 65, clears: 80 },
  },
  {
    monitor: "exporterFailing",
    labels: { otel_component_name: "otlp_http_metric_exporter/0" },
    series: {
      'otel_sdk_exporter_operation_duration_seconds_count{otel_component_name="otlp_http_metric_exporter/0"}':
        rate(1, 0),
      'otel_sdk_exporter_operation_duration_seconds_count{otel_component_name="otlp_http_metric_exporter/0",error_type="ECONNREFUSED"}':
        rate(0.01, 1),
    },
  },
  {
    monitor: "monitorBlind",
    labels: { metric: "commands_executed_total" },
    series: { ...UP, 'commands_executed_total{command_name="git",outcome="success"}': gap(3) },
  },
  {
    // A deploy that has lost a metric.
    monitor: "monitorBlind",
    labels: { metric: "nodejs_eventloop_delay_max_seconds" },
    series: {
      process_uptime_seconds: {
        faulty: `${slopes(3_600, [60, 60])} ${slopes(10, [60, 180])}`,
        healthy: slopes(3_600, [60, 240]),
      },
      nodejs_eventloop_delay_max_seconds: gap(0.01),
    },
    minutes: { quiet: 75, fires: 100, clears: 125 },
  },
  { monitor: "groupMemberSilent", series: { telemetry_group_report_age_seconds: level(1, 120) } },
  {
    monitor: "ruleFailing",
    labels: { alert_rule_group: "shop" },
    series: { 'alerts_rule_failures_total{alert_rule_group="shop"}': rate(0, 4) },
  },
  {
    monitor: "notificationsFailing",
    labels: { alert_receiver: "slack" },
    series: { 'alerts_notifications_failed_total{alert_receiver="slack"}': rate(0, 1) },
  },
];
