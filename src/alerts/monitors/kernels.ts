import { count, range, share } from "./kinds.ts";
import { fromFirstEvent, type Monitor, monitor } from "./monitor.ts";
import { counted, ratioAbove } from "./ratios.ts";

const BY = "job, instance, kernel_id";
const KERNEL = "{{ $labels.kernel_id }}";
const POOL = "{{ $labels.kernel_pool_name }}";

/** Monitors of kernels, such as worker threads, and of their pools. State 2 is active. */
export const KERNELS: readonly Monitor[] = [
  monitor("kernelStuck", "critical", {
    needs: fromFirstEvent("kernel_state"),
    fires:
      "an active kernel that has processed messages before received some in `window`, and processed none",
    for: "5m",
    parameters: { window: range("10m") },
    // A kernel that never replies has processed nothing, and is not stuck.
    expr: ({ window }) => `max by (${BY}) (kernel_state) == 2
  and sum by (${BY}) (kernel_messages_processed_total) > 0
  and sum by (${BY}) (${counted("kernel_messages_received_total", window)}) > 0
  and sum by (${BY}) (${counted("kernel_messages_processed_total", window)}) == 0`,
    summary: `Kernel ${KERNEL} is stuck`,
    description: `${KERNEL} is active and received messages, but has processed none for {window} or longer. Look for an endless loop or a call that never returns, and restart it.`,
  }),
  monitor("kernelRestarting", "warning", {
    needs: fromFirstEvent("kernel_start_time_seconds"),
    fires: "a kernel was started again at least `restarts` times in `window`",
    keepFiringFor: "5m",
    parameters: { restarts: count(3), window: range("15m") },
    expr: ({ restarts, window }) =>
      `max by (${BY}) (changes(kernel_start_time_seconds[${window}])) >= ${restarts}`,
    summary: `Kernel ${KERNEL} restarts again and again`,
    description: `${KERNEL} was started {{ $value | humanize }} times in {window}. Its work in progress is lost each time. Label error_type of kernel_errors_total has the cause.`,
  }),
  monitor("kernelErrors", "warning", {
    needs: fromFirstEvent("kernel_messages_processed_total"),
    fires:
      "more than `threshold` of what a kernel settles are errors, with at least `events` of them in `window`",
    for: "5m",
    parameters: { threshold: share(0.05), window: range("10m"), events: count(5) },
    expr: (values) =>
      ratioAbove({
        ...values,
        bad: `kernel_errors_total{error_type!=""}`,
        total: "kernel_messages_processed_total",
        isTotalGood: true,
        by: "kernel_id",
      }),
    summary: `Kernel ${KERNEL} fails`,
    description: `{{ $value | humanizePercentage }} of what ${KERNEL} settles are errors. Label error_type of kernel_errors_total has the kinds.`,
  }),
  monitor("poolSaturated", "warning", {
    needs: fromFirstEvent("kernel_pool_queue_size"),
    fires: "for `window` all workers of a pool were busy, and more than `threshold` tasks waited",
    for: "5m",
    parameters: { threshold: count(0), window: range("5m") },
    expr: ({
      threshold,
      window,
    }) => `sum by (job, instance, kernel_pool_name) (min_over_time(kernel_pool_queue_size[${window}])) > ${threshold}
  and max by (job, instance, kernel_pool_name) (min_over_time(kernel_pool_utilization[${window}])) >= 1`,
    summary: `Worker pool ${POOL} is saturated`,
    description: `At least {{ $value | humanize }} tasks wait for a worker of ${POOL} all the time. Add workers if there are idle processors, or send it less.`,
  }),
  monitor("poolTasksFailing", "warning", {
    needs: fromFirstEvent("kernel_pool_tasks_total"),
    fires: "more than `threshold` of a pool's tasks fail, with at least `events` failures in `window`",
    for: "5m",
    parameters: { threshold: share(0.05), window: range("10m"), events: count(5) },
    expr: (values) =>
      ratioAbove({
        ...values,
        bad: `kernel_pool_tasks_total{outcome="failure"}`,
        total: "kernel_pool_tasks_total",
        by: "kernel_pool_name",
      }),
    summary: `Tasks of worker pool ${POOL} fail`,
    description: `{{ $value | humanizePercentage }} of the tasks of ${POOL} fail. Their errors are in the application's log.`,
  }),
];
