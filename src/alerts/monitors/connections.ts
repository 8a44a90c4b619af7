import { count, range, share } from "./kinds.ts";
import { fromFirstEvent, type Monitor, monitor } from "./monitor.ts";
import { paced, ratioAbove } from "./ratios.ts";

const POOL = "{{ or $labels.connection_pool_name $labels.db_client_connection_pool_name }}";
const DATABASE_POOL = "{{ $labels.db_client_connection_pool_name }}";
const TARGET = "{{ $labels.network_target }}";

/** Monitors of connection pools, and of checks of other servers. */
export const CONNECTIONS: readonly Monitor[] = [
  monitor("connectionPoolWaiting", "warning", {
    fires: "for `window` more than `threshold` callers waited for a connection of a pool",
    for: "3m",
    parameters: { threshold: count(0), window: range("2m") },
    expr: ({
      threshold,
      window,
    }) => `sum by (job, instance, connection_pool_name) (min_over_time(connection_pool_waiting[${window}])) > ${threshold}
  or sum by (job, instance, db_client_connection_pool_name) (
    min_over_time(db_client_connection_pending_requests[${window}])
  ) > ${threshold}`,
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
