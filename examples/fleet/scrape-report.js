// The table of measurements. Its only input is the last scrape of each process.
import { Scrape } from "./scrape.js";

const HEALTH = ["unknown", "healthy", "degraded", "unhealthy"];
const NOTHING = "-";

// One line for each measure: its label, and its value in the scrape of one process.
const PROCESS_ROWS = [
  ["messages sent", (it) => decimal(it.sum("messages_sent_total"))],
  ["messages received", (it) => decimal(it.sum("messages_received_total"))],
  ["messages queued", (it) => decimal(it.sum("message_queue_size"))],
  ["coordination messages", (it) => decimal(it.sum("coordination_messages_total"))],
  ["active nodes", (it) => decimal(it.sum("coordination_active_nodes"))],
  ["leader changes", (it) => decimal(it.sum("coordination_leader_changes_total"))],
  ["health", (it) => HEALTH[it.sum("health_status")] ?? NOTHING],
  ["health checks", (it) => decimal(it.sum("health_checks_total"))],
  ["  of them healthy", (it) => decimal(it.sum("health_checks_total", { health_result: "healthy" }))],
  ["CPU time", (it) => decimal(it.sum("process_cpu_time_seconds_total"), 1, " s")],
  ["memory", (it) => mebibytes(first(it, "process_memory_usage_bytes", "process_memory_usage"))],
  ["memory of the machine", (it) => mebibytes(machineMemory(it))],
  ["CPU of the machine, busy", (it) => decimal(machineCpuPercent(it), 0, " %")],
  ["event loop delay, p99", (it) => milliseconds(it.sum("nodejs_eventloop_delay_p99_seconds"))],
  ["metrics", (it) => decimal(it.sum("telemetry_metrics_count"))],
];

// One line for each histogram, over all processes.
const LATENCY_ROWS = [
  { title: "message handling", name: "message_processing_duration_seconds" },
  { title: "heartbeat", name: "coordination_message_latency_seconds", type: "heartbeat" },
  { title: "job, handed out to done", name: "coordination_message_latency_seconds", type: "job" },
  { title: "lock waited for", name: "coordination_lock_wait_duration_seconds" },
  { title: "lock held", name: "coordination_lock_hold_duration_seconds" },
  { title: "health check", name: "health_check_duration_seconds" },
];

/** Returns the report on `texts`, the scrape of each process by its name. */
export function reportOnScrapes(texts) {
  const scrapes = [...texts].map(([name, text]) => [name, new Scrape(text)]);
  const fleet = new Scrape([...texts.values()].join("\n"));
  return [processTable(scrapes), latencyTable(fleet), kernelTable(scrapes)].join("\n\n");
}

function processTable(scrapes) {
  const head = ["PROCESS", ...scrapes.map(([name]) => name)];
  const rows = PROCESS_ROWS.map(([title, measure]) => [
    title,
    ...scrapes.map(([, scrape]) => measure(scrape)),
  ]);
  return table([head, ...rows]);
}

function latencyTable(fleet) {
  const rows = LATENCY_ROWS.map(({ title, name, type }) => {
    const where = type === undefined ? {} : { coordination_message_type: type };
    const quantiles = [0.5, 0.95, 0.99].map((q) => fleet.quantile(q, name, where));
    return [title, decimal(fleet.sum(`${name}_count`, where)), ...quantiles.map(milliseconds)];
  });
  return table([["LATENCY, all processes", "count", "p50", "p95", "p99"], ...rows]);
}

function kernelTable(scrapes) {
  const rows = scrapes.flatMap(([process, scrape]) =>
    scrape
      .labels("kernel_state", "kernel_id")
      .map((kernel_id) => [
        `${process} ${kernel_id}`,
        decimal(scrape.sum("kernel_messages_processed_total", { kernel_id })),
        decimal(scrape.sum("kernel_errors_total", { kernel_id }) ?? 0),
        decimal(scrape.sum("kernel_throughput_per_second", { kernel_id }), 1),
        decimal(scrape.sum("kernel_uptime_seconds", { kernel_id }), 1, " s"),
      ]),
  );
  return table([["KERNEL", "messages", "errors", "per second", "uptime"], ...rows]);
}

// Left-aligns the first column and right-aligns the figures.
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("   "),
    )
    .join("\n");
}

// Outside of Linux these are upstream's host metrics, which have no units and use older names.
function first(scrape, ...names) {
  return names.map((name) => scrape.sum(name)).find((value) => value !== undefined);
}

function machineMemory(scrape) {
  const used = { system_memory_state: "used" };
  return scrape.sum("system_memory_usage_bytes", used) ?? scrape.sum("system_memory_usage", used);
}

function machineCpuPercent(scrape) {
  // One value for each processor, and on Linux one for all together, which does not change the average.
  return (
    busyPercent(scrape, "system_cpu_utilization_ratio", "cpu_mode", "cpu_logical_number") ??
    busyPercent(scrape, "system_cpu_utilization", "system_cpu_state", "system_cpu_logical_number")
  );
}

function busyPercent(scrape, name, state, number) {
  const idle = scrape.sum(name, { [state]: "idle" });
  return idle === undefined ? undefined : 100 * (1 - idle / scrape.labels(name, number).length);
}

function mebibytes(bytes) {
  return bytes === undefined ? NOTHING : decimal(bytes / 2 ** 20, 0, " MiB");
}

function milliseconds(seconds) {
  return seconds === undefined ? NOTHING : decimal(seconds * 1_000, 1, " ms");
}

function decimal(value, digits = 0, unit = "") {
  if (value === undefined || Number.isNaN(value)) return NOTHING;
  return (
    value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }) + unit
  );
}
