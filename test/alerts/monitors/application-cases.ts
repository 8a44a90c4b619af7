// Faults of what an application does: queues, commands, coordination, health, kernels, connections, and Tachymeter itself.
import { MODEL_CASES } from "./model-cases.ts";
import { BURST, buckets, durations, fault, type MonitorCase, SLOWER, UP } from "./monitor-case.ts";
import { birth, gap, growth, level, levels, rarely, rate, slopes, visit } from "./timelines.ts";

const QUEUE = { messaging_system_name: "bullmq", messaging_destination_name: "jobs" };
const BROKER = { messaging_system_name: "bullmq" };
const GIT = { command_name: "git" };
const SCHEDULER = { coordination_election_name: "scheduler" };
const STOCK = { coordination_lock_name: "stock" };
const HEALTH = { health_component: "broker" };
const KERNEL = { kernel_id: "hash#0" };
const POOL = { kernel_pool_name: "tasks.cjs" };

// A status, a route and an error type appear with their first event: the series begins with the whole burst.
const BURSTS: readonly MonitorCase[] = [
  fault(
    "commandsFailing",
    { command_name: "once" },
    { 'commands_executed_total{outcome="failure"}': birth(40) },
    BURST,
  ),
  fault(
    "commandsFailing",
    { command_name: "often" },
    {
      'commands_executed_total{outcome="success"}': rate(5, 5),
      'commands_executed_total{outcome="failure"}': birth(40),
    },
    BURST,
  ),
  fault(
    "messageErrors",
    { messaging_system_name: "bullmq", messaging_destination_name: "burst" },
    {
      message_processing_duration_seconds_count: rate(20, 20),
      'message_processing_duration_seconds_count{error_type="TypeError"}': birth(40),
    },
    BURST,
  ),
  fault(
    "lockWaitLong",
    { coordination_lock_name: "burst" },
    {
      'coordination_lock_wait_duration_seconds_bucket{le="0.1"}': birth(1),
      'coordination_lock_wait_duration_seconds_bucket{le="10"}': birth(40),
      'coordination_lock_wait_duration_seconds_bucket{le="+Inf"}': birth(40),
      coordination_lock_wait_duration_seconds_count: birth(40),
    },
    BURST,
  ),
  fault(
    "kernelErrors",
    { kernel_id: "burst#0" },
    { 'kernel_errors_total{error_type="Error"}': birth(40), kernel_messages_processed_total: rate(20, 20) },
    BURST,
  ),
  fault(
    "poolTasksFailing",
    { kernel_pool_name: "burst.cjs" },
    {
      'kernel_pool_tasks_total{outcome="success"}': rate(20, 20),
      'kernel_pool_tasks_total{outcome="failure"}': birth(40),
    },
    BURST,
  ),
  fault(
    "exporterFailing",
    { otel_component_name: "burst/0" },
    {
      otel_sdk_exporter_operation_duration_seconds_count: rate(1, 1),
      'otel_sdk_exporter_operation_duration_seconds_count{error_type="ECONNREFUSED"}': birth(40),
    },
    BURST,
  ),
];

