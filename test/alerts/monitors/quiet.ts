// Series that look like a fault and are usual: no monitor may fire.
import type { MonitorCase } from "./cases.ts";
import { birth, gap, growth, level, levels, rarely, rate, slopes, type Timeline } from "./timelines.ts";

const Q = `messaging_system_name="bullmq",messaging_destination_name="jobs"`;
const MIB = 2 ** 20;

/** A case in which nothing fires. */
export interface QuietCase extends Pick<MonitorCase, "series"> {
  readonly name: string;
}

// A counter that rises at each hour of the process.
function hourly(by: number): Timeline {
  const values = levels(...[1, 2, 3, 4].map((hour): [number, number] => [hour * by, 60]));
  return { faulty: values, healthy: values };
}

/** The first minutes of a process: busy, with a growing heap, and with a first collection. Nothing is even pending. */
export const START: QuietCase = {
  name: "the first minutes of a process",
  series: {
    process_uptime_seconds: { faulty: slopes(1, [60, 240]), healthy: slopes(3_600, [60, 240]) },
    telemetry_collection_runs_total: {
      faulty: `${levels([1, 3])} ${slopes(2, [1, 237])}`,
      healthy: slopes(60, [1, 240]),
    },
    'nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="active"}': {
      faulty: slopes(58, [58, 2], [1, 238]),
      healthy: slopes(60, [1, 240]),
    },
    'nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="idle"}': {
      faulty: slopes(2, [2, 2], [59, 238]),
      healthy: slopes(3_540, [59, 240]),
    },
    v8js_memory_heap_retained_bytes: {
      faulty: `${slopes(20 * MIB, [5 * MIB, 4])} ${levels([40 * MIB, 236])}`,
      healthy: levels([40 * MIB, 240]),
    },
  },
};

