import { count, range, seconds, share } from "./kinds.ts";
import { fromStart, type Monitor, monitor } from "./monitor.ts";
import { increased } from "./ratios.ts";

/** Monitors of the process, its processors and its clock. */
export const PROCESS: readonly Monitor[] = [
  monitor("cpuThrottled", "warning", {
    needs: fromStart("container_cpu_periods_total"),
    fires: "the control group was throttled in more than `threshold` of its periods",
    for: "15m",
    parameters: { threshold: share(0.25), window: range("5m") },
    expr: ({
      threshold,
      window,
    }) => `sum by (job, instance) (rate(container_cpu_throttled_periods_total[${window}]))
  / sum by (job, instance) (rate(container_cpu_periods_total[${window}]))
  > ${threshold}`,
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
    expr: ({
      window,
      after,
    }) => `group by (job) (max_over_time(process_uptime_seconds[${window}]) >= ${after})
  unless group by (job) (process_uptime_seconds)`,
    summary: "An application has vanished",
    description: `No process{{ with $labels.job }} of {{ . }}{{ end }} has been measured for at least 5 minutes, and one was within {window}. No other monitor sees it. Look whether it runs, and whether its metrics are collected.`,
  }),
];