/** A case for each monitor; some have several. */
export const APPLICATION_CASES: readonly MonitorCase[] = [
  ...BURSTS,
  fault("queueGrowing", QUEUE, { message_queue_size: growth(120, 10) }),
  fault("queueSizeMissing", QUEUE, { message_queue_size: gap(3) }, { alongside: UP }),
  fault("consumerStuck", QUEUE, {
    message_queue_size: level(0, 20),
    messages_received_total: rate(10, 0),
    message_processing_duration_seconds_count: rate(10, 0),
    message_processing_duration_seconds_sum: rate(1, 0),
  }),
  fault("messagesHanging", QUEUE, {
    messages_in_flight: level(0, 3),
    message_processing_duration_seconds_count: rate(10, 0),
  }),
  fault("messagesSlower", QUEUE, durations("message_processing_duration_seconds", "", 30, 0.1, 0.4), SLOWER),
  fault("messageErrors", QUEUE, {
    message_processing_duration_seconds_count: rate(100, 80),
    'message_processing_duration_seconds_count{error_type="TypeError"}': rate(1, 20),
  }),
  fault("messagesRedelivered", QUEUE, {
    messages_received_total: rate(100, 100),
    messages_retried_total: rate(1, 60),
  }),
  fault("brokerReconnects", BROKER, { message_client_reconnects_total: rate(0.05, 1) }),
  fault(
    "brokerReconnects",
    { messaging_system_name: "kafka" },
    { message_client_reconnects_total: birth(5) },
    { alongside: UP, minutes: { quiet: 59, fires: 65, clears: 80 } },
  ),
  fault("commandsFailing", GIT, {
    'commands_executed_total{outcome="success"}': rate(5, 1),
    'commands_executed_total{outcome="failure"}': rate(0.1, 4),
  }),
  fault("commandsSlower", GIT, durations("command_duration_seconds", "", 10, 0.2, 1), SLOWER),
  fault(
    "nodesLost",
    {},
    {
      // After a scale-down and a scale-up, whose nodes left and joined.
      coordination_active_nodes: {
        faulty: levels([5, 40], [3, 10], [5, 10], [3, 60], [5, 120]),
        healthy: levels([5, 240]),
      },
      coordination_nodes_lost_total: birth(2),
    },
    { minutes: { quiet: 59, fires: 80, clears: 230 } },
  ),
  fault("noActiveNodes", {}, { coordination_active_nodes: level(3, 0) }),
  fault("leaderFlapping", {}, { coordination_leader_changes_total: rate(0.01, 1) }),
  fault(
    "noLeader",
    SCHEDULER,
    { coordination_is_leader: { faulty: level(1, 0).faulty, healthy: levels([0, 240]) } },
    { isOfJob: true },
  ),
  fault(
    "severalLeaders",
    SCHEDULER,
    { coordination_is_leader: { faulty: level(0, 1).faulty, healthy: levels([1, 240]) } },
    { isOfJob: true },
  ),
  fault(
    "severalLeaders",
    { coordination_election_name: "rare" },
    {
      coordination_is_leader: {
        faulty: rarely(4, (minute) => (minute >= 60 && minute < 120 ? 1 : 0)),
        healthy: rarely(4, () => 1),
      },
    },
    { isOfJob: true },
  ),
  fault("leasesLost", {}, { coordination_leases_lost_total: rate(0.01, 1) }),
  fault("lockWaitLong", STOCK, buckets("coordination_lock_wait_duration_seconds", "", 0.1, 10, 1, 0.5)),
  fault("lockHeldLong", STOCK, buckets("coordination_lock_hold_duration_seconds", "", 0.1, 10, 1, 0.1)),
  fault(
    "coordinationSlow",
    { coordination_message_type: "heartbeat" },
    buckets("coordination_message_latency_seconds", "", 0.1, 30, 1, 0.5),
  ),
  fault("applicationUnhealthy", {}, { health_status: level(1, 3) }),
  fault("componentUnhealthy", HEALTH, { health_component_status: level(1, 3) }),
  fault("healthFlapping", HEALTH, {
    health_component_status: {
      faulty: `${levels([1, 60])} ${Array.from({ length: 30 }, () => "2 1").join(" ")} ${levels([1, 120])}`,
      healthy: levels([1, 240]),
    },
  }),
  fault("healthCheckSlow", HEALTH, durations("health_check_duration_seconds", "", 2, 0.1, 4)),
  fault(
    "healthChecksStopped",
    HEALTH,
    { 'health_checks_total{health_result="healthy"}': rate(2, 0), health_component_status: level(1, 1) },
    {
      // Removed on purpose.
      alongside: {
        'health_checks_total{health_component="removed",health_result="healthy"}': rate(2, 0),
        'health_component_status{health_component="removed"}': gap(1),
      },
    },
  ),
  fault(
    "healthChecksStopped",
    { health_component: "rare" },
    {
      'health_checks_total{health_result="healthy"}': rate(0.1, 0),
      health_check_interval_seconds: level(600, 600),
      health_component_status: level(1, 1),
    },
  ),
  fault(
    "kernelStuck",
    KERNEL,
    {
      kernel_state: level(2, 2),
      kernel_messages_received_total: rate(10, 10),
      kernel_messages_processed_total: rate(10, 0),
    },
    {
      // Never replies.
      alongside: {
        'kernel_state{kernel_id="log#0"}': level(2, 2),
        'kernel_messages_received_total{kernel_id="log#0"}': rate(10, 10),
        'kernel_messages_processed_total{kernel_id="log#0"}': level(0, 0),
      },
    },
  ),
  fault("kernelRestarting", KERNEL, { kernel_start_time_seconds: growth(1_000, 60) }),
  fault("kernelErrors", KERNEL, {
    'kernel_errors_total{error_type="Error"}': rate(0.1, 5),
    kernel_messages_processed_total: rate(20, 15),
  }),
  fault(
    "kernelErrors",
    { kernel_id: "failing#0" },
    { 'kernel_errors_total{error_type="Error"}': rate(0, 5) },
    { alongside: { 'kernel_messages_processed_total{kernel_id="log#0"}': level(0, 0) } },
  ),
  fault("poolSaturated", POOL, {
    kernel_pool_queue_size: level(0, 5),
    kernel_pool_utilization: level(0.5, 1),
  }),
  fault("poolTasksFailing", POOL, {
    'kernel_pool_tasks_total{outcome="success"}': rate(50, 30),
    'kernel_pool_tasks_total{outcome="failure"}': rate(0.1, 20),
  }),
  fault("connectionPoolWaiting", { connection_pool_name: "main" }, { connection_pool_waiting: level(0, 4) }),
  fault(
    "connectionPoolWaiting",
    { db_client_connection_pool_name: "127.0.0.1:5432/shop" },
    { db_client_connection_pending_requests: level(0, 4) },
  ),
  ...MODEL_CASES,
  fault(
    "connectionPoolExhausted",
    { db_client_connection_pool_name: "shop" },
    {
      'db_client_connection_count{db_client_connection_state="used"}': level(2, 10),
      'db_client_connection_count{db_client_connection_state="idle"}': level(8, 0),
      db_client_connection_limit: level(10, 10),
    },
  ),
  fault(
    "probeFailing",
    { network_target: "db:5432" },
    {
      'network_checks_total{outcome="success"}': rate(2, 0),
      'network_checks_total{outcome="failure"}': rate(0.01, 2),
    },
  ),
  fault(
    "probeFailing",
    { network_target: "rare:5432" },
    {
      'network_checks_total{outcome="success"}': rate(0.2, 0),
      'network_checks_total{outcome="failure"}': rate(0, 0.2),
      network_check_interval_seconds: level(300, 300),
    },
  ),
  { monitor: "collectionStopped", series: { telemetry_collection_runs_total: rate(4, 0) } },
  { monitor: "collectionSlow", series: { telemetry_collection_duration_seconds: level(0.02, 12) } },
  {
    // The counter appears with its first value.
    monitor: "measurementsDropped",
    labels: { reason: "negative" },
    series: { ...UP, 'telemetry_dropped_total{reason="negative"}': birth(3) },
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
      ...UP,
      'telemetry_events_dropped_total{reason="hook_error"}': birth(1),
      'telemetry_events_dropped_total{reason="buffer_full"}': rate(100, 100),
    },
    minutes: { quiet: 59, fires: 65, clears: 80 },
  },
  { monitor: "outboxOld", series: { telemetry_outbox_age_seconds: growth(0, 60) } },
  {
    monitor: "outboxDropped",
    labels: { reason: "full" },
    series: { ...UP, 'telemetry_outbox_dropped_total{reason="full"}': birth(500) },
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
  fault(
    "anomaly",
    { anomaly_metric: "message_queue_size", anomaly_kind: "value", ...QUEUE },
    { anomaly_active: level(0, 1) },
  ),
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
