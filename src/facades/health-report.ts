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
  readonly status: HealthStatus;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly components: Readonly<Record<string, ComponentHealth>>;
}
