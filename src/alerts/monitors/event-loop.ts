import { range, seconds, share } from "./kinds.ts";
import { fromStart, type Monitor, monitor } from "./monitor.ts";
import { onceFull } from "./ratios.ts";

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
      "One in a hundred timers is late by {{ $value | humanizeDuration }} or more, and so is each response. Take a CPU profile, and move long calculations to a worker thread.",
  }),
  monitor("eventLoopBlocked", "warning", {
    needs: fromStart("nodejs_eventloop_delay_max_seconds"),
    fires: "the event loop stood still for more than `threshold` at once, later than `after` the start",
    keepFiringFor: "2m",
    parameters: { threshold: seconds(0.5), window: range("1m"), after: seconds(120) },
    expr: ({
      threshold,
      window,
      after,
    }) => `max by (job, instance) (max_over_time(nodejs_eventloop_delay_max_seconds[${window}])) > ${threshold}
  unless on (job, instance) process_uptime_seconds < ${after}`,
    summary: "The event loop was blocked",
    description:
      "Nothing ran for {{ $value | humanizeDuration }}: no response, no timer, no heartbeat. Look for synchronous calls and large documents.",
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
      "The event loop is busy for {{ $value | humanizePercentage }} of the time: more load only makes responses slower. Add processes, or move work to threads.",
  }),
];
