// An explained alert, also for the page in the browser.
import { numberText } from "../page/panels/value-text.ts";

/** An explained alert. Times are in ISO 8601. */
export interface Explanation {
  readonly alert: {
    readonly name: string;
    readonly state: string;
    readonly isSilenced: boolean;
    readonly severity: string;
    readonly since: string;
    readonly seconds: number;
    readonly labels: Readonly<Record<string, string>>;
    readonly summary: string;
    readonly description: string;
  };
  /** The likeliest causes, the first one first. */
  readonly causes: readonly string[];
  readonly value: {
    readonly current: string;
    /** The condition of the rule: `rate(errors_total[5m]) > 0.1`. */
    readonly condition?: string;
    readonly limit?: string;
    /** The range of nine tenths of the values in the day before the alert. */
    readonly usual?: readonly [low: number, high: number];
    /** The rest of the objective's budget, and the rate at which it burns. */
    readonly budget?: string;
  };
  /** The functions that held the event loop or the processor, if they were seen. */
  readonly functions: readonly string[];
  /** The largest parts of the events that the rule counts, such as the routes and statuses of errors. */
  readonly counted: readonly string[];
  /** The part of the metric that changed, and series that changed before the alert or with it, the likeliest cause first. */
  readonly changes: readonly string[];
  /** Deployments, restarts, reloads and others that may be a cause, the latest first. */
  readonly events: readonly string[];
  readonly processes: readonly string[];
  /** Other alerts, by urgency. */
  readonly others: readonly string[];
  /** Commands to go on with. */
  readonly next: readonly string[];
  /** Gaps, each with the option that would fill it. */
  readonly unknown: readonly string[];
}

/** The value beside its limit, its usual range and the objective's budget. */
export function figureText({ current, limit, usual, budget }: Explanation["value"]): string {
  const rule = limit === undefined ? "" : `, alert ${limit}`;
  const range = usual === undefined ? "" : `; usual ${usual.map((each) => numberText(each)).join(" to ")}`;
  return `${current}${rule}${range}${budget === undefined ? "" : `; ${budget}`}`;
}
