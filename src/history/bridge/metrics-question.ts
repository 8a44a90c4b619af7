// What `getMetrics` is asked.
import { show } from "../../diagnostics/show.ts";
import { type AggregateName, wholeMillisFrom } from "../question.ts";
import type { ValidationError } from "./documents.ts";

/** What the bridge can work out. */
export type BridgeAggregation = Extract<AggregateName, "MEAN" | "SUM" | "MIN" | "MAX" | "COUNT">;

/** What is asked for. Times are in whole milliseconds since the epoch, both included. */
export interface MetricsQuestion {
  /** `undefined`: all. */
  readonly names: readonly string[] | undefined;
  /** `undefined`: all that is retained. */
  readonly range: { readonly from: number; readonly to: number } | undefined;
  readonly aggregation: BridgeAggregation;
}

const AGGREGATIONS: readonly BridgeAggregation[] = ["MEAN", "SUM", "MIN", "MAX", "COUNT"];

/** The aggregation of this name; `undefined` where there is none. */
export function aggregationFrom(given: unknown): BridgeAggregation | undefined {
  return AGGREGATIONS.find((each) => each === given);
}

/** The names, each once; `undefined` for all. Or what is wrong with them. */
export function namesFrom(given: unknown): { names: readonly string[] | undefined } | ValidationError {
  if (given === undefined || given === null) return { names: undefined };
  if (isTextList(given)) return { names: [...new Set(given)] };
  return { field: "metric_names", message: `must be a list of names; it is ${show(given)}` };
}

/** The range; `undefined` for all. Or what is wrong with it. */
export function rangeFrom(given: unknown): Pick<MetricsQuestion, "range"> | ValidationError {
  if (given === undefined || given === null) return { range: undefined };
  const wrong = (message: string): ValidationError => ({ field: "time_range", message });
  if (!Array.isArray(given) || given.length !== 2)
    return wrong(`must be a start and an end; it is ${show(given)}`);
  const [from, to] = given.map(wholeMillisFrom);
  if (from === undefined || to === undefined)
    return wrong(
      `must be two times by ISO 8601, as Dates, or in seconds since the epoch; it is ${show(given)}`,
    );
  return from <= to ? { range: { from, to } } : wrong(`must end after its start; it is ${show(given)}`);
}

function isTextList(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.every((each) => typeof each === "string");
}
