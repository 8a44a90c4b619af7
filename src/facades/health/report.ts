/** Health of a component: 0, 1, 2 and 3 in the metrics. */
export type HealthStatus = "unknown" | "healthy" | "degraded" | "unhealthy";

/** Health of one component. */
export interface ComponentHealth {
  readonly status: HealthStatus;
  /** Reason of the status, at most 200 characters. */
  readonly reason?: string;
  /** Whether the whole is unhealthy if this component is. */
  readonly critical: boolean;
  /** End of the last check, in seconds since the epoch. */
  readonly checkedAt?: number;
  readonly durationSeconds?: number;
}

/** Health of all components. */
export interface HealthReport {
  /**
   * Unhealthy if a critical component is; else degraded if any is degraded or unhealthy; else healthy. Unknown
   * components do not count; unknown if all are.
   */
  readonly status: HealthStatus;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly components: Readonly<Record<string, ComponentHealth>>;
}

const STATUS_VALUES: Readonly<Record<HealthStatus, number>> = {
  unknown: 0,
  healthy: 1,
  degraded: 2,
  unhealthy: 3,
};

/** The value of a status in the metrics. */
export function valueOfStatus(status: HealthStatus): number {
  return STATUS_VALUES[status];
}

export function isHealthStatus(given: unknown): given is HealthStatus {
  return typeof given === "string" && Object.hasOwn(STATUS_VALUES, given);
}

/** The status of the whole: see `HealthReport.status`. */
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

/**
 * The verdict of the result of a check: `false` is unhealthy, a status or an object with a status is that, everything
 * else is healthy.
 */
export function verdictFromResult(result: unknown): HealthVerdict {
  if (result === false) return { status: "unhealthy", reason: "the check gave false" };
  if (isHealthStatus(result)) return { status: result };
  if (typeof result === "object" && result !== null && "status" in result) {
    const { status } = result;
    if (isHealthStatus(status)) return verdictFrom(status, "reason" in result ? result.reason : undefined);
  }
  return { status: "healthy" };
}

/** Unhealthy, with the message, code or name of the error as its reason. Never throws. */
export function verdictFromError(error: unknown): HealthVerdict {
  return verdictFrom("unhealthy", reasonOf(error) ?? "the check failed");
}

/** A verdict with a reason of at most 200 characters, left out if it is not a text. */
export function verdictFrom(status: HealthStatus, reason: unknown): HealthVerdict {
  if (typeof reason !== "string" || reason === "") return { status };
  return { status, reason: reason.slice(0, MAX_REASON_LENGTH) };
}

function reasonOf(error: unknown): string | undefined {
  if (typeof error === "string") return error;
  if (typeof error !== "object" || error === null) return undefined;
  try {
    // On Node 20 a refused connection has a code, but no message.
    return [
      "message" in error ? error.message : "",
      "code" in error ? error.code : "",
      "name" in error ? error.name : "",
    ].find((text): text is string => typeof text === "string" && text !== "");
  } catch {
    return undefined;
  }
}
