import { type Parameter, range, seconds, share } from "./kinds.ts";
import { fromStart, type Monitor, monitor, type Severity } from "./monitor.ts";

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
