import { type Monitor, monitor } from "./monitor.ts";
import { WHILE_RUNNING } from "./ratios.ts";

/** The monitor of anomalies. Its severity is `info`, since an anomaly alone needs no action. */
export const ANOMALIES: readonly Monitor[] = [
  monitor("anomaly", "info", {
    fires: "a series that [option `anomalies`](anomalies.md) watches is unusual",
    for: "5m",
    // Without anomalies nothing is active.
    parameters: {},
    expr: `anomaly_active > 0 or ${WHILE_RUNNING}`,
    summary: "{{ $labels.anomaly_metric }} is unusual",
    description:
      "The {{ $labels.anomaly_kind }} of {{ $labels.anomaly_metric }} behaves unlike before. An anomaly alone needs no action. Annotation correlated has what changed together with it.",
  }),
];
