/** A service level objective: the share of good events among all, over a window. */
export interface Slo {
  /** Name, unique among all objectives: label `slo` of its alerts. */
  readonly name: string;
  /** Share of good events that is promised, above 0 and below 1: `0.999`. */
  readonly objective: number;
  /** Selector of counters of good events: `http_server_requests_total{http_response_status_code!~"5.."}`. */
  readonly good: string;
  /** Selector of counters of all events: `http_server_requests_total`. */
  readonly total: string;
  /** Time over which the objective is promised, of 1 to 90 days. @defaultValue "30d" */
  readonly window?: string | number;
  /**
   * Number of errors in the longer of its two windows that an alert needs. One error of few requests does not alert.
   *
   * @defaultValue 5
   */
  readonly minimumErrors?: number;
}

/** An objective with its defaults. */
export interface SloSettings {
  readonly name: string;
  readonly objective: number;
  readonly good: string;
  readonly total: string;
  readonly windowSeconds: number;
  readonly minimumErrors: number;
}

/** A budget: the most that counters, such as those of a cost, may grow within a window. */
export interface Budget {
  /** Name, unique among all objectives: label `slo` of its alerts. */
  readonly name: string;
  /** Most that may be spent, above 0, in the unit of the counters: `20`. */
  readonly budget: number;
  /** Selector of counters of what is spent: `llm_cost_total{currency="USD"}`. */
  readonly spent: string;
  /** Time in which it may be spent, of 1 to 90 days. @defaultValue "1d" */
  readonly window?: string | number;
}

/** A budget with its defaults. */
export interface BudgetSettings {
  readonly name: string;
  readonly budget: number;
  readonly spent: string;
  readonly windowSeconds: number;
}
