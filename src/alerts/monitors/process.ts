import { count, type Parameter, range, seconds, share } from "./kinds.ts";
import { fromStart, type Monitor, monitor, type Severity } from "./monitor.ts";
import { increased, onceFull } from "./ratios.ts";

/** Monitors of the process, its processors and its clock. */
export const PROCESS: readonly Monitor[] = [
  monitor("cpuThrottled", "warning", {
    needs: fromStart("container_cpu_periods_total"),
    fires: "the control group was throttled in more than `threshold` of its periods",
    for: "15m",
    parameters: { threshold: share(0.25), window: range("5m") },
    expr: (values) => `sum by (job, instance) (rate(container_cpu_throttled_periods_total[${values.window}]))
  / sum by (job, instance) (rate(container_cpu_periods_total[${values.window}]))
  > ${values.threshold}`,
    summary: "The container's processors are throttled",
    description:
      "The container used up its processor time in {{ $value | humanizePercentage }} of all periods, and was stopped for the rest of them. Raise its limit, or start fewer threads.",
  }),
  monitor("cpuStolen", "warning", {
    needs: fromStart("system_cpu_utilization_ratio"),
    fires: "other virtual machines take more than `threshold` of the processors' time",
    for: "15m",
    parameters: { threshold: share(0.1), window: range("10m") },
    expr: ({ threshold, window }) => `max by (job, instance) (
  avg_over_time(system_cpu_utilization_ratio{cpu_mode="steal", cpu_logical_number=""}[${window}])
) > ${threshold}`,
    summary: "The machine loses processor time to others",
    description:
      "The hypervisor took {{ $value | humanizePercentage }} of the processors' time. Everything is slower by that. Move to another machine or a larger class.",
  }),
  monitor("fileDescriptorsLow", "critical", {
    needs: fromStart("process_unix_file_descriptor_count"),
    fires: "more than `threshold` of the file descriptors are in use",
    for: "5m",
    parameters: { threshold: share(0.8) },
    expr: ({ threshold }) => `sum by (job, instance) (process_unix_file_descriptor_count)
  / sum by (job, instance) (process_unix_file_descriptor_limit)
  > ${threshold}`,
    summary: "File descriptors run out",
    description:
      "{{ $value | humanizePercentage }} of the file descriptors are open. At the limit no connection is accepted and no file is opened. Look for sockets and files that are never closed, and raise the limit.",
  }),
  monitor("clockJumped", "warning", {
    needs: fromStart("system_clock_change_seconds_total"),
    fires: "the machine's clock was set by more than `threshold` in `window`",
    parameters: { threshold: seconds(5), window: range("10m") },
    expr: ({ threshold, window }) =>
      `max by (job, instance) ${increased("system_clock_change_seconds_total", window)} > ${threshold}`,
    summary: "The clock jumped",
    description:
      "The clock was set by {{ $value | humanizeDuration }}. Tokens, leases and time-outs that use it may be wrong, and so may the times of these metrics. Look at the time synchronization.",
  }),
  monitor("restartLoop", "critical", {
    fires: "the process has started again at least `restarts` times in `window`",
    parameters: { restarts: count(3), window: range("30m") },
    expr: ({ restarts, window }) =>
      `max by (job, instance) (resets(process_uptime_seconds[${window}])) >= ${restarts}`,
    summary: "The process starts again and again",
    description: `It started {{ $value | humanize }} times in {window}. Its last log lines, and its exit code, have the cause.`,
  }),
  monitor("metricsMissing", "critical", {
    fires:
      "the last process of a job has vanished within `window`, and one ran for `after` or longer. A job that ends sooner has done its work",
    for: "5m",
    parameters: { window: range("1h"), after: seconds(600) },
    expr: (
      values,
    ) => `group by (job) (max_over_time(process_uptime_seconds[${values.window}]) >= ${values.after})
  unless group by (job) (process_uptime_seconds)`,
    summary: "An application has vanished",
    description: `No process{{ with $labels.job }} of {{ . }}{{ end }} has been measured for at least 5 minutes, and one was within {window}. No other monitor sees it. Look whether it runs, and whether its metrics are collected.`,
  }),
];

const TIME = "nodejs_eventloop_time_seconds_total";

