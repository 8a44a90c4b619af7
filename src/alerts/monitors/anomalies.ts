import { type Monitor, monitor } from "./monitor.ts";

/** The monitor of anomalies. An anomaly alone is no reason to act, so its severity is `info`. */
export const ANOMALIES: readonly Monitor[] = [
  monitor({
    name: "anomaly",
    severity: "info",
    fires: "a series that [option `anomalies`](anomalies.md) watches is unusual",
    for: "5m",
    kinds: {},
    defaults: {},
    alert: () => ({
      expr: "anomaly_active > 0",
      summary: "{{ $labels.anomaly_metric }} is unusual",
      description:
        "The {{ $labels.anomaly_kind }} of {{ $labels.anomaly_metric }} behaves unlike before. This alone is no reason to act. Annotation correlated has what changed together with it.",
    }),
  }),
];
