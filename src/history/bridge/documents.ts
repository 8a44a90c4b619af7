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
  /** Name of the field. */
  readonly field: string;
  /** Rule and received value. */
  readonly message: string;
}

/** Response to a failed call. */
export interface ErrorResponse {
  /** Always `error`. */
  readonly status: "error";
  /** Cause of the failure. */
  readonly error: {
    /** Kind of failure. */
    readonly code: BridgeErrorCode;
    /** Description of the failure. */
    readonly message: string;
    /** Details, if there are any. */
    readonly details?: {
      /** Invalid fields, if the input was invalid. */
      readonly validation_errors?: readonly ValidationError[];
      /** The event as received, with unserializable values as text. */
      readonly received_event?: unknown;
    };
  };
}

/** Response to an event or a metric; success means that it is committed. */
export type EventResponse =
  | {
      /** `success`: the event or metric is committed. */
      readonly status: "success";
      /** Id of the event or metric. */
      readonly event_id: string;
      /** Time of the event or metric, in ISO 8601 and UTC. */
      readonly timestamp: string;
    }
  | ErrorResponse;

/** Aggregate of a metric. Times are in ISO 8601, in UTC. */
export interface MetricAggregate {
  /** Value of the aggregate. */
  readonly value: number;
  /** Name of the aggregate, such as `MEAN`. */
  readonly aggregation: string;
  /** Number of samples. */
  readonly sample_count: number;
  /** Range of the samples, as asked or all that is retained. */
  readonly time_range: {
    /** Start, included. */
    readonly start: string;
    /** End, included. */
    readonly end: string;
  };
}

/** Response to `getMetrics`, with metrics under the names of the request. */
export type MetricsResponse =
  | {
      /** `success`: the metrics were read. */
      readonly status: "success";
      /** Metrics that have samples in the range, by name. */
      readonly metrics: Readonly<Record<string, MetricAggregate>>;
    }
  | ErrorResponse;

/** State of the bridge. */
export interface HealthResponse {
  /** `degraded` if data is stored in memory or more than 90 % of the space is used; `unhealthy` if writes fail. */
  readonly status: "healthy" | "degraded" | "unhealthy";
  /** Version of Tachymeter. */
  readonly version: string;
  /** Seconds since the bridge was created. */
  readonly uptime_seconds: number;
  /** Figures of the bridge. */
  readonly stats: {
    /** Number of events that the bridge has committed. */
    readonly events_recorded: number;
    /** Number of metrics that the bridge has committed. */
    readonly metrics_recorded: number;
    /** Retention of events, in days. */
    readonly data_retention_days: number;
    /** Size of the store in percent of its maximum; NaN for a remote history. */
    readonly storage_usage_percentage: number;
  };
}
