import { redactText } from "../../diagnostics/redact.ts";

/** Health of a component or of the application: 0, 1, 2 and 3 in the metrics. */
export type HealthStatus = "unknown" | "healthy" | "degraded" | "unhealthy";

/** Health of one component. */
export interface ComponentHealth {
  /** Current status. */
  readonly status: HealthStatus;
  /** Reason of the status, at most 200 characters. */
  readonly reason?: string;
  /** Whether the overall status is unhealthy if this component is; otherwise it is degraded. */
  readonly critical: boolean;
  /** End of the last check, in seconds since the epoch. */
  readonly checkedAt?: number;
  /** Duration of the last check, in seconds. */
  readonly durationSeconds?: number;
}

/** Health of all components. */
export interface HealthReport {
  /**
   * Overall status. Unhealthy if a critical component is unhealthy; else degraded if any component is degraded or
   * unhealthy; else healthy. Unknown components are ignored; if all are unknown, so is the overall status.
   */
  readonly status: HealthStatus;
  /** Time of the report, in seconds since the epoch. */
  readonly timestamp: number;
  /** Health of each component by name. */
  readonly components: Readonly<Record<string, ComponentHealth>>;
}

const STATUS_VALUES: Readonly<Record<HealthStatus, number>> = {
  unknown: 0,
  healthy: 1,
  degraded: 2,
  unhealthy: 3,
};

/** Returns the value of a status in the metrics. */
export function valueOfStatus(status: HealthStatus): number {
  return STATUS_VALUES[status];
}

/** Whether `given` is a health status. */
export function isHealthStatus(given: unknown): given is HealthStatus {
  return typeof given === "string" && Object.hasOwn(STATUS_VALUES, given);
}

/** Returns the overall status: see `HealthReport.status`. */
export function statusOfAll(
  components: Iterable<Pick<ComponentHealth, "status" | "critical">>,
): HealthStatus {
  let whole: HealthStatus = "unknown";
  for (const { status, critical } of components) {
    if (status === "unknown") continue;
    if (status === "unhealthy" && critical) return "unhealthy";
    if (status !== "healthy") whole = "degraded";
    else if (whole === "unknown") whole = "healthy";
  }
  return whole;
}

/** Result of one check. */
export interface HealthVerdict {
  readonly status: HealthStatus;
  readonly reason?: string;
}

const MAX_REASON_LENGTH = 200;
const MAX_READ = 2_048;

/** Converts an error to an unhealthy verdict, whose reason is the error's message, code or name. Never throws. */
export function verdictFromError(error: unknown): HealthVerdict {
  return verdictFrom("unhealthy", reasonOf(error) ?? "the check failed");
}

/**
 * Creates a verdict. Its reason has at most 200 characters and no credentials, and is left out if `reason` is not a
 * string.
 */
export function verdictFrom(status: HealthStatus, reason: unknown): HealthVerdict {
  if (typeof reason !== "string" || reason === "") return { status };
  return { status, reason: redactText(reason.slice(0, MAX_READ)).slice(0, MAX_REASON_LENGTH) };
}

/** Returns the message, code or name of an error. Never throws. */
export function reasonOf(error: unknown): string | undefined {
  if (typeof error === "string") return error;
  if (typeof error !== "object" || error === null) return undefined;
  try {
    // On Node 20 the error of a refused connection has a code, but no message.
    return [
      "message" in error ? error.message : "",
      "code" in error ? error.code : "",
      "name" in error ? error.name : "",
    ].find((text): text is string => typeof text === "string" && text !== "");
  } catch {
    return undefined;
  }
}
