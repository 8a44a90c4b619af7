import { count, type Parameter, range, seconds, share } from "./kinds.ts";
import {
  alertName,
  fromFirstEvent,
  fromStart,
  type Monitor,
  monitor,
  parametersOf,
  refuseUnknown,
  valuesFrom,
} from "./monitor.ts";
import { counted, paced, ratioAbove } from "./ratios.ts";
import { sloRules } from "../slo/slo-group.ts";
import { objective, objectiveWindow } from "../slo/slo-groups.ts";
import { durationMillis } from "../rules/duration.ts";

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
      "A critical component fails, and the application is not ready. Metric health_component_status and path /healthz name the component, the live page its reason.",
  }),
  monitor("componentUnhealthy", "warning", {
    needs: fromFirstEvent("health_component_status"),
    fires: "a component is unhealthy",
    for: "2m",
    keepFiringFor: "1m",
    parameters: {},
    expr: `max by (job, instance, health_component) (health_component_status) == 3`,
    summary: `Component ${NAME} is unhealthy`,
    description: `The health check of ${NAME} fails. The live page has its reason, and /healthz for authenticated clients.`,
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
    expr: (
      values,
    ) => `sum by (job, instance, health_component) (${counted("health_check_duration_seconds_sum", values.window)})
  / sum by (job, instance, health_component) (${counted("health_check_duration_seconds_count", values.window)})
  > ${values.threshold}`,
    summary: `The health check of ${NAME} is slow`,
    description: `A check of ${NAME} takes {{ $value | humanizeDuration }} on average. Probes with a time-out fail soon. Look at the component, or check less.`,
  }),
  monitor("healthChecksStopped", "warning", {
    needs: fromFirstEvent("health_checks_total"),
    fires:
      "a component that was checked, and has not been removed, has not been checked for `window`. For checks at intervals above a third of it, for 4, 24 or 288 windows",
    for: "5m",
    parameters: { window: range("10m") },
    expr: ({ window }) =>
      paced(
        "health_check_interval_seconds",
        "health_component",
        window,
        (long) => `sum by (job, instance, health_component) (increase(health_checks_total[${long}])) == 0
  and sum by (job, instance, health_component) (health_checks_total offset ${long})
  and sum by (job, instance, health_component) (health_component_status)`,
      ),
    summary: `Component ${NAME} is no longer checked`,
    description: `No health check of ${NAME} has ended for {window} or longer, so its status may be old. Look for a check that hangs, and for a probe that no longer calls.`,
  }),
];

const POOL = "{{ or $labels.connection_pool_name $labels.db_client_connection_pool_name }}";
const DATABASE_POOL = "{{ $labels.db_client_connection_pool_name }}";
const TARGET = "{{ $labels.network_target }}";

/** Monitors of connection pools, and of checks of other servers. */
export const CONNECTIONS: readonly Monitor[] = [
  monitor("connectionPoolWaiting", "warning", {
    fires: "for `window` more than `threshold` callers waited for a connection of a pool",
    for: "3m",
    parameters: { threshold: count(0), window: range("2m") },
    expr: (
      values,
    ) => `sum by (job, instance, connection_pool_name) (min_over_time(connection_pool_waiting[${values.window}])) > ${values.threshold}
  or sum by (job, instance, db_client_connection_pool_name) (
    min_over_time(db_client_connection_pending_requests[${values.window}])
  ) > ${values.threshold}`,
    summary: `Connection pool ${POOL} is too small or too slow`,
    description: `At least {{ $value | humanize }} callers wait for a connection of ${POOL} all the time. Look for slow queries and connections that are never released, then enlarge the pool.`,
  }),
  monitor("connectionPoolExhausted", "warning", {
    needs: fromFirstEvent("db_client_connection_count"),
    fires: "more than `threshold` of a database pool's connections are in use",
    for: "10m",
    parameters: { threshold: share(0.95) },
    expr: ({ threshold }) => `sum by (job, instance, db_client_connection_pool_name) (
  db_client_connection_count{db_client_connection_state="used"}
)
  / sum by (job, instance, db_client_connection_pool_name) (db_client_connection_limit)
  > ${threshold}`,
    summary: `Connection pool ${DATABASE_POOL} is exhausted`,
    description: `{{ $value | humanizePercentage }} of the connections of ${DATABASE_POOL} are in use, and the next callers wait. Look for long transactions and connections that are never released.`,
  }),
  monitor("probeFailing", "critical", {
    needs: fromFirstEvent("network_checks_total"),
    fires:
      "more than `threshold` of the checks of a server fail, with at least `events` failures in `window`. For checks at intervals above a third of it, in 4, 24 or 288 windows",
    for: "1m",
    parameters: { threshold: share(0.5), window: range("5m"), events: count(2) },
    expr: (values) =>
      paced("network_check_interval_seconds", "network_target", values.window, (window) =>
        ratioAbove({
          ...values,
          window,
          bad: `network_checks_total{outcome="failure"}`,
          total: "network_checks_total",
          by: "network_target",
        }),
      ),
    summary: `${TARGET} cannot be reached`,
    description: `{{ $value | humanizePercentage }} of the TCP and HTTP checks of ${TARGET} fail. Look at its name, the network, its certificate and whether it runs.`,
  }),
];

const BUDGET = "httpErrorBudget";
const TOTAL = "http_server_request_duration_seconds_count";

const window: Parameter<string | number> = {
  unit: "duration",
  defaultValue: "30d",
  must: objectiveWindow.must,
  read: (value) =>
    (typeof value === "string" || typeof value === "number") && objectiveWindow.read(value) !== undefined
      ? value
      : undefined,
};
const PARAMETERS = {
  objective: { ...objective, unit: "share", defaultValue: 0.999 },
  window,
  minimumErrors: count(5),
};

/** Monitors of HTTP servers: the error budget of all responses. */
export const HTTP: readonly Monitor[] = [
  {
    name: BUDGET,
    severities: ["critical", "warning"],
    fires:
      "responses with a status of 500 or above use up the error budget of `objective` in `window`. Alerts are on 2 % of it in an hour, 5 % in 6 hours, and 10 % in a day or in 3 days. There must be at least `minimumErrors` errors in that time",
    parameters: parametersOf(PARAMETERS),
    rules: (parser, place, given) => {
      refuseUnknown(parser, place, given, Object.keys(PARAMETERS));
      const values = valuesFrom(parser, place, given, PARAMETERS);
      const settings = {
        name: "http",
        objective: values.objective,
        good: `${TOTAL}{http_response_status_code!~"5.."}`,
        total: TOTAL,
        windowSeconds: (durationMillis(values.window) ?? 0) / 1_000,
        minimumErrors: values.minimumErrors,
      };
      return sloRules(settings, alertName(BUDGET));
    },
  },
];
