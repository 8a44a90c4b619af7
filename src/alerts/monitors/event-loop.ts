import { range, seconds, share } from "./kinds.ts";
import { fromStart, type Monitor, monitor } from "./monitor.ts";
import { onceFull } from "./ratios.ts";

const TIME = "nodejs_eventloop_time_seconds_total";

/** Monitors of the event loop. */
export const EVENT_LOOP: readonly Monitor[] = [
  monitor({
    name: "eventLoopSlow",
    severity: "warning",
    needs: fromStart("nodejs_eventloop_delay_seconds_count"),
    fires: "the 99th percentile of the event loop's delay over `window` is above `threshold`",
    for: "5m",
    kinds: { threshold: seconds, window: range },
    defaults: { threshold: 0.1, window: "5m" },
    alert: ({ threshold, window }) => ({
      expr: `histogram_quantile(0.99,
  sum by (job, instance, le) (rate(nodejs_eventloop_delay_seconds_bucket[${window}]))
) > ${threshold}`,
      summary: "The event loop is slow",
      description:
        "One in a hundred timers is late by {{ $value | humanizeDuration }} or more, and so is each response. Take a CPU profile, and move long calculations to a worker thread.",
    }),
  }),
  monitor({
    name: "eventLoopBlocked",
    severity: "warning",
    needs: fromStart("nodejs_eventloop_delay_max_seconds"),
    fires: "the event loop stood still for more than `threshold` at once, later than `after` the start",
    keepFiringFor: "2m",
    kinds: { threshold: seconds, window: range, after: seconds },
    defaults: { threshold: 0.5, window: "1m", after: 120 },
    alert: ({ threshold, window, after }) => ({
      expr: `max by (job, instance) (max_over_time(nodejs_eventloop_delay_max_seconds[${window}])) > ${threshold}
  unless on (job, instance) process_uptime_seconds < ${after}`,
      summary: "The event loop was blocked",
      description:
        "Nothing ran for {{ $value | humanizeDuration }}: no response, no timer, no heartbeat. Look for synchronous calls and large documents.",
    }),
  }),
  monitor({
    name: "eventLoopSaturated",
    severity: "warning",
    needs: fromStart(TIME),
    fires: "the event loop is active for more than `threshold` of the time",
    for: "10m",
    kinds: { threshold: share, window: range },
    defaults: { threshold: 0.9, window: "5m" },
    alert: ({ threshold, window }) => ({
      // The start of a process is busy.
      expr: onceFull(
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
  }),
];
