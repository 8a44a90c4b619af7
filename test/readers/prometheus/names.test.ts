import { renderPrometheus } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import { counter, gauge, histogram, resourceMetrics, scope, upDownCounter } from "../resource-metrics.ts";

const kinds = { counter, gauge, upDownCounter, histogram: oneBucket };

/** OTel name, kind, unit, Prometheus name: the catalogue of the package's own metrics. */
const catalogue: readonly (readonly [string, keyof typeof kinds, string, string])[] = [
  ["coordination.messages", "counter", "{message}", "coordination_messages_total"],
  ["coordination.active_nodes", "gauge", "{node}", "coordination_active_nodes"],
  ["coordination.message.latency", "histogram", "s", "coordination_message_latency_seconds"],
  ["coordination.leader.changes", "counter", "{change}", "coordination_leader_changes_total"],
  ["coordination.lock.wait.duration", "histogram", "s", "coordination_lock_wait_duration_seconds"],
  ["coordination.lock.hold.duration", "histogram", "s", "coordination_lock_hold_duration_seconds"],
  ["messages.sent", "counter", "{message}", "messages_sent_total"],
  ["messages.received", "counter", "{message}", "messages_received_total"],
  ["message.queue.size", "gauge", "{message}", "message_queue_size"],
  ["message.processing.duration", "histogram", "s", "message_processing_duration_seconds"],
  ["health.status", "gauge", "", "health_status"],
  ["health.component.status", "gauge", "", "health_component_status"],
  ["health.checks", "counter", "{check}", "health_checks_total"],
  ["health.check.duration", "histogram", "s", "health_check_duration_seconds"],
  ["kernel.messages.received", "counter", "{message}", "kernel_messages_received_total"],
  ["kernel.messages.sent", "counter", "{message}", "kernel_messages_sent_total"],
  ["kernel.messages.processed", "counter", "{message}", "kernel_messages_processed_total"],
  ["kernel.errors", "counter", "{error}", "kernel_errors_total"],
  ["kernel.uptime", "gauge", "s", "kernel_uptime_seconds"],
  ["kernel.throughput", "gauge", "{message}/s", "kernel_throughput_per_second"],
  ["kernel.error_rate", "gauge", "", "kernel_error_rate"],
  ["kernel.state", "gauge", "", "kernel_state"],
  ["kernel.start.time", "gauge", "s", "kernel_start_time_seconds"],
  ["kernel.last_message.time", "gauge", "s", "kernel_last_message_time_seconds"],
  ["commands.executed", "counter", "{command}", "commands_executed_total"],
  ["command.duration", "histogram", "s", "command_duration_seconds"],
  ["application.call.duration", "histogram", "s", "application_call_duration_seconds"],
  ["application.allocation.size", "histogram", "By", "application_allocation_size_bytes"],
  ["network.tcp.connect.duration", "histogram", "s", "network_tcp_connect_duration_seconds"],
  ["network.http.request.duration", "histogram", "s", "network_http_request_duration_seconds"],
  ["network.checks", "counter", "{check}", "network_checks_total"],
  ["network.throughput", "gauge", "By/s", "network_throughput_bytes_per_second"],
  ["connection.pool.size", "gauge", "{connection}", "connection_pool_size"],
  ["connection.pool.idle", "gauge", "{connection}", "connection_pool_idle"],
  ["connection.pool.waiting", "gauge", "{connection}", "connection_pool_waiting"],
  ["telemetry.collection.runs", "counter", "{run}", "telemetry_collection_runs_total"],
  ["telemetry.collection.duration", "gauge", "s", "telemetry_collection_duration_seconds"],
  ["telemetry.metrics.count", "gauge", "{metric}", "telemetry_metrics_count"],
  ["telemetry.events", "counter", "{event}", "telemetry_events_total"],
  ["telemetry.dropped", "counter", "{measurement}", "telemetry_dropped_total"],
  ["telemetry.labels.dropped", "counter", "{label}", "telemetry_labels_dropped_total"],
  ["telemetry.events.dropped", "counter", "{event}", "telemetry_events_dropped_total"],
  ["telemetry.outbox.dropped", "counter", "{data_point}", "telemetry_outbox_dropped_total"],
  ["telemetry.outbox.size", "gauge", "By", "telemetry_outbox_size_bytes"],
  ["telemetry.outbox.age", "gauge", "s", "telemetry_outbox_age_seconds"],
];

