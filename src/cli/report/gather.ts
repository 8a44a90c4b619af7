// All questions that a report answers.
import type { HistorySource, KnownMetric } from "../../history/index.ts";
import { commandUsage } from "./commands.ts";
import { type Report, type ReportRange, type Span, spanBefore } from "./document.ts";
import { slower, slowest } from "./durations.ts";
import { capacityForecasts, type Limit } from "./forecasts.ts";

// Who has more of a kind has a dashboard.
const MAX_METRICS = 100;

/** What is reported of. */
export interface ReportRequest {
  readonly store: string;
  readonly span: Span;
  readonly limits: readonly Limit[];
}

/** Asks a history all that a report tells. */
export async function gatherReport(
  history: HistorySource,
  { store, span, limits }: ReportRequest,
): Promise<Report> {
  const durations: KnownMetric[] = [];
  const shares: KnownMetric[] = [];
  for await (const metric of history.metrics()) {
    if (metric.type === "histogram" && metric.unit === "s") durations.push(metric);
    else if (metric.type === "gauge" && metric.unit === "1") shares.push(metric);
  }
  const [some, others] = [durations.slice(0, MAX_METRICS), shares.slice(0, MAX_METRICS)];
  return {
    store,
    range: rangeOf(span),
    before: rangeOf(spanBefore(span)),
    commands: await commandUsage(history, span),
    slowest: await slowest(history, some, span),
    slower: await slower(history, some, span),
    forecasts: await capacityForecasts(history, others, limits, span),
    examined: { durations: some.length, shares: others.length + limits.length },
  };
}

function rangeOf({ from, to }: Span): ReportRange {
  return { from: new Date(from * 1_000).toISOString(), to: new Date(to * 1_000).toISOString() };
}
