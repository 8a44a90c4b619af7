import type { Alert } from "../../../src/alerts/alert.ts";

/** A firing alert. */
export function firing(
  labels: Readonly<Record<string, string>>,
  firedAt: number,
  annotations: Readonly<Record<string, string>> = {},
): Alert {
  const name = labels["alertname"] ?? "Test";
  return {
    name,
    state: "firing",
    labels: { alertname: name, ...labels },
    annotations,
    value: 1,
    activeAt: firedAt,
    firedAt,
  };
}

/** The same alert, resolved. */
export function resolved(alert: Alert, resolvedAt: number): Alert {
  return { ...alert, state: "resolved", resolvedAt };
}
