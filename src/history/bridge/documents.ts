// The documents that the bridge answers with. Other programs read them: their keys stay as they are.

/** What can go wrong, by its code. */
export type BridgeErrorCode =
  | "INVALID_EVENT"
  | "LOOP_DETECTED"
  | "STORAGE_FAILURE"
  | "INVALID_AGGREGATION"
  | "RETRIEVAL_FAILURE";

/** One field that is wrong, and what it must be. */
export interface ValidationError {
  readonly field: string;
  readonly message: string;
}

/** The answer where something went wrong. */
export interface ErrorResponse {
  readonly status: "error";
  readonly error: {
    readonly code: BridgeErrorCode;
    readonly message: string;
    readonly details?: {
      readonly validation_errors?: readonly ValidationError[];
      /** As it was given; what `JSON.stringify` cannot write, as text. */
      readonly received_event?: unknown;
    };
  };
}

/** The answer to an event or a metric: with success it is committed. */
export type EventResponse =
  | { readonly status: "success"; readonly event_id: string; readonly timestamp: string }
  | ErrorResponse;

/** One metric of an answer. Times are by ISO 8601, in UTC. */
export interface MetricAggregate {
  readonly value: number;
  readonly aggregation: string;
  readonly sample_count: number;
  readonly time_range: { readonly start: string; readonly end: string };
}

/** The answer to a question for metrics, by their names as they were asked. */
export type MetricsResponse =
  | { readonly status: "success"; readonly metrics: Readonly<Record<string, MetricAggregate>> }
  | ErrorResponse;

/** How the bridge is. */
export interface HealthResponse {
  /** `degraded` while it stores in memory, or more than 90 % of the room is used; `unhealthy` when writes fail. */
  readonly status: "healthy" | "degraded" | "unhealthy";
  readonly version: string;
  readonly uptime_seconds: number;
  readonly stats: {
    readonly events_recorded: number;
    readonly metrics_recorded: number;
    /** How long events are kept. */
    readonly data_retention_days: number;
    readonly storage_usage_percentage: number;
  };
}
