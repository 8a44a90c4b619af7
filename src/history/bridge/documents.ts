// Response documents of the bridge. Their keys are stable, because other programs read them.

/** Codes of errors. */
export type BridgeErrorCode =
  | "INVALID_EVENT"
  | "LOOP_DETECTED"
  | "STORAGE_FAILURE"
  | "INVALID_AGGREGATION"
  | "RETRIEVAL_FAILURE";

/** An invalid field and its rule. */
export interface ValidationError {
  readonly field: string;
  readonly message: string;
}

/** Response to a failed call. */
export interface ErrorResponse {
  readonly status: "error";
  readonly error: {
    readonly code: BridgeErrorCode;
    readonly message: string;
    readonly details?: {
      readonly validation_errors?: readonly ValidationError[];
      /** The event as received, with unserializable values as text. */
      readonly received_event?: unknown;
    };
  };
}

/** Response to an event or a metric; success means that it is committed. */
export type EventResponse =
  | { readonly status: "success"; readonly event_id: string; readonly timestamp: string }
  | ErrorResponse;

/** Aggregate of a metric. Times are in ISO 8601, in UTC. */
export interface MetricAggregate {
  readonly value: number;
  readonly aggregation: string;
  readonly sample_count: number;
  readonly time_range: { readonly start: string; readonly end: string };
}

/** Response to `getMetrics`, with metrics under the names of the request. */
export type MetricsResponse =
  | { readonly status: "success"; readonly metrics: Readonly<Record<string, MetricAggregate>> }
  | ErrorResponse;

/** State of the bridge. */
export interface HealthResponse {
  /** `degraded` if data is stored in memory or more than 90 % of the space is used; `unhealthy` if writes fail. */
  readonly status: "healthy" | "degraded" | "unhealthy";
  readonly version: string;
  readonly uptime_seconds: number;
  readonly stats: {
    readonly events_recorded: number;
    readonly metrics_recorded: number;
    /** Retention of events. */
    readonly data_retention_days: number;
    readonly storage_usage_percentage: number;
  };
}