/** Cases in which nothing fires. */
export const QUIET_CASES: readonly QuietCase[] = [
  {
    name: "one failed message an hour of few",
    series: {
      [`message_processing_duration_seconds_count{${Q}}`]: rate(0.05, 0.05),
      [`message_processing_duration_seconds_count{${Q},error_type="Error"}`]: {
        faulty: levels([0, 60], [1, 60], [2, 120]),
        healthy: levels([0, 240]),
      },
    },
  },
  {
    name: "one failed command of two",
    series: {
      'commands_executed_total{command_name="git",outcome="success"}': rate(0.02, 0.02),
      'commands_executed_total{command_name="git",outcome="failure"}': rate(0.02, 0.02),
    },
  },
  {
    name: "one failed check of a server",
    series: {
      'network_checks_total{network_target="db:5432",outcome="success"}': rate(0.2, 0.2),
      'network_checks_total{network_target="db:5432",outcome="failure"}': {
        faulty: levels([0, 100], [1, 140]),
        healthy: levels([0, 240]),
      },
    },
  },
  {
    name: "a cache that fills, while the heap is collected to the same floor",
    series: {
      v8js_memory_heap_retained_bytes: {
        faulty: Array.from({ length: 24 }, (_, i) => slopes((100 + (i % 2)) * MIB, [MIB / 8, 10])).join(" "),
        healthy: levels([100 * MIB, 240]),
      },
      v8js_memory_heap_size_limit_bytes: level(2_000 * MIB, 2_000 * MIB),
    },
  },
  {
    name: "a disk that is half full and grows slowly",
    series: {
      'system_filesystem_usage_bytes{system_filesystem_mode="rw",system_filesystem_mountpoint="/",system_filesystem_state="free"}':
        {
          faulty: slopes(50_000 * MIB, [-100 * MIB, 240]),
          healthy: levels([50_000 * MIB, 240]),
        },
      'system_filesystem_utilization_ratio{system_filesystem_mode="rw",system_filesystem_mountpoint="/"}':
        level(0.5, 0.55),
    },
  },
  {
    name: "a queue that fills and empties every other minute",
    series: {
      [`message_queue_size{${Q}}`]: {
        faulty: Array.from({ length: 120 }, () => "150 400").join(" "),
        healthy: levels([300, 240]),
      },
      [`messages_received_total{${Q}}`]: rate(100, 100),
      [`message_processing_duration_seconds_count{${Q}}`]: rate(100, 100),
    },
  },
  {
    name: "a producer that sees a queue consumed elsewhere",
    series: { [`message_queue_size{${Q}}`]: level(50, 60) },
  },
  {
    name: "a process without coordination and health checks",
    series: { coordination_active_nodes: level(0, 0), health_status: level(0, 0) },
  },
  {
    name: "a follower that lost an election, seen alone",
    series: {
      'coordination_is_leader{coordination_election_name="scheduler"}': {
        faulty: levels([1, 60], [0, 180]),
        healthy: `_x240`,
      },
    },
  },
  {
    name: "the event log, which replaces its oldest events",
    series: { 'telemetry_events_dropped_total{reason="buffer_full"}': birth(1_000) },
  },
  {
    name: "the start of a process, which blocks its event loop",
    series: {
      process_uptime_seconds: { faulty: slopes(1, [60, 240]), healthy: slopes(3_600, [60, 240]) },
      nodejs_eventloop_delay_max_seconds: {
        faulty: levels([2, 1], [0.01, 239]),
        healthy: levels([0.01, 240]),
      },
    },
  },
  {
    name: "a machine that starts again after its clock was set",
    series: {
      system_clock_change_seconds_total: {
        faulty: `${levels([0, 60])} _x20 ${levels([0, 160])}`,
        healthy: levels([0, 240]),
      },
    },
  },
  {
    name: "a kernel that never replies",
    series: {
      'kernel_state{kernel_id="log#0"}': level(2, 2),
      'kernel_messages_received_total{kernel_id="log#0"}': rate(10, 10),
      'kernel_messages_processed_total{kernel_id="log#0"}': level(0, 0),
    },
  },
  {
    name: "a restart of one process",
    series: {
      process_uptime_seconds: {
        faulty: `${slopes(8_000, [60, 60])} ${slopes(5, [60, 180])}`,
        healthy: slopes(8_000, [60, 240]),
      },
      telemetry_collection_runs_total: {
        faulty: `${slopes(100, [4, 60])} ${slopes(0, [4, 180])}`,
        healthy: slopes(0, [4, 240]),
      },
    },
  },
  {
    name: "a short outage of a backend",
    series: {
      telemetry_outbox_age_seconds: {
        faulty: levels([0, 60], [120, 3], [0, 177]),
        healthy: levels([0, 240]),
      },
      'otel_sdk_exporter_operation_duration_seconds_count{otel_component_name="otlp"}': rate(1, 1),
      'otel_sdk_exporter_operation_duration_seconds_count{otel_component_name="otlp",error_type="ECONNRESET"}':
        {
          faulty: levels([0, 60], [2, 180]),
          healthy: levels([0, 240]),
        },
    },
  },
  {
    name: "a deploy, after which a command was not run for an hour",
    series: {
      process_uptime_seconds: {
        faulty: `${slopes(8_000, [60, 60])} ${slopes(5, [60, 180])}`,
        healthy: slopes(8_000, [60, 240]),
      },
      'commands_executed_total{command_name="git",outcome="success"}': gap(3),
    },
  },
  {
    name: "a short gap in a metric",
    series: {
      process_uptime_seconds: { faulty: slopes(8_000, [60, 240]), healthy: slopes(8_000, [60, 240]) },
      nodejs_eventloop_delay_max_seconds: {
        faulty: `${levels([0.01, 60])} _x12 ${levels([0.01, 168])}`,
        healthy: levels([0.01, 240]),
      },
    },
  },
  {
    name: "a health check each hour, and a probe of which one fails",
    series: {
      'health_checks_total{health_component="backup"}': hourly(1),
      'health_check_interval_seconds{health_component="backup"}': level(3_600, 3_600),
      'network_checks_total{network_target="far:443",outcome="success"}': rate(0.1, 0.1),
      'network_checks_total{network_target="far:443",outcome="failure"}': birth(1),
      'network_check_interval_seconds{network_target="far:443"}': level(600, 600),
    },
  },
  {
    name: "a deployment of a small service, whose old nodes leave",
    series: {
      process_uptime_seconds: { faulty: slopes(8_000, [60, 240]), healthy: slopes(8_000, [60, 240]) },
      coordination_active_nodes: {
        faulty: levels([3, 60], [6, 3], [3, 177]),
        healthy: levels([3, 60], [6, 3], [3, 177]),
      },
    },
  },
  {
    name: "nodes that crashed and joined again",
    series: {
      coordination_active_nodes: { faulty: levels([4, 60], [2, 2], [4, 178]), healthy: levels([4, 240]) },
      coordination_nodes_lost_total: birth(2),
    },
  },
  {
    name: "a leader that crashed, with a value each five minutes",
    series: {
      'coordination_is_leader{coordination_election_name="scheduler"}': {
        faulty: rarely(5, (minute) => (minute < 60 ? 1 : undefined)),
        healthy: rarely(5, (minute) => (minute < 60 ? 0 : 1)),
      },
    },
  },
  {
    name: "a leader that crashed, whose last value stays for minutes",
    series: {
      'coordination_is_leader{coordination_election_name="scheduler"}': {
        faulty: levels([1, 60]),
        healthy: levels([0, 60], [1, 180]),
      },
    },
  },
  {
    name: "a process that ends, while others of its job go on",
    series: { process_uptime_seconds: gap(100) },
  },
  {
    name: "a large file in buffers, once",
    series: { v8js_memory_external_bytes: growth(100 * MIB, 0.1 * MIB) },
  },
];