/** Monitors of the event loop. */
export const EVENT_LOOP: readonly Monitor[] = [
  monitor("eventLoopSlow", "warning", {
    needs: fromStart("nodejs_eventloop_delay_seconds_count"),
    fires: "the 99th percentile of the event loop's delay over `window` is above `threshold`",
    for: "5m",
    parameters: { threshold: seconds(0.1), window: range("5m") },
    expr: ({ threshold, window }) => `histogram_quantile(0.99,
  sum by (job, instance, le) (rate(nodejs_eventloop_delay_seconds_bucket[${window}]))
) > ${threshold}`,
    summary: "The event loop is slow",
    description:
      "One in a hundred timers is late by {{ $value | humanizeDuration }} or more, and so is each response. Annotation blocked_by or `tachymeter profile` names the functions: move long calculations to a worker thread.",
  }),
  monitor("eventLoopBlocked", "warning", {
    needs: fromStart("nodejs_eventloop_delay_max_seconds"),
    fires: "the event loop stood still for more than `threshold` at once, later than `after` the start",
    keepFiringFor: "2m",
    parameters: { threshold: seconds(0.5), window: range("1m"), after: seconds(120) },
    expr: (
      values,
    ) => `max by (job, instance) (max_over_time(nodejs_eventloop_delay_max_seconds[${values.window}])) > ${values.threshold}
  unless on (job, instance) process_uptime_seconds < ${values.after}`,
    summary: "The event loop was blocked",
    description:
      "Nothing ran for {{ $value | humanizeDuration }}: no response, no timer, no heartbeat. Annotation blocked_by names the functions, with option profiles. Look for synchronous calls and large documents.",
  }),
  monitor("eventLoopSaturated", "warning", {
    needs: fromStart(TIME),
    fires: "the event loop is active for more than `threshold` of the time",
    for: "10m",
    parameters: { threshold: share(0.9), window: range("5m") },
    // The start of a process is busy.
    expr: ({ threshold, window }) =>
      onceFull(
        `sum by (job, instance) (rate(${TIME}{nodejs_eventloop_state="active"}[${window}]))
  / sum by (job, instance) (rate(${TIME}[${window}]))
  > ${threshold}`,
        TIME,
        window,
      ),
    summary: "The event loop is saturated",
    description:
      "The event loop is busy for {{ $value | humanizePercentage }} of the time: more load only makes responses slower. Annotation busy_in or `tachymeter profile` names the functions. Add processes, or move work to threads.",
  }),
];

const BY = "job, instance, system_filesystem_mountpoint";
const WRITABLE = `system_filesystem_mode="rw"`;
const FREE = `system_filesystem_usage_bytes{${WRITABLE}, system_filesystem_state="free"}`;
const NAME = "{{ $labels.system_filesystem_mountpoint }}";

/** Monitors of file systems: full now, and full soon. */
export const DISK: readonly Monitor[] = [
  monitor("diskFull", "critical", {
    needs: fromStart("system_filesystem_utilization_ratio"),
    fires: "a writable file system is fuller than `threshold`",
    for: "5m",
    parameters: { threshold: share(0.95) },
    expr: ({ threshold }) =>
      `max by (${BY}) (system_filesystem_utilization_ratio{${WRITABLE}}) > ${threshold}`,
    summary: `File system ${NAME} is full`,
    description: `{{ $value | humanizePercentage }} of ${NAME} are used. Soon nothing can be written: no log, no database, no outbox. Delete or move files, or enlarge it.`,
  }),
  filling("diskFilling", "warning", share(0.6), seconds(86_400)),
  filling("diskFillingFast", "critical", share(0.8), seconds(14_400)),
];

// Both conditions together keep it quiet: much is used, and the trend reaches the end.
function filling(
  name: string,
  severity: Severity,
  threshold: Parameter<number>,
  horizon: Parameter<number>,
): Monitor {
  return monitor(name, severity, {
    needs: fromStart("system_filesystem_usage_bytes"),
    fires:
      "a writable file system is fuller than `threshold`, and full within `horizon` at the rate of the last `window`",
    for: "1h",
    parameters: { threshold, horizon, window: range("6h") },
    expr: (values) => `max by (${BY}) (${FREE} / -deriv(${FREE}[${values.window}]))
  and max by (${BY}) (predict_linear(${FREE}[${values.window}], ${values.horizon})) < 0
  and max by (${BY}) (system_filesystem_utilization_ratio{${WRITABLE}}) > ${values.threshold}`,
    summary: `File system ${NAME} will be full soon`,
    description: `${NAME} is full in {{ $value | humanizeDuration }} at the rate of the last {window}. Find out what writes there, and delete or move files before that.`,
  });
}
