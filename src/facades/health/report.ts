// What is known of the health of an application, and the rule by which its parts make the whole.

/** How well a component is: 0, 1, 2 and 3 in the metrics. */
export type HealthStatus = "unknown" | "healthy" | "degraded" | "unhealthy";

/** What is known of one component. */
export interface ComponentHealth {
  readonly status: HealthStatus;
  /** Why, where somebody told. At most 200 characters. */
  readonly reason?: string;
  /** Whether the whole is unhealthy when this component is. */
  readonly critical: boolean;
  /** When the last check ended, in seconds since the epoch. */
  readonly checkedAt?: number;
  /** How long the last check took. */
  readonly durationSeconds?: number;
}

/** What is known of all components. */
export interface HealthReport {
  /**
   * Unhealthy if a critical component is; else degraded if any is degraded or unhealthy; else healthy. Components
   * still unknown do not count; unknown if all are.
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

/** The number that stands for a status in the metrics. */
export function valueOfStatus(status: HealthStatus): number {
  return STATUS_VALUES[status];
}

/** Whether `given` is one of the four statuses. */
export function isHealthStatus(given: unknown): given is HealthStatus {
  return typeof given === "string" && Object.hasOwn(STATUS_VALUES, given);
}

/** The status of the whole: the rule is that of `HealthReport.status`. */
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
