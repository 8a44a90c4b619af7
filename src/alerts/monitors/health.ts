import { count, range, seconds } from "./kinds.ts";
import { fromFirstEvent, fromStart, type Monitor, monitor } from "./monitor.ts";
import { counted, paced } from "./ratios.ts";

const NAME = "{{ $labels.health_component }}";

/** Monitors of health and its checks. Status 3 is unhealthy. */
export const HEALTH: readonly Monitor[] = [
  monitor("applicationUnhealthy", "critical", {
    needs: fromStart("health_status"),
    fires: "the application is unhealthy",
    for: "1m",
    parameters: {},
    expr: `max by (job, instance) (health_status) == 3`,
    summary: "The application is unhealthy",
    description:
      "A critical component fails, and the application is not ready. Metric health_component_status and path /healthz name the component.",
  }),
  monitor("componentUnhealthy", "warning", {
    needs: fromFirstEvent("health_component_status"),
    fires: "a component is unhealthy",
    for: "2m",
    keepFiringFor: "1m",
    parameters: {},
    expr: `max by (job, instance, health_component) (health_component_status) == 3`,
    summary: `Component ${NAME} is unhealthy`,
    description: `The health check of ${NAME} fails. Path /healthz has its reason.`,
  }),
  monitor("healthFlapping", "warning", {
    needs: fromFirstEvent("health_component_status"),
    fires: "the status of a component has changed at least `threshold` times in `window`",
    keepFiringFor: "5m",
    parameters: { threshold: count(5), window: range("15m") },
    expr: ({ threshold, window }) =>
      `max by (job, instance, health_component) (changes(health_component_status[${window}])) >= ${threshold}`,
    summary: `The health of ${NAME} flaps`,
    description: `The status of ${NAME} has changed {{ $value | humanize }} times in {window}. Load balancers take the process out and back in. Look for a time-out that is too short, or real short failures.`,
  }),
  monitor("healthCheckSlow", "warning", {
    needs: fromFirstEvent("health_check_duration_seconds_count"),
    fires: "the checks of a component take more than `threshold` on average",
    for: "5m",
    parameters: { threshold: seconds(2), window: range("10m") },
    expr: ({
      threshold,
      window,
    }) => `sum by (job, instance, health_component) (${counted("health_check_duration_seconds_sum", window)})
  / sum by (job, instance, health_component) (${counted("health_check_duration_seconds_count", window)})
  > ${threshold}`,
    summary: `The health check of ${NAME} is slow`,
    description: `A check of ${NAME} takes {{ $value | humanizeDuration }} on average. Probes with a time-out fail soon. Look at the component, or check less.`,
  }),
  monitor("healthChecksStopped", "warning", {
    needs: fromFirstEvent("health_checks_total"),
    fires:
      "a component that was checked has not been for `window`. For checks at intervals above a third of it, for 4, 24 or 288 windows",
    for: "5m",
    parameters: { window: range("10m") },
    expr: ({ window }) =>
      paced(
        "health_check_interval_seconds",
        "health_component",
        window,
        (long) => `sum by (job, instance, health_component) (increase(health_checks_total[${long}])) == 0
  and sum by (job, instance, health_component) (health_checks_total offset ${long})`,
      ),
    summary: `Component ${NAME} is no longer checked`,
    description: `No health check of ${NAME} has ended for {window} or longer, so its status may be old. Look for a check that hangs, and for a probe that no longer calls.`,
  }),
];