test.each(catalogue)("%s, a %s of %j, is %s to Prometheus", (name, kind, unit, expected) => {
  expect(prometheusName(name, kind, unit)).toBe(expected);
});

test.each([
  ["a unit in words", "size", "gauge", "By", "size_bytes"],
  ["milliseconds", "pause", "histogram", "ms", "pause_milliseconds"],
  ["a binary multiple", "size", "gauge", "MiBy", "size_mebibytes"],
  ["a share of a gauge", "system.cpu.utilization", "gauge", "1", "system_cpu_utilization_ratio"],
  ["a share of a sum that may fall", "load", "upDownCounter", "1", "load"],
  ["a count", "runs", "counter", "1", "runs_total"],
  ["per cent", "used", "gauge", "%", "used_percent"],
  ["a rate of bytes", "io", "gauge", "By/s", "io_bytes_per_second"],
  ["a rate per minute", "turns", "gauge", "{turn}/min", "turns_per_minute"],
  ["a rate of counts", "turns", "gauge", "1/h", "turns_per_hour"],
  ["a rate whose amount the name ends in", "io.bytes", "gauge", "By/s", "io_bytes_per_second"],
  ["an amount for each thing", "size", "gauge", "By/{request}", "size_bytes"],
  ["a word in braces beside a unit", "size", "gauge", "By{heap}", "size_bytes"],
  ["a unit of no table", "connections", "gauge", "sockets", "connections_sockets"],
  ["a unit with odd characters", "flux", "gauge", "J.m-2", "flux_J_m_2"],
  ["a unit that the name ends in", "request.duration.seconds", "histogram", "s", "request_duration_seconds"],
  ["a unit that is the name", "seconds", "gauge", "s", "seconds"],
  ["a name that ends in the unit's letters only", "nanoseconds", "gauge", "s", "nanoseconds_seconds"],
  ["a counter called total already", "requests.total", "counter", "", "requests_total"],
  ["a counter called total with its unit", "cpu.seconds_total", "counter", "s", "cpu_seconds_total"],
  ["a counter called total without its unit", "cpu.total", "counter", "s", "cpu_seconds_total"],
  ["a sum that may fall", "open.requests", "upDownCounter", "{request}", "open_requests"],
  ["dashes, slashes and dots", "a-b/c.d", "gauge", "", "a_b_c_d"],
  ["runs of odd characters", "a..b__c-.d", "gauge", "", "a_b_c_d"],
  ["a leading digit", "5xx.rate", "gauge", "", "_5xx_rate"],
] as const)("%s: %s, a %s of %j, is %s", (_, name, kind, unit, expected) => {
  expect(prometheusName(name, kind, unit)).toBe(expected);
});

test.each([
  ["requests_total", "counter", "", "requests_total"],
  ["requests", "counter", "", "requests"],
  ["my.size", "gauge", "By", "my_size"],
  ["a__b", "gauge", "", "a__b"],
  ["api_response_time", "histogram", "s", "api_response_time"],
] as const)(
  "a name given to a register call is kept: %s, a %s of %j, is %s",
  (name, kind, unit, expected) => {
    expect(prometheusName(name, kind, unit, "tachymeter.collector")).toBe(expected);
  },
);

function prometheusName(name: string, kind: keyof typeof kinds, unit: string, scopeName = "test"): string {
  const metric = kinds[kind]({ name, unit }, [{}, 1]);
  const text = renderPrometheus(resourceMetrics([scope(scopeName, [metric])]));
  return /^# TYPE (\S+) /m.exec(text)?.[1] ?? text;
}

function oneBucket(described: { readonly name: string; readonly unit: string }) {
  return histogram(described, [1], [1, 0]);
}
