// Panels of resources: Node.js, the process, the machine, and the telemetry itself.
import { type Panel, panel } from "./panel.ts";
import { classicQuantiles, ifNear } from "./queries.ts";

const INSTANCE = "{{instance}}";

/** Panels of resources. */
export const RESOURCES: readonly Panel[] = [
  panel({
    id: "runtime-delay",
    area: "runtime",
    aspect: "saturation",
    title: "Event loop delay",
    description: "Time by which timers of the event loop are late: median, 95th and 99th percentile.",
    unit: "s",
    queries: classicQuantiles("nodejs_eventloop_delay_seconds"),
    needs: ["nodejs_eventloop_delay_seconds_count"],
    overview: true,
  }),
  panel({
    id: "runtime-utilization",
    area: "runtime",
    aspect: "utilization",
    title: "Event loop utilization",
    description: "Share of the time in which the event loop is busy.",
    unit: "1",
    queries: [{ expression: "nodejs_eventloop_utilization_ratio", legend: INSTANCE }],
    needs: ["nodejs_eventloop_utilization_ratio"],
  }),
  panel({
    id: "runtime-heap",
    area: "runtime",
    aspect: "utilization",
    title: "Heap",
    description:
      "Used heap, and heap after the last major garbage collection. The limit is shown if half is used.",
    unit: "By",
    queries: [
      { expression: "sum by (instance) (v8js_memory_heap_used_bytes)", legend: "used {{instance}}" },
      { expression: "v8js_memory_heap_retained_bytes", legend: "retained {{instance}}" },
      {
        expression: ifNear(
          "v8js_memory_heap_size_limit_bytes",
          "sum by (instance) (v8js_memory_heap_used_bytes)",
        ),
        legend: "limit {{instance}}",
      },
    ],
    needs: ["v8js_memory_heap_used_bytes"],
    overview: true,
  }),
  panel({
    id: "runtime-gc",
    area: "runtime",
    aspect: "utilization",
    title: "Garbage collection",
    description: "Share of the time that garbage collections take, by type.",
    unit: "1",
    kind: "stacked",
    queries: [
      {
        expression: "sum by (v8js_gc_type) (rate(v8js_gc_duration_seconds_sum[$range]))",
        legend: "{{v8js_gc_type}}",
      },
    ],
    needs: ["v8js_gc_duration_seconds_count"],
  }),
  panel({
    id: "runtime-gc-pauses",
    area: "runtime",
    aspect: "duration",
    title: "Pauses of garbage collection",
    description: "99th percentile of the duration of a garbage collection, by type.",
    unit: "s",
    queries: [
      {
        expression:
          "histogram_quantile(0.99, sum by (v8js_gc_type, le) (rate(v8js_gc_duration_seconds_bucket[$range])))",
        legend: "{{v8js_gc_type}}",
      },
    ],
    needs: ["v8js_gc_duration_seconds_count"],
  }),
  panel({
    id: "runtime-heap-spaces",
    area: "runtime",
    aspect: "utilization",
    title: "Heap by space",
    description: "Used heap, by V8's spaces.",
    unit: "By",
    kind: "stacked",
    queries: [
      {
        expression: "sum by (v8js_heap_space_name) (v8js_memory_heap_used_bytes) > 0",
        legend: "{{v8js_heap_space_name}}",
      },
    ],
    needs: ["v8js_memory_heap_used_bytes"],
  }),
  panel({
    id: "runtime-blocked",
    area: "runtime",
    aspect: "saturation",
    title: "Event loop blocked by",
    description: "Share of the time in which a function blocked the event loop: the five with the most.",
    unit: "1",
    queries: [
      {
        expression:
          "topk(5, sum by (code_function_name, code_file_path, code_line_number) (rate(nodejs_eventloop_blocked_duration_seconds_total[$range])))",
        legend: "{{code_function_name}} {{code_file_path}}:{{code_line_number}}",
      },
    ],
    needs: ["nodejs_eventloop_blocked_duration_seconds_total"],
  }),
  panel({
    id: "runtime-sockets",
    area: "runtime",
    aspect: "utilization",
    title: "Open sockets",
    description: "Sockets, servers and pipes that are open, by type.",
    unit: "{socket}",
    kind: "stacked",
    queries: [
      {
        expression:
          'sum by (v8js_resource_type) (v8js_resource_active{v8js_resource_type=~"(?:TCP|UDP|Pipe|TLS).*"})',
        legend: "{{v8js_resource_type}}",
      },
    ],
    needs: ["v8js_resource_active"],
  }),
  panel({
    id: "runtime-files",
    area: "runtime",
    aspect: "utilization",
    title: "Open files and their limit",
    description: "File descriptors that are open, and how many may be.",
    unit: "{file}",
    queries: [
      { expression: "process_unix_file_descriptor_count", legend: `open ${INSTANCE}` },
      { expression: "process_unix_file_descriptor_limit", legend: `limit ${INSTANCE}` },
    ],
    needs: ["process_unix_file_descriptor_count"],
  }),
  panel({
    id: "runtime-resources",
    area: "runtime",
    aspect: "utilization",
    title: "Active resources",
    description: "Timers, sockets and other resources that keep the event loop alive, by type.",
    unit: "{resource}",
    kind: "stacked",
    queries: [
      {
        expression: "topk(10, sum by (v8js_resource_type) (v8js_resource_active))",
        legend: "{{v8js_resource_type}}",
      },
    ],
    needs: ["v8js_resource_active"],
  }),
  panel({
    id: "process-cpu",
    area: "process",
    aspect: "utilization",
    title: "CPU of the process",
    description: "CPU time per second: 100 % is one processor.",
    unit: "1",
    queries: [
      { expression: "sum by (instance) (rate(process_cpu_time_seconds_total[$range]))", legend: INSTANCE },
    ],
    needs: ["process_cpu_time_seconds_total"],
    overview: true,
  }),
  panel({
    id: "process-memory",
    area: "process",
    aspect: "utilization",
    title: "Memory of the process",
    description: "Resident memory. The control group's limit is shown if half is used.",
    unit: "By",
    queries: [
      { expression: "process_memory_usage_bytes", legend: INSTANCE },
      {
        expression: ifNear("container_memory_limit_bytes", "max by (instance) (process_memory_usage_bytes)"),
        legend: "limit {{instance}}",
      },
    ],
    needs: ["process_memory_usage_bytes"],
    overview: true,
  }),
  panel({
    id: "process-files",
    area: "process",
    aspect: "utilization",
    title: "File descriptors",
    description: "Share of the allowed file descriptors that are open.",
    unit: "1",
    queries: [
      {
        expression: "process_unix_file_descriptor_count / process_unix_file_descriptor_limit",
        legend: INSTANCE,
      },
    ],
    needs: ["process_unix_file_descriptor_count"],
  }),
  panel({
    id: "process-threads",
    area: "process",
    aspect: "utilization",
    title: "Threads",
    description: "Threads of the process.",
    unit: "{thread}",
    queries: [{ expression: "process_thread_count", legend: INSTANCE }],
    needs: ["process_thread_count"],
  }),
  panel({
    id: "process-throttled",
    area: "process",
    aspect: "saturation",
    title: "CPU throttling",
    description: "Share of the control group's periods in which the CPU limit was reached.",
    unit: "1",
    queries: [
      {
        expression:
          "rate(container_cpu_throttled_periods_total[$range]) / rate(container_cpu_periods_total[$range])",
        legend: INSTANCE,
      },
    ],
    needs: ["container_cpu_throttled_periods_total"],
  }),
  panel({
    id: "machine-cpu",
    area: "machine",
    aspect: "utilization",
    title: "CPU of the machine",
    description: "Busy share of all processors, by mode.",
    unit: "1",
    kind: "stacked",
    queries: [
      {
        // A share of all modes: collections that are late would make more than all processors of a rate per second.
        expression:
          'sum by (cpu_mode) (rate(system_cpu_time_seconds_total{cpu_mode!="idle"}[$range])) / scalar(sum(rate(system_cpu_time_seconds_total[$range])))',
        legend: "{{cpu_mode}}",
      },
    ],
    needs: ["system_cpu_time_seconds_total"],
    overview: true,
  }),
  panel({
    id: "machine-memory",
    area: "machine",
    aspect: "utilization",
    title: "Memory of the machine",
    description: "Memory that is not free, by state.",
    unit: "By",
    kind: "stacked",
    queries: [
      {
        expression: 'max by (system_memory_state) (system_memory_usage_bytes{system_memory_state!="free"})',
        legend: "{{system_memory_state}}",
      },
    ],
    needs: ["system_memory_usage_bytes"],
    overview: true,
  }),
  panel({
    id: "machine-disks",
    area: "machine",
    aspect: "utilization",
    title: "File systems",
    description: "Used share of each writable file system.",
    unit: "1",
    queries: [
      {
        expression:
          'max by (system_filesystem_mountpoint) (system_filesystem_utilization_ratio{system_filesystem_mode="rw"})',
        legend: "{{system_filesystem_mountpoint}}",
      },
    ],
    needs: ["system_filesystem_utilization_ratio"],
    overview: true,
  }),
  panel({
    id: "machine-disk-io",
    area: "machine",
    aspect: "rate",
    title: "Disk traffic",
    description: "Bytes per second that the disks of the busiest machine read and write.",
    unit: "By/s",
    queries: [
      {
        expression:
          "max by (disk_io_direction) (sum by (job, instance, disk_io_direction) (rate(system_disk_io_bytes_total[$range])))",
        legend: "{{disk_io_direction}}",
      },
    ],
    needs: ["system_disk_io_bytes_total"],
  }),
  panel({
    id: "machine-network",
    area: "machine",
    aspect: "rate",
    title: "Network traffic",
    description: "Bytes per second of all network interfaces of the busiest machine.",
    unit: "By/s",
    queries: [
      {
        expression:
          "max by (network_io_direction) (sum by (job, instance, network_io_direction) (rate(system_network_io_bytes_total[$range])))",
        legend: "{{network_io_direction}}",
      },
    ],
    needs: ["system_network_io_bytes_total"],
  }),
  panel({
    id: "machine-network-errors",
    area: "machine",
    aspect: "errors",
    title: "Network errors",
    description: "Packets per second that were dropped or damaged, on the machine with the most.",
    unit: "{packet}/s",
    queries: [
      {
        expression: "max(sum by (job, instance) (rate(system_network_errors_total[$range])))",
        legend: "errors",
      },
      {
        expression: "max(sum by (job, instance) (rate(system_network_packet_dropped_total[$range])))",
        legend: "dropped",
      },
    ],
    needs: ["system_network_errors_total", "system_network_packet_dropped_total"],
  }),
  panel({
    id: "telemetry-dropped",
    area: "telemetry",
    aspect: "errors",
    title: "Dropped measurements",
    description: "Measurements and events per second that were refused, by reason.",
    unit: "1/s",
    queries: [
      { expression: "sum by (reason) (rate(telemetry_dropped_total[$range]))", legend: "{{reason}}" },
      {
        expression: "sum by (reason) (rate(telemetry_events_dropped_total[$range]))",
        legend: "events: {{reason}}",
      },
    ],
    needs: ["telemetry_dropped_total", "telemetry_events_dropped_total"],
  }),
  panel({
    id: "telemetry-outbox",
    area: "telemetry",
    aspect: "saturation",
    title: "Outbox",
    description: "Age of the oldest data that waits for its backend.",
    unit: "s",
    queries: [{ expression: "max by (instance) (telemetry_outbox_age_seconds)", legend: INSTANCE }],
    needs: ["telemetry_outbox_age_seconds"],
  }),
  panel({
    id: "telemetry-members",
    area: "telemetry",
    aspect: "state",
    title: "Processes of the group",
    description: "Members of the group.",
    unit: "{member}",
    queries: [{ expression: "max(telemetry_group_members)", legend: "members" }],
    needs: ["telemetry_group_members"],
    overview: true,
  }),
  panel({
    id: "telemetry-anomalies",
    area: "telemetry",
    aspect: "state",
    title: "Unusual series",
    description: "Series that are unusual now, with their score.",
    unit: "1",
    queries: [
      {
        expression: "topk(10, anomaly_score and anomaly_active > 0)",
        legend: "{{anomaly_metric}} {{anomaly_kind}}",
      },
    ],
    needs: ["anomaly_score"],
  }),
];
