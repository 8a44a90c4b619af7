import { range, seconds, share } from "./kinds.ts";
import { fromStart, type Monitor, monitor, type Severity } from "./monitor.ts";

const BY = "job, instance, system_filesystem_mountpoint";
const WRITABLE = `system_filesystem_mode="rw"`;
const NAME = "{{ $labels.system_filesystem_mountpoint }}";

/** Monitors of file systems: full now, and full soon. */
export const DISK: readonly Monitor[] = [
  monitor({
    name: "diskFull",
    severity: "critical",
    needs: fromStart("system_filesystem_utilization_ratio"),
    fires: "a writable file system is fuller than `threshold`",
    for: "5m",
    kinds: { threshold: share },
    defaults: { threshold: 0.95 },
    alert: ({ threshold }) => ({
      expr: `max by (${BY}) (system_filesystem_utilization_ratio{${WRITABLE}}) > ${threshold}`,
      summary: `File system ${NAME} is full`,
      description: `{{ $value | humanizePercentage }} of ${NAME} are used. Soon nothing can be written: no log, no database, no outbox. Delete or move files, or enlarge it.`,
    }),
  }),
  filling("diskFilling", "warning", { threshold: 0.6, horizon: 86_400, window: "6h" }),
  filling("diskFillingFast", "critical", { threshold: 0.8, horizon: 14_400, window: "6h" }),
];

// Both conditions together keep it quiet: much is used, and the trend reaches the end.
function filling(
  name: string,
  severity: Severity,
  defaults: { readonly threshold: number; readonly horizon: number; readonly window: string },
): Monitor {
  return monitor({
    name,
    severity,
    needs: fromStart("system_filesystem_usage_bytes"),
    fires:
      "a writable file system is fuller than `threshold`, and full within `horizon` at the rate of the last `window`",
    for: "1h",
    kinds: { threshold: share, horizon: seconds, window: range },
    defaults,
    alert: ({ threshold, horizon, window }) => {
      const free = `system_filesystem_usage_bytes{${WRITABLE}, system_filesystem_state="free"}`;
      return {
        expr: `max by (${BY}) (${free} / -deriv(${free}[${window}]))
  and max by (${BY}) (predict_linear(${free}[${window}], ${horizon})) < 0
  and max by (${BY}) (system_filesystem_utilization_ratio{${WRITABLE}}) > ${threshold}`,
        summary: `File system ${NAME} will be full soon`,
        description: `${NAME} is full in {{ $value | humanizeDuration }} at the rate of the last ${window}. Find out what writes there, and delete or move files before that.`,
      };
    },
  });
}
